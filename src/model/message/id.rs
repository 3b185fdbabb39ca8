//! Ids: the moment of a message's creation, unique within its mailbox.

use std::{fmt, iter};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// A day in microseconds.
const A_DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The id of a message: the microsecond of its creation since the Unix epoch, unique within its mailbox and, when it
/// is given, larger than every other id there.
///
/// One number orders, pages and dates a message. It stays below 2^53 until the year 2255, so a JavaScript
/// number holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(i64);

impl MessageId {
    /// The id with this number.
    #[must_use]
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// Its number.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }

    /// When the message was created.
    #[must_use]
    pub const fn created(self) -> Timestamp {
        Timestamp::from_micros(self.0)
    }

    /// Returns ids for `count` new messages in a mailbox of which `last` is the largest id so far. They start at `now`, or at
    /// `last + 1` if the mailbox has reached that moment.
    ///
    /// `now` is what [`Clock::reserve`](crate::Clock::reserve) returns, once for all mailboxes of an insertion. A store asks while no other insertion can
    /// come between into these mailboxes: then ids rise.
    ///
    /// ```
    /// use actix_messages::{Clock, MessageId, Timestamp};
    ///
    /// let now = Clock::from(Timestamp::from_micros(1000)).reserve(2);
    /// let ids = MessageId::next(None, 2, now);
    /// assert_eq!(ids, [1000, 1001].map(MessageId::new));
    /// assert_eq!(MessageId::next(ids.last().copied(), 1, now), [MessageId::new(1002)]);
    /// ```
    #[must_use]
    pub fn next(last: Option<Self>, count: usize, now: Timestamp) -> Vec<Self> {
        iter::successors(Some(Self::after(last, now)), |id| Some(Self::after(Some(*id), now))).take(count).collect()
    }

    /// Whether a clock that was wrong has given this id: it is a moment that is more than a day ahead of `now`. Servers whose
    /// clocks are set by the network differ by far less.
    ///
    /// ```
    /// use actix_messages::{MessageId, Timestamp};
    ///
    /// let now = Timestamp::from_micros(1_767_225_600_000_000);
    /// assert!(MessageId::new(2_145_916_800_000_000).is_ahead_of(now));
    /// assert!(!MessageId::new(1_767_225_600_000_001).is_ahead_of(now));
    /// ```
    #[must_use]
    pub const fn is_ahead_of(self, now: Timestamp) -> bool {
        self.0 > Self::latest_plausible(now).0
    }

    /// The largest id that is not [ahead](Self::is_ahead_of) of `now`.
    #[must_use]
    pub const fn latest_plausible(now: Timestamp) -> Self {
        Self(now.as_micros().saturating_add(A_DAY))
    }

    fn after(last: Option<Self>, now: Timestamp) -> Self {
        Self(last.map_or(now.as_micros(), |last| now.as_micros().max(last.0.saturating_add(1))))
    }
}

impl MessageId {
    /// Ids for messages that move into a mailbox where some ids are taken: each keeps its own, which are given in
    /// ascending order, or gets the next free one that keeps the order. After the largest number, which is a moment in
    /// the year 294,247, there is no other: a message that would need one gets that number again.
    ///
    /// ```
    /// use actix_messages::MessageId;
    ///
    /// let ids = MessageId::free_for([1, 2, 9].map(MessageId::new), |id| id.value() == 1);
    /// assert_eq!(ids, [2, 3, 9].map(MessageId::new));
    /// ```
    #[must_use]
    pub fn free_for(ids: impl IntoIterator<Item = Self>, is_taken: impl Fn(Self) -> bool) -> Vec<Self> {
        let mut last = None;
        let free = ids.into_iter().map(|id| {
            let mut free = Self::after(last, id.created());
            while is_taken(free) && free < Self(i64::MAX) {
                free = Self::after(Some(free), id.created());
            }
            last = Some(free);
            free
        });
        free.collect()
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
