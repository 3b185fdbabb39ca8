//! The limits of a message, and the error for a message that breaks one.

use std::ops::RangeInclusive;

use super::{MessageContent, NewMessage, tags::check_tags};
use crate::texts::{Phrase, Text};

impl NewMessage {
    /// The maximum length of a text, in characters (Unicode scalar values).
    pub const MAX_TEXT_CHARS: usize = 1024;
    /// The maximum length of a tag, in characters.
    pub const MAX_TAG_CHARS: usize = 128;
    /// The maximum number of tags.
    pub const MAX_TAGS: usize = 100;
    /// The maximum length of all tags together, in characters.
    pub const MAX_CHARS_OF_ALL_TAGS: usize = 4096;
    /// The maximum length of the name of a view, in characters.
    pub const MAX_VIEW_CHARS: usize = 64;
    /// The maximum length of a key, in characters.
    pub const MAX_KEY_CHARS: usize = 128;
}

pub(super) fn check_content(content: &MessageContent) -> Result<(), InvalidMessage> {
    let MessageContent { level: _, text, tags, view, format: _ } = content;
    check_text(Field::Text, text, 1..=NewMessage::MAX_TEXT_CHARS)?;
    check_text(Field::View, view, 0..=NewMessage::MAX_VIEW_CHARS)?;
    check_tags(tags)
}

pub(super) fn check_text(field: Field, text: &str, chars: RangeInclusive<usize>) -> Result<(), InvalidMessage> {
    let problem = if text.contains('\0') {
        Problem::Nul
    } else {
        match text.chars().count() {
            0 if *chars.start() > 0 => Problem::Empty,
            given if given > *chars.end() => Problem::TooLong { limit: *chars.end(), given },
            _ => return Ok(()),
        }
    };
    Err(InvalidMessage { field, problem })
}

/// The error for a message that breaks a limit. Its text names the field, the limit, and the given length or number.
///
/// ```
/// use actix_messages::{Level, NewMessage};
///
/// let refused = NewMessage::new(Level::INFO, "a".repeat(1025)).check().unwrap_err();
/// assert_eq!(refused.field(), "message");
/// assert_eq!(refused.to_string(), "message: Ensure this value has at most 1024 characters (it has 1025).");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", field.name(), self.problem())]
pub struct InvalidMessage {
    pub(super) field: Field,
    pub(super) problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Text,
    Tags,
    View,
    Key,
}

impl Field {
    /// Returns the name of the field in the HTTP API.
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "message",
            Self::Tags => "extra_tags",
            Self::View => "view",
            Self::Key => "key",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    Empty,
    TooLong { limit: usize, given: usize },
    TooMany { limit: usize, given: usize },
    TooLongTogether { limit: usize, given: usize },
    Nul,
    Reserved,
}

impl InvalidMessage {
    /// Returns the name of the field in the HTTP API: `message`, `extra_tags`, `view` or `key`.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field.name()
    }

    /// Returns a description of the problem, without the name of the field.
    #[must_use]
    pub fn problem(&self) -> Phrase {
        match self.problem {
            Problem::Empty => Text::Blank.into(),
            Problem::TooLong { limit, given } => Phrase::of_limit(Text::TooLong, limit, given),
            Problem::TooMany { limit, given } => Phrase::of_limit(Text::TooManyTags, limit, given),
            Problem::TooLongTogether { limit, given } => Phrase::of_limit(Text::TagsTooLong, limit, given),
            Problem::Nul => Text::NullCharacters.into(),
            Problem::Reserved => Text::ReservedKey.into(),
        }
    }
}
