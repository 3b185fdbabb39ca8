//! Filters: the messages of a mailbox that a request is about, as a value with one meaning.

mod condition;
mod range;
mod text;

use std::collections::BTreeSet;

pub use self::{
    condition::Condition,
    range::{LevelRange, TimeRange},
    text::{Case, TextLookup, TextTest, fold_case},
};
use super::{Level, Message, MessageId, SessionId, Timestamp};

/// Selects messages of a mailbox: a message is selected if it fulfils every field. The default selects all messages, and
/// each method narrows the selection.
///
/// [`matches`](Self::matches) is the definition. A store translates the [`conditions`](Self::conditions) that it knows and lets
/// `matches` decide on the others. The conformance suite compares the outcome with the definition.
///
/// ```
/// use actix_messages::{Level, MessageFilter, MessageId, NewMessage};
///
/// let urgent = MessageFilter::default().unread().at_least(Level::WARNING).tagged("billing");
/// let message = NewMessage::new(Level::ERROR, "Your card was declined.").tag("billing").check()?;
/// assert!(urgent.matches(&message.stored_as(MessageId::new(1))));
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct MessageFilter {
    /// Its id is one of these.
    pub ids: Option<BTreeSet<MessageId>>,
    /// It is unread, or it is not.
    pub unread: Option<bool>,
    /// Its level is in this range.
    pub level: LevelRange,
    /// Each of these lookups is fulfilled by one of its tags.
    pub tags: Vec<TextLookup>,
    /// Each of these lookups is fulfilled by its view.
    pub view: Vec<TextLookup>,
    /// It was created in this range.
    pub created: TimeRange,
    /// It was first read in this range; an unread message is in no range that has an end.
    pub read: TimeRange,
    /// Each of these lookups is fulfilled by its text. A search for terms is one lookup for each.
    pub text: Vec<TextLookup>,
    /// It is bound to this session, or to none.
    pub session: Option<SessionId>,
    /// Its key is one of these.
    pub keys: Option<BTreeSet<String>>,
    /// See [`Condition::OddId`].
    #[cfg(feature = "conformance")]
    #[doc(hidden)]
    pub odd_id: Option<bool>,
}

impl MessageFilter {
    /// Returns whether the filter means this message: whether the message fulfils all conditions.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        self.conditions().all(|condition| condition.matches(message))
    }

    /// Returns the conditions of the filter. A field that means all messages has none.
    ///
    /// ```
    /// use actix_messages::MessageFilter;
    /// use actix_messages::filter::Condition;
    ///
    /// let filter = MessageFilter::default().unread().tagged("billing");
    /// let mut sql = String::from("recipient = ?");
    /// let mut others = Vec::new();
    /// for condition in filter.conditions() {
    ///     match condition {
    ///         Condition::Unread(true) => sql += " AND read_at IS NULL",
    ///         Condition::Unread(false) => sql += " AND read_at IS NOT NULL",
    ///         other => others.push(other), // `other.matches(&message)` decides on each message that the SQL selects
    ///     }
    /// }
    /// assert_eq!((sql.as_str(), others.len()), ("recipient = ? AND read_at IS NULL", 1));
    /// ```
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        // Each field by its name and none by `..`, so that a new one can't be forgotten.
        let Self {
            ids,
            unread,
            level,
            tags,
            view,
            created,
            read,
            text,
            session,
            keys,
            #[cfg(feature = "conformance")]
            odd_id,
        } = self;
        let range = |range: &TimeRange| Some(*range).filter(|range| *range != TimeRange::default());
        let conditions = ids.iter().map(Condition::Ids).chain(unread.iter().copied().map(Condition::Unread));
        let conditions = conditions.chain((*level != LevelRange::default()).then_some(Condition::Level(level)));
        let conditions = conditions.chain(range(created).map(Condition::Created));
        let conditions = conditions.chain(range(read).map(Condition::Read));
        let conditions = conditions.chain(session.iter().map(Condition::Session));
        let conditions = conditions.chain(keys.iter().map(Condition::Keys));
        let conditions = conditions.chain(tags.iter().map(Condition::Tag)).chain(view.iter().map(Condition::View));
        let conditions = conditions.chain((!text.is_empty()).then_some(Condition::Text(text)));
        #[cfg(feature = "conformance")]
        let conditions = conditions.chain(odd_id.iter().copied().map(Condition::OddId));
        conditions
    }

    /// Only this message.
    #[must_use]
    pub fn with_id(self, id: MessageId) -> Self {
        self.with_ids([id])
    }

    /// Only these messages.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = MessageId>) -> Self {
        self.ids = Some(both(self.ids, ids.into_iter().collect()));
        self
    }

    /// Only the message with this key.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        self.with_keys([key])
    }

    /// Only messages with one of these keys.
    #[must_use]
    pub fn with_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        self.keys = Some(both(self.keys, keys));
        self
    }

    /// Only unread messages.
    #[must_use]
    pub fn unread(self) -> Self {
        self.with_unread(true)
    }

    /// Only messages that were read.
    #[must_use]
    pub fn read(self) -> Self {
        self.with_unread(false)
    }

    /// Narrows, as the others do: no message is both unread and read.
    fn with_unread(mut self, unread: bool) -> Self {
        if self.unread == Some(!unread) {
            return self.with_ids([]);
        }
        self.unread = Some(unread);
        self
    }

    /// Only messages of this level or above.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.level = self.level.at_least(level);
        self
    }

    /// Only messages that have this tag, in exactly this spelling.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(TextLookup::exact(tag));
        self
    }

    /// Only messages made in this view.
    #[must_use]
    pub fn from_view(mut self, view: impl Into<String>) -> Self {
        self.view.push(TextLookup::exact(view));
        self
    }

    /// Only messages created at this moment or later.
    #[must_use]
    pub fn created_after(mut self, moment: Timestamp) -> Self {
        self.created.after = self.created.after.max(Some(moment));
        self
    }

    /// Only messages created at this moment or earlier.
    #[must_use]
    pub fn created_before(mut self, moment: Timestamp) -> Self {
        self.created.before = Some(self.created.before.map_or(moment, |before| before.min(moment)));
        self
    }

    /// Only messages with exactly this text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text.push(TextLookup::exact(text));
        self
    }

    /// Only messages whose text contains this term; the case of both is ignored.
    #[must_use]
    pub fn containing(mut self, term: impl Into<String>) -> Self {
        self.text.push(TextLookup::search(term));
        self
    }

    /// Only messages of exactly this level.
    #[must_use]
    pub fn of_level(mut self, level: Level) -> Self {
        self.level = self.level.only([level]);
        self
    }

    /// Only messages bound to this session or to none.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        // A message that is bound to one of two sessions is not bound to the other.
        let is_another = self.session.as_ref().is_some_and(|before| *before != session);
        self.session = Some(if is_another { SessionId::none() } else { session });
        self
    }
}

/// Those of a set that were meant before, too.
fn both<T: Ord>(before: Option<BTreeSet<T>>, mut set: BTreeSet<T>) -> BTreeSet<T> {
    if let Some(before) = before {
        set.retain(|one| before.contains(one));
    }
    set
}
