//! Live delivery: the feed of changes that all users of a store in a process share, and relays between processes.
//!
//! [`Selection::watch`](crate::Selection::watch) follows a mailbox. It hears of changes through the [`ChangeFeed`] of the
//! store. A [`Relay`] connects the feeds of several processes.

#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answers to requests are repeated"))]
mod change_counts;
mod change_feed;
#[cfg(feature = "conformance")]
pub mod conformance;
mod hint;
#[cfg(feature = "session")]
pub(crate) mod live_sessions;
mod numbers;
mod position;
mod relay;
#[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only the answer to a request marks once it is sent"))]
pub(crate) mod running_marks;
pub(crate) mod session_binding;
mod slots;
mod subscriber;
pub(crate) mod ticks;
pub(crate) mod watcher;

pub(crate) use self::change_feed::Registration;
pub use self::{
    change_feed::{ChangeFeed, FeedCounters},
    hint::{ChangeHint, ChangeKind},
    position::{InvalidPosition, Position},
    relay::{Relay, RelayContent, RelayMessage, RelayStatus},
    subscriber::Subscriber,
};
