//! Decodes a query string once into names and values.

use std::borrow::Cow;

use super::query::QueryError;

/// The maximum number of parameters in a query string, which is the default of Django's
/// `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
pub(crate) const MAX_PARAMETERS: usize = 1000;

/// The maximum length of the query string of a stream, in bytes. A stream applies it for as long as it is open.
pub(crate) const MAX_STREAM_QUERY_BYTES: usize = 2048;

/// The parameters of a query string, in the order in which they were sent.
#[derive(Debug)]
pub(crate) struct QueryString<'a> {
    first: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    given: usize,
}

impl<'a> QueryString<'a> {
    /// Reads the first [`MAX_PARAMETERS`] parameters and counts the others.
    pub(crate) fn read(query: &'a str) -> Self {
        let mut parameters = form_urlencoded::parse(query.as_bytes());
        let first = parameters.by_ref().take(MAX_PARAMETERS).collect::<Vec<_>>();
        Self { given: first.len() + parameters.count(), first }
    }

    /// Returns the names and values, or an error if there are too many. The limit bounds the work for a request.
    pub(crate) fn all(&self) -> Result<impl Iterator<Item = (&str, &str)>, QueryError> {
        match self.given {
            0..=MAX_PARAMETERS => Ok(self.first()),
            given => Err(QueryError::TooMany(given)),
        }
    }

    /// Returns the first [`MAX_PARAMETERS`] names and values.
    pub(crate) fn first(&self) -> impl Iterator<Item = (&str, &str)> {
        self.first.iter().map(|(name, value)| (&**name, &**value))
    }
}
