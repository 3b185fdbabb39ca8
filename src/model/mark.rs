//! Marks: named positions in a mailbox.

use std::{borrow::Cow, fmt};

/// The name of a position in a mailbox, such as the newest message that its owner has seen.
///
/// ```
/// use actix_messages::store::Mark;
///
/// assert_eq!(Mark::new("seen")?, Mark::SEEN);
/// assert!(Mark::new("").is_err());
/// assert!(Mark::new(Mark::NEWEST.as_str()).is_err());
/// # Ok::<(), actix_messages::error::InvalidMark>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(Cow<'static, str>);

impl Mark {
    /// The maximum length of a name, in bytes.
    pub const MAX_BYTES: usize = 132;

    /// The mark of the store: its position is the newest id that the store has given in the mailbox. A store may keep
    /// it like the other marks.
    pub const NEWEST: Self = Self(Cow::Borrowed("newest"));

    /// The mark that [`Mailbox::mark_seen`](crate::Mailbox::mark_seen) moves: the owner has seen the messages up to it.
    pub const SEEN: Self = Self(Cow::Borrowed("seen"));

    /// Returns the mark with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidMark`] if the name is empty, is longer than 132 bytes, contains a control character, or is `newest`.
    pub fn new(name: impl Into<Cow<'static, str>>) -> Result<Self, InvalidMark> {
        let mark = Self(name.into());
        let name = mark.as_str();
        if name.is_empty() || name.len() > Self::MAX_BYTES || name.contains(char::is_control) || mark == Self::NEWEST {
            return Err(InvalidMark { name: mark.0.into_owned() });
        }
        Ok(mark)
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The error for a text that is not a valid mark name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid mark name {name:?}: expected 1 to 132 bytes, no control characters, and not `newest`")]
pub struct InvalidMark {
    name: String,
}
