//! The state of a stored message: read or unread, and how many others it has replaced.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The state of a stored message. The default is the state of a new message: unread.
///
/// Its serde form is for stores, as that of [`MessageContent`](crate::MessageContent).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MessageState {
    /// When it was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
    /// How many messages with the same key it has replaced, one after the other.
    #[serde(default)]
    pub replaced: u32,
}

impl MessageState {
    /// The state of a new message.
    pub(super) const NEW: Self = Self { read_at: None, replaced: 0 };
}
