//! Relays, which carry hints between the processes that use one store.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{hint::ChangeHint, subscriber::Subscriber};
use crate::model::{Recipient, SessionId};

/// Carries messages between the feeds of several processes.
///
/// Without a relay, a process finds the changes of another one at the next [heartbeat] of a stream. With a relay, it
/// finds them at once. A message of a relay is a hint: it may arrive late, twice, in any order, or not at all. Each
/// message has a number. If one is missing, the process makes all its watches look at the store.
///
/// A feed publishes a message every two seconds, even if nothing has changed. If a process is silent for six seconds,
/// the others take it as ended, and make all their watches look at the store.
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
    /// into a queue of bounded length, and a thread or task sends them. If the queue is full, it drops them.
    fn publish(&self, messages: &[RelayMessage]);

    /// Starts to hand over what other processes publish, until [`Subscriber::is_open`] returns `false`.
    ///
    /// It is called once, and returns at once: a thread or task does the work. Whether a process receives its own
    /// messages does not matter. If it does, it can tell by them that the connection still works.
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
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RelayMessage {
    /// A random number for the feed that has published the message.
    #[serde(rename = "s")]
    pub sender: u32,
    /// How many messages the sender has published, this one included. [`RelayContent::Alive`] is not counted.
    #[serde(rename = "n")]
    pub number: u64,
    /// The content.
    #[serde(rename = "c")]
    pub content: RelayContent,
}

impl RelayMessage {
    /// Creates a message, for the tests of a relay. Otherwise, only a feed creates messages.
    #[must_use]
    pub const fn new(sender: u32, number: u64, content: RelayContent) -> Self {
        Self { sender, number, content }
    }
}

/// The content of a [`RelayMessage`].
///
/// A later version may have more kinds of contents and of changes. A relay that receives a message that it can't
/// deserialize calls [`Subscriber::missed`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RelayContent {
    /// Nothing has changed. The number shows whether earlier messages are lost.
    Alive,
    /// A mailbox may have changed.
    Changed(ChangeHint),
    /// A session has ended, and so its streams end.
    SessionEnded(SessionId),
    /// Another user has signed in in this session, and so the streams in it end.
    SessionChanged(SessionId),
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
