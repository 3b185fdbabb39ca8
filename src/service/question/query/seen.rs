//! Parses the query string of a request that marks messages as seen.

use super::{FieldErrors, QueryError, value::integer};
use crate::{
    model::MessageId,
    service::{
        question::query_string::QueryString,
        settings::{
            lookup::Lookup,
            query_parameters::{OF_SEEN, find},
        },
    },
    texts::Text,
};

/// Returns the last message that the user has seen. Without it, the request would mean no message or all of them, so it
/// is an error, and so is an unknown parameter.
pub(crate) fn seen_up_to(query: &QueryString<'_>) -> Result<MessageId, QueryError> {
    let (mut id, mut errors) = (None, FieldErrors::default());
    for (name, value) in query.all()? {
        match find(name, OF_SEEN) {
            Some((_, Lookup::Exact)) => id = Some(value),
            _ => errors.push(name.to_owned(), Text::UnknownParameter),
        }
    }
    if !errors.0.is_empty() {
        return Err(QueryError::Fields(errors));
    }
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| QueryError::field("up_to", Text::EmptyParameter))?;
    let id = integer(id).map_err(|problem| QueryError::field("up_to", problem))?;
    // No message has the id 0 or a smaller one.
    Ok(MessageId::new(i64::try_from(id.max(0)).unwrap_or(i64::MAX)))
}
