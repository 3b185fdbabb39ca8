//! A form's body -> its fields.

use actix_web::{Error, web::Bytes};

use super::{row::RowName, trouble::Trouble};

/// The most rows that one form names.
const MOST_ROWS: usize = 1000;

/// The fields of a form, in their order, with line breaks as one character each.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(body: Result<Bytes, Error>) -> Result<Self, Trouble> {
        let body = body.map_err(|_| Trouble::UnreadableForm)?;
        let fields = form_urlencoded::parse(&body);
        Ok(Self(fields.map(|(name, value)| (name.into_owned(), value.replace("\r\n", "\n"))).collect()))
    }

    /// The last value of this name; empty where there is none.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).last().map_or("", |value| value)
    }

    fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &String> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value)
    }

    /// The rows that are checked.
    pub(crate) fn rows(&self) -> Result<Vec<RowName>, Trouble> {
        let rows = self.all("row").map(|name| name.parse::<RowName>()).collect::<Result<Vec<_>, ()>>();
        let rows = rows.map_err(|()| Trouble::Nonsense("a row that can't be."))?;
        if rows.len() > MOST_ROWS {
            return Err(Trouble::Nonsense("more rows than a page has."));
        }
        Ok(rows)
    }
}

/// The tags that are written line by line: without white space around them, unless a message has one just so.
pub(crate) fn tags_in(text: &str, present: &[String]) -> Vec<String> {
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
        assert_eq!(tags_in(" spaced \n\n  plain\nnew one \n   ", &present), [" spaced ", "plain", "new one"]);
    }
}
