//! Finds the user in the session.

use actix_web::HttpRequest;
use serde_json::Value;

use super::session::session_of;
use crate::{error::SetupError, model::Recipient};

/// The session key under which actix-identity stores the user's id by default, for `session_key(ACTIX_IDENTITY_KEY)`.
pub const ACTIX_IDENTITY_KEY: &str = "actix_identity.user_id";

/// Finds the user's id in the session under this key. The value must be a text or a number.
///
/// This requires [`follow_session`](crate::follow_session).
///
/// ```
/// use actix_messages::{ACTIX_IDENTITY_KEY, MemoryStore, MessagesConfig, session_key};
///
/// let by_own_key = MessagesConfig::new(MemoryStore::new(), session_key("user_id"));
/// let by_actix_identity = MessagesConfig::new(MemoryStore::new(), session_key(ACTIX_IDENTITY_KEY));
/// ```
pub fn session_key(key: impl Into<String>) -> impl Fn(&HttpRequest) -> Result<Option<Recipient>, SetupError> + Clone {
    let key = key.into();
    move |request: &HttpRequest| user_in_session(request, &key)
}

fn user_in_session(request: &HttpRequest, key: &str) -> Result<Option<Recipient>, SetupError> {
    let session = session_of(request).ok_or(SetupError::MissingFollowSession)?;
    let unusable = |source| SetupError::UnusableUser { key: key.to_owned(), source };
    let user = match session.get::<Value>(key).map_err(|_| unusable(None))? {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text,
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(unusable(None)),
    };
    Recipient::user(user).map(Some).map_err(|error| unusable(Some(error)))
}
