//! The body of a form -> its fields.

use actix_web::{Error, web::Bytes};

use super::{error::AdminError, row::RowName};
use crate::texts::Text;

/// The maximum number of rows in one form.
const MAX_ROWS: usize = 1000;

/// The fields of a form in their order, with each CRLF in the values replaced by LF.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(body: Result<Bytes, Error>) -> Result<Self, AdminError> {
        let body = body.map_err(|_| AdminError::UnreadableForm)?;
        let fields = form_urlencoded::parse(&body);
        Ok(Self(fields.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect()))
    }

    /// Returns the last value of this field, or an empty string if the field is missing.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).last().map_or("", |value| value)
    }

    fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &String> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value)
    }

    /// Returns the selected rows.
    pub(crate) fn rows(&self) -> Result<Vec<RowName>, AdminError> {
        let rows = self.all("row").map(|name| name.parse::<RowName>()).collect::<Result<Vec<_>, ()>>();
        let rows = rows.map_err(|()| AdminError::InvalidForm(Text::AdminInvalidRow))?;
        if rows.len() > MAX_ROWS {
            return Err(AdminError::InvalidForm(Text::AdminTooManyRows));
        }
        Ok(rows)
    }
}

/// Splits a text into tags, one per line, and trims each. A line that equals a tag in `present` is kept as it is.
pub(crate) fn parse_tags(text: &str, present: &[String]) -> Vec<String> {
    let is_present = |line: &&str| present.iter().any(|tag| tag == line);
    let tags = text.split('\n').map(|line| Some(line).filter(is_present).unwrap_or_else(|| line.trim()));
    tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_were_there_stay_as_they_are() {
        let present = [" spaced ".to_owned(), "plain".to_owned()];
        assert_eq!(parse_tags(" spaced \n\n  plain\nnew one \n   ", &present), [" spaced ", "plain", "new one"]);
    }
}
