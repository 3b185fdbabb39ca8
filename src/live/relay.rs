//! Relays, which carry hints between the processes that use one store.

use std::{fmt, sync::Weak};

use serde::{Deserialize, Serialize};

use super::{change_feed::Shared, hint::ChangeHint};
use crate::model::{Recipient, SessionId};

/// Carries messages between the feeds of several processes.
///
/// Without a relay, a process finds the changes of another one at the next [heartbeat] of a stream. With a relay, it
/// finds them at once. A message of a relay is a hint: it may arrive late, twice, in any order, or not at all. A lost
/// message costs time and nothing else, since each watch looks at the store at its heartbeat.
///
/// `PostgresRelay` of [actix-messages-diesel] uses `LISTEN` and `NOTIFY`. For a relay on another broker, implement
/// the two methods; `relay_tests!` (feature `conformance`) writes its tests.
///
/// [heartbeat]: crate::settings::Live::heartbeat
/// [actix-messages-diesel]: https://docs.rs/actix-messages-diesel
pub trait Relay: fmt::Debug + Send + Sync + 'static {
    /// Passes messages on to all other processes.
    ///
    /// It is called after each change, on the thread that makes it. So it neither waits nor fails: it puts the messages
    /// into a queue of bounded length, and a thread or task sends them. If the queue is full, it drops them. Then the
    /// subscribers of the other processes should get [`Subscriber::missed`] as soon as possible.
    fn publish(&self, messages: &[RelayMessage]);

    /// Starts to hand over what other processes publish, until [`Subscriber::is_open`] returns `false`.
    ///
    /// It is called once, and returns at once: a thread or task does the work. Whether a process receives its own
    /// messages does not matter.
    fn subscribe(&self, subscriber: Subscriber);

    /// Returns the state of the connection, for [`ChangeFeed::counters`](super::ChangeFeed::counters) and readiness
    /// probes. By default the relay is always connected.
    fn status(&self) -> RelayStatus {
        RelayStatus::default()
    }
}

/// A message between processes.
///
/// It is small: it has no texts, and at most 64 ids. As JSON, it has less than 2,000 bytes.
///
/// A later version may have more kinds of messages and of changes. A relay that receives a message that it can't
/// deserialize calls [`Subscriber::missed`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RelayMessage {
    /// A mailbox may have changed.
    Changed(ChangeHint),
    /// A session has ended, and so its streams end.
    SessionEnded(SessionId),
    /// Another user has signed in in this session, and so the streams in it end.
    SessionChanged(SessionId),
    /// A process has dropped messages, because too many were waiting.
    Lost,
    /// The streams of a mailbox end.
    #[serde(with = "super::hint::key")]
    MailboxClosed(Recipient),
}

/// The state of a [`Relay`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RelayStatus {
    /// Whether messages are passed on now.
    pub is_connected: bool,
    /// The number of messages that were sent.
    pub sent: u64,
    /// The number of messages that were received.
    pub received: u64,
    /// How often messages may have been lost, because the connection was interrupted or the queue was full.
    pub interruptions: u64,
}

impl Default for RelayStatus {
    fn default() -> Self {
        Self { is_connected: true, sent: 0, received: 0, interruptions: 0 }
    }
}

impl RelayStatus {
    /// Creates a status with these values.
    #[must_use]
    pub const fn new(is_connected: bool, sent: u64, received: u64, interruptions: u64) -> Self {
        Self { is_connected, sent, received, interruptions }
    }
}

/// Hands over the messages of a [`Relay`] to the feed of this process. A clone is another handle to the same feed.
#[derive(Clone)]
pub struct Subscriber(Weak<Shared>);

impl Subscriber {
    pub(super) const fn new(feed: Weak<Shared>) -> Self {
        Self(feed)
    }

    /// Hands over messages that another process has published.
    pub fn receive(&self, messages: &[RelayMessage]) {
        if let Some(feed) = self.0.upgrade() {
            messages.iter().for_each(|message| feed.receive(message));
        }
    }

    /// Tells that messages may have been lost. All watches then look at the store. Call it once the relay receives
    /// messages for the first time, and after each interruption.
    pub fn missed(&self) {
        if let Some(feed) = self.0.upgrade() {
            feed.receive_unknown();
        }
    }

    /// Makes all watches look at the store, because something has changed, and it is unknown what. Unlike
    /// [`missed`](Self::missed), it causes an [`Event::Resync`](crate::Event::Resync) only for watches that find a
    /// change.
    pub fn look(&self) {
        if let Some(feed) = self.0.upgrade() {
            feed.receive_look();
        }
    }

    /// Returns whether there are watches in this process. If not, a relay may be slower.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.upgrade().is_some_and(|feed| feed.is_watched())
    }

    /// Returns whether the feed still exists. If not, the relay should stop.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// Hides the feed.
impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("is_open", &self.is_open()).finish_non_exhaustive()
    }
}
