//! The state of a stored message: read or unread.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The state of a stored message. The default is the state of a new message: unread.
///
/// Its serde form is for stores, as that of [`MessageContent`](crate::MessageContent).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct MessageState {
    /// When it was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
}
