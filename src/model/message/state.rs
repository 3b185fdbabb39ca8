//! The state of a stored message: read or unread, and how many messages it has replaced.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The state of a stored message. The default is the state of a new message: unread.
///
/// Its serde form is for stores, like that of [`MessageContent`](crate::MessageContent).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MessageState {
    /// When the message was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
    /// The number of earlier messages with the same key that this message has replaced, directly or through the message
    /// that it replaced.
    #[serde(default)]
    pub replaced: u32,
}

impl MessageState {
    /// Returns how many messages with the same key this one stands for, if it has replaced any: one more than
    /// [`replaced`](Self::replaced).
    #[must_use]
    pub const fn times(&self) -> Option<u32> {
        match self.replaced {
            0 => None,
            replaced => Some(replaced.saturating_add(1)),
        }
    }

    /// The state of a new message.
    pub(super) const NEW: Self = Self { read_at: None, replaced: 0 };
}
