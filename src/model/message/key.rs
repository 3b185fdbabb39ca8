//! Keys of new messages: what a message is about, so that it is not said twice.

use super::{
    InvalidMessage,
    limits::{Field, Problem, check_text},
};
use crate::model::NewMessage;

/// What becomes of a new message if its recipient has a message with the same key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Repeat {
    /// The first message stays as it is, and its id is returned. So a job that runs twice says something once.
    Ignored,
    /// The new message takes the place of the other one: it has a new id, is unread, and counts how many it has replaced. So there
    /// is one message about three comments, and not three messages.
    Replaces,
}

/// A key that was checked, and what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) repeat: Repeat,
}

/// Keys that begin so are the library's own.
const RESERVED: &str = "g:";

/// Checks a key that an application has chosen.
pub(super) fn check_key(key: &Key) -> Result<(), InvalidMessage> {
    check_text(Field::Key, &key.text, 1..=NewMessage::MAX_KEY_CHARS)?;
    if key.text.starts_with(RESERVED) {
        return Err(InvalidMessage { field: Field::Key, problem: Problem::Reserved });
    }
    Ok(())
}
