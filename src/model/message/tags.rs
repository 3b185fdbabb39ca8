//! Tags whose limits were checked.

use super::limits::{Field, Problem, check_text};
use crate::model::{InvalidMessage, NewMessage};

/// Tags whose limits were checked, ready to be set on a message. Only [`CheckedTags::new`] creates them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckedTags(Vec<String>);

impl CheckedTags {
    /// Checks the limits of the tags: at most 100 tags, 1 to 128 characters in each, and at most 4096 characters
    /// together. NUL is not allowed.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the tags break a limit. The error names the limit, and the given length or number.
    pub fn new<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> Result<Self, InvalidMessage> {
        let tags = tags.into_iter().map(Into::into).collect::<Vec<_>>();
        check_tags(&tags)?;
        Ok(Self(tags))
    }

    /// Returns the tags, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

pub(super) fn check_tags(tags: &[String]) -> Result<(), InvalidMessage> {
    tags.iter().try_for_each(|tag| check_text(Field::Tags, tag, 1..=NewMessage::MAX_TAG_CHARS))?;
    check_size(tags)
}

/// Checks the number of tags, and how many characters they have together.
pub(super) fn check_size(tags: &[String]) -> Result<(), InvalidMessage> {
    let (number, chars) = (tags.len(), tags.iter().map(|tag| tag.chars().count()).sum());
    let problem = if number > NewMessage::MAX_TAGS {
        Problem::TooMany { limit: NewMessage::MAX_TAGS, given: number }
    } else if chars > NewMessage::MAX_CHARS_OF_ALL_TAGS {
        Problem::TooLongTogether { limit: NewMessage::MAX_CHARS_OF_ALL_TAGS, given: chars }
    } else {
        return Ok(());
    };
    Err(InvalidMessage { field: Field::Tags, problem })
}
