//! Ids of messages, which are also the times of their creation.

use std::{fmt, iter};

use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// A day in microseconds.
const MAX_AHEAD_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// The id of a message: the time of its creation, in microseconds since the Unix epoch. It is unique within its
/// mailbox. When a store gives an id, the id is larger than all others in the mailbox.
///
/// So the id alone is enough to order, paginate and date messages. It stays below 2^53 until the year 2255, so a
/// JavaScript number can hold it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(i64);

impl MessageId {
    /// Creates an id from its number.
    #[must_use]
    pub const fn new(value: i64) -> Self {
        Self(value)
    }

    /// Returns the number.
    #[must_use]
    pub const fn value(self) -> i64 {
        self.0
    }

    /// Returns when the message was created.
    #[must_use]
    pub const fn created(self) -> Timestamp {
        Timestamp::from_micros(self.0)
    }

    /// Returns ids for `count` new messages in a mailbox, where `last` is the largest id so far. The ids start at
    /// `now`, or at `last + 1` if that is later.
    ///
    /// `now` is the result of [`Clock::reserve`](crate::Clock::reserve), which the store calls once for all mailboxes
    /// of an insertion. From that call on, the store must keep other insertions out of these mailboxes until it has
    /// inserted the messages, so that ids always increase.
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

    /// Returns whether a wrong clock has given this id: the id is a time more than a day after `now`. Servers that set
    /// their clocks over the network differ by far less.
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

    /// Returns the largest id that is not [ahead](Self::is_ahead_of) of `now`: one day after `now`.
    #[must_use]
    pub const fn latest_plausible(now: Timestamp) -> Self {
        Self(now.as_micros().saturating_add(MAX_AHEAD_MICROS))
    }

    fn after(last: Option<Self>, now: Timestamp) -> Self {
        Self(last.map_or(now.as_micros(), |last| now.as_micros().max(last.0.saturating_add(1))))
    }
}

impl MessageId {
    /// Returns ids for messages that move into a mailbox in which some ids are taken.
    ///
    /// `ids` are the ids of the messages, in ascending order. Each message keeps its id if it can, or gets the next
    /// free id that keeps the order. The largest id is [`i64::MAX`], a time in the year 294,247. A message that would
    /// need a larger id gets `i64::MAX`, even if another message has it.
    ///
    /// ```
    /// use actix_messages::MessageId;
    ///
    /// let ids = MessageId::next_free([1, 2, 9].map(MessageId::new), |id| id.value() == 1);
    /// assert_eq!(ids, [2, 3, 9].map(MessageId::new));
    /// ```
    #[must_use]
    pub fn next_free(ids: impl IntoIterator<Item = Self>, is_taken: impl Fn(Self) -> bool) -> Vec<Self> {
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
