//! The conditions that a filter consists of.

use std::collections::BTreeSet;

use super::{LevelRange, TextLookup, TimeRange, text::matches_all};
use crate::model::{Message, MessageId, SessionId, Timestamp};

/// One condition of a [`MessageFilter`](crate::MessageFilter). A filter selects the messages that meet all of its
/// conditions.
///
/// A later version may add conditions, and a store written for an earlier version must still answer correctly. So a
/// store translates the conditions that it knows, and calls [`matches`](Self::matches) for the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition<'a> {
    /// The message has one of these ids.
    Ids(&'a BTreeSet<MessageId>),
    /// The message is unread (`true`), or it is read (`false`).
    Unread(bool),
    /// The level is in this range.
    Level(&'a LevelRange),
    /// At least one tag matches this lookup.
    Tag(&'a TextLookup),
    /// The view matches this lookup.
    View(&'a TextLookup),
    /// The text matches all of these lookups.
    Text(&'a [TextLookup]),
    /// The message was created in this range.
    Created(TimeRange),
    /// The message was first read in this range. An unread message is only in the range that is open at both ends.
    Read(TimeRange),
    /// The message is bound to this session, or to no session.
    Session(&'a SessionId),
    /// The message has a key, which is one of these.
    Keys(&'a BTreeSet<String>),
    /// The message has an [`until`](Message::until) of this time or earlier.
    Due(Timestamp),
    /// A condition that no store knows. The conformance suite uses it to test how a store handles an unknown condition.
    #[cfg(feature = "conformance")]
    #[doc(hidden)]
    OddId(bool),
}

impl Condition<'_> {
    /// Returns whether the message meets this condition. The translation of a store must give the same result.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        match *self {
            Self::Ids(ids) => ids.contains(&message.id),
            Self::Unread(unread) => unread == message.is_unread(),
            Self::Level(range) => range.contains(message.level),
            Self::Tag(lookup) => message.tags.iter().any(|tag| lookup.matches(tag)),
            Self::View(lookup) => lookup.matches(&message.view),
            Self::Text(lookups) => matches_all(lookups, &message.text),
            Self::Created(range) => range.contains(Some(message.created())),
            Self::Read(range) => range.contains(message.read_at()),
            Self::Session(session) => message.session.as_ref().is_none_or(|bound| bound == session),
            Self::Keys(keys) => message.key.as_ref().is_some_and(|key| keys.contains(key)),
            Self::Due(now) => message.until.is_some_and(|until| until <= now),
            #[cfg(feature = "conformance")]
            Self::OddId(is_odd) => is_odd == (message.id.value() % 2 != 0),
        }
    }
}
