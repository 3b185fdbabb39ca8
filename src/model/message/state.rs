//! The state of a stored message: read or unread.

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// The state of a stored message. The default is the state of a new message: unread.
///
/// Its serde form is for stores, as that of [`Content`](crate::Content).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct State {
    /// When it was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
}
