//! The conditions of a filter, one by one.

use std::collections::BTreeSet;

use super::{LevelRange, TextLookup, TimeRange, text::matches_all};
use crate::model::{Message, MessageId, SessionId};

/// One condition of a [`MessageFilter`](crate::MessageFilter). A filter means the messages that fulfil all of its conditions.
///
/// More conditions may be added in a later version, and a store that was written before must still answer correctly. So a
/// store translates the conditions that it knows, and lets [`matches`](Self::matches) decide on the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition<'a> {
    /// The id is one of these.
    Ids(&'a BTreeSet<MessageId>),
    /// The message is unread (`true`), or it is read.
    Unread(bool),
    /// The level is in this range.
    Level(&'a LevelRange),
    /// One of the tags passes this lookup.
    Tag(&'a TextLookup),
    /// The view passes this lookup.
    View(&'a TextLookup),
    /// The text passes all of these lookups.
    Text(&'a [TextLookup]),
    /// The message was created in this range.
    Created(TimeRange),
    /// The message was first read in this range. An unread message is in no range that has an end.
    Read(TimeRange),
    /// The message is bound to this session, or to none.
    Session(&'a SessionId),
    /// The message has a key, which is one of these.
    Keys(&'a BTreeSet<String>),
    /// A condition that no store knows, by which the conformance suite tries what stores do about one.
    #[cfg(feature = "conformance")]
    #[doc(hidden)]
    OddId(bool),
}

impl Condition<'_> {
    /// Returns whether the message fulfils this condition. This is the definition that a store translates.
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
            #[cfg(feature = "conformance")]
            Self::OddId(is_odd) => is_odd == (message.id.value() % 2 != 0),
        }
    }
}
