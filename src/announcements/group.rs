//! Groups, whose members get the same announcements.

use std::fmt;

use crate::model::{InvalidRecipient, Mark, MessageId, Recipient};

/// A group, whose members get its announcements: see [`MessagesConfig::announce`](crate::MessagesConfig::announce).
///
/// ```
/// use actix_messages::Group;
///
/// assert_eq!(Group::new("everyone")?, Group::everyone());
/// assert_eq!(Group::new("beta")?.name(), "beta");
/// assert!(Group::new("").is_err());
/// assert!(Group::new("b".repeat(101)).is_err());
/// # Ok::<(), actix_messages::error::InvalidRecipient>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group(Recipient);

impl Group {
    /// The maximum length of a name, in bytes. The key of each copy holds the name and an id.
    pub const MAX_NAME_BYTES: usize = 100;

    /// Returns the group `everyone`.
    #[must_use]
    pub fn everyone() -> Self {
        Self::new("everyone").unwrap_or_else(|_| unreachable!("the name is valid"))
    }

    /// Returns the group with this name.
    ///
    /// # Errors
    ///
    /// [`InvalidRecipient`](crate::error::InvalidRecipient) if the name is empty, is longer than 100 bytes, contains a
    /// control character, or begins or ends with white space.
    pub fn new(name: impl fmt::Display) -> Result<Self, InvalidRecipient> {
        let name = name.to_string();
        if name.len() > Self::MAX_NAME_BYTES {
            return Err(InvalidRecipient::of_length(name.len()));
        }
        Recipient::group(name).map(Self)
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.group_name().unwrap_or_default()
    }

    /// Returns the recipient whose mailbox holds the announcements.
    pub(crate) const fn recipient(&self) -> &Recipient {
        &self.0
    }

    /// Returns the key of each copy of an announcement.
    pub(crate) fn key_of(&self, announcement: MessageId) -> String {
        format!("g:{}/{}", self.name(), announcement.created().as_micros())
    }

    /// Returns the mark of a member: the newest announcement that was delivered.
    pub(crate) fn delivered(&self) -> Mark {
        self.mark("g:")
    }

    /// Returns the mark of a member: the newest withdrawal that was applied.
    pub(crate) fn withdrawn(&self) -> Mark {
        self.mark("w:")
    }

    fn mark(&self, prefix: &str) -> Mark {
        Mark::new(format!("{prefix}{}", self.name())).unwrap_or_else(|_| unreachable!("the name is short and valid"))
    }
}
