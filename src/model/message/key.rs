//! Keys of new messages, which prevent a second message about the same subject.

use super::{
    InvalidMessage,
    limits::{Field, Problem, check_text},
};
use crate::model::NewMessage;

/// How a store handles a new message if its recipient already has a message with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// The existing message stays as it is, and its id is returned. For example, a job that runs twice adds one
    /// message.
    Ignored,
    /// The new message replaces the existing one. It has a new id, is unread, and counts how many messages it has
    /// replaced. For example, three comments lead to one message instead of three.
    Replaces,
}

/// A key, and how a store handles a message that repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) repeat: Repeat,
}

/// The prefix of keys that are reserved for the library.
const RESERVED: &str = "g:";

/// Checks a key that the application has chosen.
pub(super) fn check_key(key: &Key) -> Result<(), InvalidMessage> {
    check_text(Field::Key, &key.text, 1..=NewMessage::MAX_KEY_CHARS)?;
    if key.text.starts_with(RESERVED) {
        return Err(InvalidMessage { field: Field::Key, problem: Problem::Reserved });
    }
    Ok(())
}
