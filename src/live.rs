//! The state that all users of one store share in a process: change hints, watchers, running marks and sessions.

pub(crate) mod change_feed;
mod hint;
#[cfg(feature = "session")]
pub(crate) mod live_sessions;
pub(crate) mod position;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request marks once it is sent"))]
pub(crate) mod running_marks;
pub(crate) mod session_binding;
mod slots;
pub(crate) mod watcher;

pub use self::{
    change_feed::{ChangeFeed, FeedCounters},
    hint::{ChangeHint, ChangeKind},
    position::{InvalidPosition, Position},
};
