//! A stored message: its id, its content, the session that it is bound to, and its state.

mod change;
mod content;
mod id;
mod limits;
mod new;
mod state;
mod tags;

use std::{fmt, ops::Deref};

pub use self::{
    change::Change,
    content::{MessageContent, TextFormat},
    id::MessageId,
    limits::InvalidMessage,
    new::{CheckedMessage, NewMessage},
    state::MessageState,
    tags::CheckedTags,
};
use super::{SessionId, Timestamp};

/// A message in a mailbox.
///
/// It dereferences to its [`MessageContent`], so `message.text` and `message.level` read the content's fields. A change names the
/// part that it changes: `message.state.read_at = None`.
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
/// `Message`, [`MessageContent`] and [`MessageState`] are exhaustive: a store builds them, and takes them apart without `..`. A field that a
/// later version adds is therefore a compile error in each translation that does not handle it yet, and each such version
/// is a breaking release.
///
/// ```
/// use actix_messages::{MessageContent, Message, MessageId, MessageState, TextFormat};
///
/// /// The columns of a row.
/// # type Row = (i64, i32, String, Vec<String>, String, bool, Option<String>, Option<i64>);
/// fn row(message: Message) -> Row {
///     let Message { id, content, session, state } = message;
///     let MessageContent { level, text, tags, view, format } = content;
///     let MessageState { read_at } = state;
///     let (is_html, read_at) = (format == TextFormat::SafeHtml, read_at.map(|read_at| read_at.as_micros()));
///     (id.value(), level.value(), text, tags, view, is_html, session.map(|session| session.to_string()), read_at)
/// }
/// ```
///
/// A store that keeps JSON needs no list of fields, because `MessageContent` and `MessageState` implement serde's traits. `Message` itself
/// does not, so a handler can't send a session to a client by mistake, and templates get a message in one form only, that of
/// [`MessageView`](crate::MessageView). The store gets its form from serde's `remote`, which does not compile
/// if a part is added:
///
/// ```
/// use actix_messages::{MessageContent, Level, Message, MessageId, NewMessage, SessionId, MessageState};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(remote = "Message")]
/// struct Kept {
///     id: MessageId,
///     content: MessageContent,
///     session: Option<SessionId>,
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
    /// Its id, which is also when it was created.
    pub id: MessageId,
    /// Its content: level, text, tags, view and format.
    pub content: MessageContent,
    /// The session it is bound to, if any.
    pub session: Option<SessionId>,
    /// Its state: read or unread.
    pub state: MessageState,
}

impl Message {
    /// When it was created: its id, read as a time.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.id.created()
    }

    /// When it was first read; `None` while it is unread.
    #[must_use]
    pub const fn read_at(&self) -> Option<Timestamp> {
        self.state.read_at
    }

    /// Whether it has not been read yet.
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
    /// Its text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
