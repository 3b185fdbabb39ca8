//! Filters: which messages of a mailbox are meant, as a value with one meaning.

mod range;
mod text;

use std::collections::BTreeSet;

use self::text::matches_all;
pub use self::{
    range::{LevelRange, TimeRange},
    text::{Case, TextLookup, TextTest, fold_case},
};
use super::{Level, Message, MessageId, SessionId, Timestamp};

/// Which messages of a mailbox are meant: those that fulfil every field. The default means all of them, and each
/// method narrows what was meant before.
///
/// [`matches`](Self::matches) is the definition. A store translates it, and the conformance suite compares
/// the translation with the definition. A translation takes the filter apart without `..`, so that a field that
/// is added later can't be forgotten.
///
/// ```
/// use actix_messages::{Level, MessageFilter, NewMessage, MessageId};
///
/// let urgent = MessageFilter::default().unread().at_least(Level::WARNING).tagged("billing");
/// let message = NewMessage::new(Level::ERROR, "Your card was declined.").tag("billing").check()?;
/// assert!(urgent.matches(&message.stored_as(MessageId::new(1))));
/// # Ok::<(), actix_messages::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
}

impl MessageFilter {
    /// Whether the filter means this message.
    #[must_use]
    pub fn matches(&self, message: &Message) -> bool {
        let Self { ids, unread, level, tags, view, created, read, text, session } = self;
        ids.as_ref().is_none_or(|ids| ids.contains(&message.id))
            && unread.is_none_or(|unread| unread == message.is_unread())
            && level.contains(message.level)
            && tags.iter().all(|lookup| message.tags.iter().any(|tag| lookup.matches(tag)))
            && view.iter().all(|lookup| lookup.matches(&message.view))
            && created.contains(Some(message.created()))
            && read.contains(message.read_at)
            && matches_all(text, &message.text)
            && session.as_ref().is_none_or(|session| message.session.as_ref().is_none_or(|bound| bound == session))
    }

    /// Only this message.
    #[must_use]
    pub fn with_id(self, id: MessageId) -> Self {
        self.with_ids([id])
    }

    /// Only these messages.
    #[must_use]
    pub fn with_ids(mut self, ids: impl IntoIterator<Item = MessageId>) -> Self {
        let ids = ids.into_iter().collect::<BTreeSet<_>>();
        self.ids = Some(match self.ids {
            Some(present) => present.intersection(&ids).copied().collect(),
            None => ids,
        });
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

    /// Only messages whose text contains this term, whatever the case of either.
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
        // What is bound to one of two sessions is not bound to the other.
        let is_another = self.session.as_ref().is_some_and(|before| *before != session);
        self.session = Some(if is_another { SessionId::none() } else { session });
        self
    }
}
