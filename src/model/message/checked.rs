//! A new message whose limits were checked, which a store receives.

use std::ops::Deref;

use super::{
    InvalidMessage, Message, MessageContent, MessageId, MessageParts, MessageState, Repeat,
    key::Key,
    limits::{Field, Problem},
};
use crate::model::{Clock, Recipient, SessionId, Timestamp};

/// A new message whose limits were checked, ready for a store. Only [`NewMessage::check`](crate::NewMessage::check) creates one.
///
/// It dereferences to its [`MessageContent`]: `message.text` has 1 to 1024 characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckedMessage {
    pub(super) content: MessageContent,
    pub(super) session: Option<SessionId>,
    pub(super) key: Option<Key>,
    pub(super) until: Option<Timestamp>,
    pub(super) visible_from: Option<Timestamp>,
}

impl CheckedMessage {
    /// Returns everything that a store keeps of a new message, except its id.
    #[must_use]
    pub fn parts(&self) -> MessageParts<'_> {
        MessageParts {
            content: &self.content,
            session: self.session.as_ref(),
            key: self.key.as_ref().map(|key| &*key.text),
            until: self.until,
            state: &MessageState::NEW,
        }
    }

    /// Returns how a store handles the message if its recipient already has a message with its key. Returns `None` if
    /// the message has no key.
    #[must_use]
    pub fn repeat(&self) -> Option<Repeat> {
        self.key.as_ref().map(|key| key.repeat)
    }

    /// Sets the time at which the message leaves the mailbox that it is inserted into. By default this is its
    /// [expiry](crate::NewMessage::expires_at), and without one, it stays.
    #[must_use]
    pub fn until(self, moment: Timestamp) -> Self {
        Self { until: Some(moment), ..self }
    }

    /// Returns the mailbox that a message for `of` is inserted into at `now`, and the message as it is inserted there.
    ///
    /// If the message is [visible](crate::NewMessage::visible_from) only later, this is the place
    /// [`Later`](crate::Place::Later), with the moment as its time [`until`](Self::until). Otherwise it is `of`. Each
    /// caller of [`insert`](crate::MessageStore::insert) calls this function before.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the message has [expired](crate::NewMessage::expires_at).
    ///
    /// ```
    /// use actix_messages::{Level, NewMessage, Recipient, Timestamp};
    ///
    /// let (alice, [nine, ten]) = (Recipient::user("alice")?, [9, 10].map(Timestamp::from_micros));
    /// let message = NewMessage::new(Level::INFO, "It is ten o'clock.").visible_from(ten).check()?;
    /// let (of, waiting) = message.clone().addressed(&alice, nine)?;
    /// assert_eq!((of, waiting.parts().until), (alice.later(), Some(ten)));
    /// assert_eq!(message.addressed(&alice, ten)?.0, alice);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn addressed(self, of: &Recipient, now: Timestamp) -> Result<(Recipient, Self), InvalidMessage> {
        if self.content.expires_at.is_some_and(|moment| moment <= now) {
            return Err(InvalidMessage { field: Field::ExpiresAt, problem: Problem::Past });
        }
        if self.visible_from.is_some_and(|moment| moment > now) {
            return Ok((of.later(), self.waiting()));
        }
        Ok((of.clone(), self))
    }

    /// Returns whether the message is visible only later. If it has no such moment, the clock is not asked.
    pub(crate) fn waits(&self, clock: &Clock) -> bool {
        self.visible_from.is_some_and(|moment| moment > clock.now())
    }

    /// Returns the message as it waits in the place `Later`.
    pub(crate) fn waiting(self) -> Self {
        // It expires after this moment: `check` has made sure of it.
        Self { until: self.visible_from, ..self }
    }

    /// Returns a copy of a stored message under a reserved key, bound to no session. It expires when the message does.
    #[cfg(feature = "actix")]
    pub(crate) fn copy_of(message: &Message, key: String) -> Self {
        let (content, until) = (message.content.clone(), message.expires_at);
        Self {
            content,
            session: None,
            key: Some(Key { text: key, repeat: Repeat::Ignored }),
            until,
            visible_from: None,
        }
    }

    /// Binds the message to this session, unless it is already bound to one.
    pub(crate) fn bind_unless_bound(self, session: Option<&SessionId>) -> Self {
        Self { session: self.session.or_else(|| session.cloned()), ..self }
    }

    /// Returns the message as it is stored under `id`: unread.
    #[must_use]
    pub fn stored_as(self, id: MessageId) -> Message {
        let Self { content, session, key, until, visible_from: _ } = self;
        Message { id, content, session, key: key.map(|key| key.text), until, state: MessageState::NEW }
    }
}

impl Deref for CheckedMessage {
    type Target = MessageContent;

    fn deref(&self) -> &MessageContent {
        &self.content
    }
}
