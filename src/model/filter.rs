//! Filters that select messages of a mailbox.

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

/// Selects messages of a mailbox. A message is selected if it meets the condition of every field. The default selects
/// all messages, and each method narrows the selection.
///
/// [`matches`](Self::matches) defines which messages are selected. A store translates the
/// [`conditions`](Self::conditions) that it knows, and calls `matches` for the others. The conformance suite compares
/// the results of a store with this definition.
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
    /// The message has one of these ids.
    pub ids: Option<BTreeSet<MessageId>>,
    /// The message is unread (`true`), or it is read (`false`).
    pub unread: Option<bool>,
    /// The level is in this range.
    pub level: LevelRange,
    /// For each of these lookups, at least one tag matches.
    pub tags: Vec<TextLookup>,
    /// The [view](crate::MessageContent::view) matches all of these lookups.
    pub view: Vec<TextLookup>,
    /// The message was created in this range.
    pub created: TimeRange,
    /// The message was first read in this range. An unread message is only in the range that is open at both ends.
    pub read: TimeRange,
    /// The text matches all of these lookups. A search for several terms has one lookup for each term.
    pub text: Vec<TextLookup>,
    /// The message is bound to this session, or to no session.
    pub session: Option<SessionId>,
    /// The message has a key, which is one of these.
    pub keys: Option<BTreeSet<String>>,
    /// The message has an [`until`](crate::Message::until) of this time or earlier.
    pub due: Option<Timestamp>,
    /// See [`Condition::OddId`].
    #[cfg(feature = "conformance")]
    #[doc(hidden)]
    pub odd_id: Option<bool>,
}

impl MessageFilter {
    /// Returns whether the message meets all conditions of the filter.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        self.conditions().all(|condition| condition.matches(message))
    }

    /// Returns the conditions of the filter. A field that selects all messages has no condition.
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
    ///         other => others.push(other), // call `other.matches(&message)` for each message that the SQL returns
    ///     }
    /// }
    /// assert_eq!((sql.as_str(), others.len()), ("recipient = ? AND read_at IS NULL", 1));
    /// ```
    pub fn conditions(&self) -> impl Iterator<Item = Condition<'_>> {
        // All fields are listed, without `..`, so that the compiler reports a new field that is missing here.
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
            due,
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
        let conditions = conditions.chain(due.iter().copied().map(Condition::Due));
        let conditions = conditions.chain(tags.iter().map(Condition::Tag)).chain(view.iter().map(Condition::View));
        let conditions = conditions.chain((!text.is_empty()).then_some(Condition::Text(text)));
        #[cfg(feature = "conformance")]
        let conditions = conditions.chain(odd_id.iter().copied().map(Condition::OddId));
        conditions
    }

    /// Selects only the message with this id.
    #[must_use]
    pub fn with_id(self, id: MessageId) -> Self {
        self.with_ids([id])
    }

    /// Selects only the messages with these ids.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = MessageId>) -> Self {
        self.ids = Some(intersect(self.ids, ids.into_iter().collect()));
        self
    }

    /// Selects only the message with this key.
    #[must_use]
    pub fn with_key(self, key: impl Into<String>) -> Self {
        self.with_keys([key])
    }

    /// Selects only messages with one of these keys.
    #[must_use]
    pub fn with_keys<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        let keys = keys.into_iter().map(Into::into).collect();
        self.keys = Some(intersect(self.keys, keys));
        self
    }

    /// Selects only messages whose [`until`](crate::Message::until) is this time or earlier.
    #[must_use]
    pub fn due(mut self, now: Timestamp) -> Self {
        self.due = Some(self.due.map_or(now, |before| before.min(now)));
        self
    }

    /// Selects only unread messages.
    #[must_use]
    pub fn unread(self) -> Self {
        self.with_unread(true)
    }

    /// Selects only messages that were read.
    #[must_use]
    pub fn read(self) -> Self {
        self.with_unread(false)
    }

    /// Selects nothing if the other state was selected before: no message is both unread and read.
    fn with_unread(mut self, unread: bool) -> Self {
        if self.unread == Some(!unread) {
            return self.with_ids([]);
        }
        self.unread = Some(unread);
        self
    }

    /// Selects only messages of this level or above.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.level = self.level.at_least(level);
        self
    }

    /// Selects only messages that have exactly this tag. Case matters.
    #[must_use]
    pub fn tagged(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(TextLookup::exact(tag));
        self
    }

    /// Selects only messages whose [view](crate::MessageContent::view) is exactly this text. Case matters.
    #[must_use]
    pub fn from_view(mut self, view: impl Into<String>) -> Self {
        self.view.push(TextLookup::exact(view));
        self
    }

    /// Selects only messages created at this time or later.
    #[must_use]
    pub fn created_after(mut self, moment: Timestamp) -> Self {
        self.created.after = self.created.after.max(Some(moment));
        self
    }

    /// Selects only messages created at this time or earlier.
    #[must_use]
    pub fn created_before(mut self, moment: Timestamp) -> Self {
        self.created.before = Some(self.created.before.map_or(moment, |before| before.min(moment)));
        self
    }

    /// Selects only messages with exactly this text.
    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text.push(TextLookup::exact(text));
        self
    }

    /// Selects only messages whose text contains this term, ignoring case.
    #[must_use]
    pub fn containing(mut self, term: impl Into<String>) -> Self {
        self.text.push(TextLookup::search(term));
        self
    }

    /// Selects only messages of exactly this level.
    #[must_use]
    pub fn of_level(mut self, level: Level) -> Self {
        self.level = self.level.only([level]);
        self
    }

    /// Selects only messages bound to this session or to no session.
    #[must_use]
    pub fn within_session(mut self, session: SessionId) -> Self {
        // Two different sessions have only the messages in common that are bound to no session.
        let is_another = self.session.as_ref().is_some_and(|before| *before != session);
        self.session = Some(if is_another { SessionId::none() } else { session });
        self
    }
}

/// Returns the elements of `set` that `before` contains, or all of them if `before` is `None`.
fn intersect<T: Ord>(before: Option<BTreeSet<T>>, mut set: BTreeSet<T>) -> BTreeSet<T> {
    if let Some(before) = before {
        set.retain(|one| before.contains(one));
    }
    set
}
