//! The limits of a message, and the error for a message that breaks one.

use std::ops::RangeInclusive;

use super::{MessageContent, NewMessage, action::check_actions, tags::check_tags};
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
    /// The maximum length of a title, in characters.
    pub const MAX_TITLE_CHARS: usize = 200;
    /// The maximum size of the data, in bytes of compact JSON.
    pub const MAX_DATA_BYTES: usize = 4096;
    /// The maximum number of levels of objects and arrays in the data. The data itself is the first level.
    pub const MAX_DATA_DEPTH: usize = 32;
    /// The maximum number of actions.
    pub const MAX_ACTIONS: usize = 3;
    /// The maximum length of the label of an action, in characters.
    pub const MAX_LABEL_CHARS: usize = 80;
    /// The maximum length of the link of an action, in characters.
    pub const MAX_HREF_CHARS: usize = 2048;
}

pub(super) fn check_content(content: &MessageContent) -> Result<(), InvalidMessage> {
    // The data was checked when it was set.
    let MessageContent { level: _, text, tags, view, format: _, title, data: _, actions, expires_at: _ } = content;
    check_text(Field::Text, text, 1..=NewMessage::MAX_TEXT_CHARS)?;
    check_text(Field::View, view, 0..=NewMessage::MAX_VIEW_CHARS)?;
    check_tags(tags)?;
    title.iter().try_for_each(|title| check_text(Field::Title, title, 1..=NewMessage::MAX_TITLE_CHARS))?;
    check_actions(actions)
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
    Title,
    Data,
    Actions,
    ActionLabel,
    ActionHref,
    Key,
    ExpiresAt,
}

impl Field {
    /// Returns the name of the field in the HTTP API.
    const fn name(self) -> &'static str {
        match self {
            Self::Text => "message",
            Self::Tags => "extra_tags",
            Self::View => "view",
            Self::Title => "title",
            Self::Data => "data",
            Self::Actions => "actions",
            Self::ActionLabel => "actions.label",
            Self::ActionHref => "actions.href",
            Self::Key => "key",
            Self::ExpiresAt => "expires_at",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Problem {
    Empty,
    TooLong { limit: usize, given: usize },
    TooMany { limit: usize, given: usize },
    TooLongTogether { limit: usize, given: usize },
    TooManyBytes { limit: usize, given: usize },
    TooDeep { limit: usize, given: usize },
    NotAnObject,
    InvalidLink,
    Nul,
    Reserved,
    NeverVisible,
    Past,
}

impl InvalidMessage {
    /// Returns the name of the field in the HTTP API: `message`, `extra_tags`, `view`, `title`, `data`, `actions`,
    /// `actions.label`, `actions.href`, `key` or `expires_at`.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field.name()
    }

    /// Returns whether the label of an action breaks a limit.
    #[cfg(feature = "admin")]
    pub(crate) fn is_about_label(&self) -> bool {
        self.field == Field::ActionLabel
    }

    /// Returns a description of the problem, without the name of the field.
    #[must_use]
    pub fn problem(&self) -> Phrase {
        match self.problem {
            Problem::Empty => Text::Blank.into(),
            Problem::TooLong { limit, given } => Phrase::of_limit(Text::TooLong, limit, given),
            Problem::TooMany { limit, given } if self.field == Field::Actions => {
                Phrase::of_limit(Text::TooManyActions, limit, given)
            }
            Problem::TooMany { limit, given } => Phrase::of_limit(Text::TooManyTags, limit, given),
            Problem::TooLongTogether { limit, given } => Phrase::of_limit(Text::TagsTooLong, limit, given),
            Problem::TooManyBytes { limit, given } => Phrase::of_limit(Text::TooManyBytes, limit, given),
            Problem::TooDeep { limit, given } => Phrase::of_limit(Text::TooDeep, limit, given),
            Problem::NotAnObject => Text::NotAnObject.into(),
            Problem::InvalidLink => Text::InvalidLink.into(),
            Problem::Nul => Text::NullCharacters.into(),
            Problem::Reserved => Text::ReservedKey.into(),
            Problem::NeverVisible => Text::NeverVisible.into(),
            Problem::Past => Text::MomentPassed.into(),
        }
    }
}
