//! Tags whose limits were checked, and changes of the tags of a stored message.

use super::limits::{Field, Problem, check_text};
use crate::model::{InvalidMessage, NewMessage};

/// Tags whose limits were checked, for a message to get. Only [`CheckedTags::new`] makes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckedTags(Vec<String>);

impl CheckedTags {
    /// Checks that there are at most 100 tags, that each has 1 to 128 characters, none of them NUL, and that all together
    /// have at most 4096.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] names the limit and what was given.
    pub fn new<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> Result<Self, InvalidMessage> {
        let tags = tags.into_iter().map(Into::into).collect::<Vec<_>>();
        check_tags(&tags)?;
        Ok(Self(tags))
    }

    /// The tags, in the order given.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }
}

/// A change of the tags of a message.
///
/// ```
/// use actix_messages::store::{CheckedTags, TagChange};
///
/// let tags = TagChange::Add(CheckedTags::new(["urgent"])?).apply(&["billing".to_owned()])?;
/// assert_eq!(tags, ["billing", "urgent"]);
/// let tags = TagChange::Replace(CheckedTags::new(["done"])?).apply(&tags)?;
/// assert_eq!(tags, ["done"]);
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TagChange {
    /// Adds these after the present tags.
    Add(CheckedTags),
    /// Replaces the present tags with these.
    Replace(CheckedTags),
}

impl TagChange {
    /// Returns the tags of a message that had `tags` before.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if they would be more than 100, or longer than 4096 characters together.
    pub fn apply(&self, tags: &[String]) -> Result<Vec<String>, InvalidMessage> {
        let changed = match self {
            Self::Add(more) => [tags, more.as_slice()].concat(),
            Self::Replace(others) => others.as_slice().to_vec(),
        };
        check_size(&changed)?;
        Ok(changed)
    }
}

pub(super) fn check_tags(tags: &[String]) -> Result<(), InvalidMessage> {
    tags.iter().try_for_each(|tag| check_text(Field::Tags, tag, 1..=NewMessage::MAX_TAG_CHARS))?;
    check_size(tags)
}

/// Checks how many tags there are, and how long they are together.
fn check_size(tags: &[String]) -> Result<(), InvalidMessage> {
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
