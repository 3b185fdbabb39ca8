//! A stored message: its id, content, session, key and state.

mod action;
mod change;
mod checked;
mod content;
mod data;
mod id;
mod key;
mod limits;
mod new;
mod state;
mod tags;

use std::{fmt, ops::Deref};

pub use self::{
    action::MessageAction,
    change::Change,
    checked::CheckedMessage,
    content::{MessageContent, TextFormat},
    data::MessageData,
    id::MessageId,
    key::Repeat,
    limits::InvalidMessage,
    new::NewMessage,
    state::MessageState,
    tags::CheckedTags,
};
use super::{SessionId, Timestamp};

/// A message in a mailbox.
///
/// It dereferences to its [`MessageContent`], so `message.text` and `message.level` read the fields of the content. To
/// change a field, name the part that it belongs to: `message.state.read_at = None`.
///
/// ```
/// use actix_messages::{Level, MessageId, NewMessage};
///
/// let message = NewMessage::new(Level::SUCCESS, "Saved.").check()?.stored_as(MessageId::new(1));
/// assert_eq!((message.level, message.text.as_str()), (Level::SUCCESS, "Saved."));
/// assert!(message.is_unread());
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
///
/// # In a store
///
/// `Message`, [`MessageContent`] and [`MessageState`] are exhaustive: a store constructs them, and destructures them
/// without `..`. If a later version adds a field, the code of a store that does not handle it fails to compile. Each
/// such version is a breaking release.
///
/// ```
/// use actix_messages::{MessageAction, MessageContent, MessageData, Message, MessageId, MessageState, TextFormat};
///
/// /// The columns of a row.
/// # type Content = (i32, String, Vec<String>, String, bool, Option<String>, Option<MessageData>, Vec<MessageAction>);
/// # type Row = (i64, Content, Option<String>, Option<String>, [Option<i64>; 3], u32);
/// fn row(message: Message) -> Row {
///     let Message { id, content, session, key, until, state } = message;
///     let MessageContent { level, text, tags, view, format, title, data, actions, expires_at } = content;
///     let MessageState { read_at, replaced } = state;
///     let content = (level.value(), text, tags, view, format == TextFormat::SafeHtml, title, data, actions);
///     let moments = [read_at, until, expires_at].map(|moment| moment.map(|moment| moment.as_micros()));
///     (id.value(), content, session.map(|session| session.to_string()), key, moments, replaced)
/// }
/// ```
///
/// A store that keeps JSON needs no list of fields, because `MessageContent` and `MessageState` implement the traits of
/// serde. `Message` itself does not implement them, so a handler can't send a session to a client by mistake, and
/// templates get messages in one form only: [`MessageView`](crate::MessageView). A store can serialise `Message` with
/// the `remote` attribute of serde, which fails to compile if a field is added:
///
/// ```
/// use actix_messages::{MessageContent, Level, Message, MessageId, NewMessage, SessionId, MessageState, Timestamp};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(remote = "Message")]
/// struct Kept {
///     id: MessageId,
///     content: MessageContent,
///     session: Option<SessionId>,
///     key: Option<String>,
///     until: Option<Timestamp>,
///     state: MessageState,
/// }
///
/// let session = SessionId::from_digest([7; 16]);
/// let message = NewMessage::new(Level::SUCCESS, "Saved.").tag("order").session(session).check()?;
/// let message = message.stored_as(MessageId::new(1_767_225_600_000_001));
/// let json = Kept::serialize(&message, serde_json::value::Serializer)?;
/// assert_eq!(Kept::deserialize(json)?, message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Message {
    /// The id, which is also the time of creation.
    pub id: MessageId,
    /// The content: level, text, tags, view, format, title, data, actions and expiry.
    pub content: MessageContent,
    /// The session that the message is bound to, if any. [`end_session`](crate::MessageStore::end_session) deletes the
    /// messages of a session when it ends, except those that the caller keeps. A filter for another session does not
    /// select the message.
    pub session: Option<SessionId>,
    /// The key, if any: 1 to 128 characters. A new message with the same key is ignored or replaces this one (see
    /// [`Repeat`]), so no other message in any [place](crate::Place) of the recipient has this key.
    pub key: Option<String>,
    /// The time from which [`due`](crate::MessageStore::due) returns the message, so that a [`Ticker`](crate::Ticker)
    /// deletes it or moves it to the inbox. `None` for never. In the inbox and the archive, it is the
    /// [expiry](MessageContent::expires_at). In [`Later`](crate::Place::Later), it is the time at which the message
    /// leaves this place, or its expiry if that is earlier.
    pub until: Option<Timestamp>,
    /// The state: read or unread, and how many messages it has replaced.
    pub state: MessageState,
}

/// Everything that a store keeps of a message, except its id. It is exhaustive, like [`Message`].
#[derive(Debug, Clone, Copy)]
pub struct MessageParts<'a> {
    /// See [`Message::content`].
    pub content: &'a MessageContent,
    /// See [`Message::session`].
    pub session: Option<&'a SessionId>,
    /// See [`Message::key`].
    pub key: Option<&'a str>,
    /// See [`Message::until`].
    pub until: Option<Timestamp>,
    /// See [`Message::state`].
    pub state: &'a MessageState,
}

impl Message {
    /// Returns everything that a store keeps of the message, except its id.
    #[must_use]
    pub fn parts(&self) -> MessageParts<'_> {
        let Self { id: _, content, session, key, until, state } = self;
        MessageParts { content, session: session.as_ref(), key: key.as_deref(), until: *until, state }
    }

    /// Returns when the message was created. This is its id, read as a time.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.id.created()
    }

    /// Returns when the message was first read, or `None` while it is unread.
    #[must_use]
    pub const fn read_at(&self) -> Option<Timestamp> {
        self.state.read_at
    }

    /// Returns whether the message is unread.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        self.state.read_at.is_none()
    }
}

impl Deref for Message {
    type Target = MessageContent;

    fn deref(&self) -> &MessageContent {
        &self.content
    }
}

impl fmt::Display for Message {
    /// Writes the text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
