//! Hints about changes: which mailbox to look at again, and which messages.

use crate::model::{MessageId, Recipient};

/// Tells that a mailbox may have changed.
///
/// A hint says where to look, and the store says what is there. A late or duplicate hint costs time and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ChangeHint {
    /// The mailbox.
    pub mailbox: Recipient,
    /// The kind of change, with the messages that it is about.
    pub kind: ChangeKind,
}

impl ChangeHint {
    /// Creates a hint.
    #[must_use]
    pub const fn new(mailbox: Recipient, kind: ChangeKind) -> Self {
        Self { mailbox, kind }
    }
}

/// The kind of a change, with the messages that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChangeKind {
    /// Messages were added. Their ids are larger than all ids before them.
    Added(Vec<MessageId>),
    /// Messages were marked as read.
    Read(Vec<MessageId>),
    /// Messages were marked as unread.
    Unread(Vec<MessageId>),
    /// The tags of messages were changed.
    Tagged(Vec<MessageId>),
    /// Messages were deleted, or moved to another mailbox.
    Deleted(Vec<MessageId>),
    /// Anything may have changed. For example, the store failed and may have made the change nevertheless, or messages
    /// with old ids were moved here.
    Unknown,
}

impl ChangeKind {
    /// Returns whether the hint names no message, so that there is nothing to tell.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Added(ids) | Self::Read(ids) | Self::Unread(ids) | Self::Tagged(ids) | Self::Deleted(ids) => {
                ids.is_empty()
            }
            Self::Unknown => false,
        }
    }
}
