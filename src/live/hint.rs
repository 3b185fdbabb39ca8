//! Hints about changes: which mailbox to look at again, and which messages.

use serde::{Deserialize, Serialize};

use crate::model::{MessageId, Recipient};

/// Tells that a mailbox may have changed.
///
/// A hint says where to look, and the store says what is there. A late or duplicate hint costs time and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeHint {
    /// The mailbox.
    #[serde(with = "key")]
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The owner has seen more messages: [`Mark::SEEN`](crate::store::Mark::SEEN) has moved.
    Seen,
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
            Self::Seen | Self::Unknown => false,
        }
    }
}

/// The maximum number of ids in a hint to other processes. With more, it says only that anything may have changed.
const MAX_RELAYED_IDS: usize = 64;

impl ChangeHint {
    /// Returns the hint for other processes, which is bounded.
    pub(super) fn bounded(self) -> Self {
        let kind = match self.kind {
            // They find the messages by their ids.
            ChangeKind::Added(ids) => ChangeKind::Added(ids.last().copied().into_iter().collect()),
            ChangeKind::Read(ids) | ChangeKind::Unread(ids) | ChangeKind::Tagged(ids) | ChangeKind::Deleted(ids)
                if ids.len() > MAX_RELAYED_IDS =>
            {
                ChangeKind::Unknown
            }
            kind => kind,
        };
        Self { kind, ..self }
    }
}

/// Serializes a mailbox as its key.
pub(super) mod key {
    use serde::{Deserialize, Deserializer, Serializer, de};

    use crate::model::Recipient;

    pub(in crate::live) fn serialize<S: Serializer>(of: &Recipient, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&of.key())
    }

    pub(in crate::live) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Recipient, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}
