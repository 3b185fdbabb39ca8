//! Parses the query string of a request that changes the tags of a message.

use super::{FieldErrors, QueryError, value::invalid_choice};
use crate::{
    service::{
        question::query_string::QueryString,
        settings::query_parameters::{OF_TAGS, find},
    },
    texts::Text,
};

/// The tags that a request adds and removes.
#[derive(Debug, Default)]
pub(crate) struct TagQuery<'a> {
    pub(crate) add: Vec<&'a str>,
    pub(crate) remove: Vec<&'a str>,
}

impl<'a> TagQuery<'a> {
    /// Reads the tags. Each of them must be among `allowed`. An unknown parameter is an error.
    pub(crate) fn read(query: &'a QueryString<'_>, allowed: &[String]) -> Result<Self, QueryError> {
        let (mut tags, mut errors) = (Self::default(), FieldErrors::default());
        for (name, value) in query.all()? {
            match find(name, OF_TAGS) {
                None => errors.push(name.to_owned(), Text::UnknownParameter),
                Some(_) if value.is_empty() => errors.push(name.to_owned(), Text::EmptyParameter),
                Some(_) if !allowed.iter().any(|tag| tag == value) => {
                    errors.push(name.to_owned(), invalid_choice(value));
                }
                Some((parameter, _)) => {
                    let tags = if parameter.name == "add" { &mut tags.add } else { &mut tags.remove };
                    if !tags.contains(&value) {
                        tags.push(value);
                    }
                }
            }
        }
        if errors.0.is_empty() { Ok(tags) } else { Err(QueryError::Fields(errors)) }
    }
}
