//! Messages: what an application writes, what a store gets, and what a person reads.

mod id;
mod tags;

use std::fmt;

use self::tags::check_tags;
pub use self::{
    id::MessageId,
    tags::{CheckedTags, TagChange},
};
use serde::{Deserialize, Serialize};

use super::{Level, SessionId, Timestamp};

/// A message as an application writes it: a level and a text, and what else is known of it.
///
/// Limits are checked when it is added: the text has 1 to 1024 characters, the view up to 64. There are at most
/// 100 tags, of 1 to 128 characters each and 4096 characters together. NUL is nowhere.
///
/// ```
/// use actix_messages::{Level, NewMessage};
///
/// let message = NewMessage::new(Level::SUCCESS, "Your order is placed.").tag("order").tag("billing");
/// assert_eq!(message.check()?.tags(), ["order", "billing"]);
/// # Ok::<(), actix_messages::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewMessage {
    level: Level,
    text: String,
    tags: Vec<String>,
    view: Option<String>,
    session: Option<SessionId>,
    format: TextFormat,
}

/// How the text of a message is to be shown. It is serialised as `plain` or `safe_html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// As it is: whoever puts it into HTML escapes it.
    #[default]
    Plain,
    /// It is HTML that the application made and knows to be safe.
    SafeHtml,
}

impl NewMessage {
    /// The longest text, in characters (Unicode scalar values).
    pub const MAX_TEXT_CHARS: usize = 1024;
    /// The longest tag, in characters.
    pub const MAX_TAG_CHARS: usize = 128;
    /// The maximum number of tags.
    pub const MAX_TAGS: usize = 100;
    /// The maximum length of all tags together, in characters.
    pub const MAX_CHARS_OF_ALL_TAGS: usize = 4096;
    /// The longest name of a view, in characters.
    pub const MAX_VIEW_CHARS: usize = 64;

    /// A message of this level with this text.
    #[must_use]
    pub fn new(level: impl Into<Level>, text: impl Into<String>) -> Self {
        Self {
            level: level.into(),
            text: text.into(),
            tags: Vec::new(),
            view: None,
            session: None,
            format: TextFormat::Plain,
        }
    }

    /// Adds a tag. By default there are none.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds tags, in their order.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Says where the message was made. By default that is the name of the resource that the request matched,
    /// and empty outside a request.
    #[must_use]
    pub fn view(mut self, view: impl Into<String>) -> Self {
        self.view = Some(view.into());
        self
    }

    /// Binds the message to a session: it is deleted when that session ends. By default it is bound to the
    /// session of the request, where there is one.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Says that the text is HTML which the application made and knows to be safe: templates don't escape it. By
    /// default it is plain text, which they escape. Never say it of a text that anybody else has a part in.
    #[must_use]
    pub const fn safe_html(mut self) -> Self {
        self.format = TextFormat::SafeHtml;
        self
    }

    /// Its level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Its text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The same message, with a view and a session where it names none itself.
    #[must_use]
    pub fn with_defaults(mut self, view: &str, session: Option<&SessionId>) -> Self {
        self.view.get_or_insert_with(|| view.to_owned());
        self.session = self.session.or_else(|| session.cloned());
        self
    }

    /// Checks the limits. Only a message that keeps them gets to a store.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] names the field, its limit, and what was given.
    pub fn check(self) -> Result<CheckedMessage, InvalidMessage> {
        let view = self.view.unwrap_or_default();
        check_text(Field::Message, &self.text, 1..=Self::MAX_TEXT_CHARS)?;
        check_text(Field::View, &view, 0..=Self::MAX_VIEW_CHARS)?;
        check_tags(&self.tags)?;
        Ok(CheckedMessage {
            level: self.level,
            text: self.text,
            tags: self.tags,
            view,
            session: self.session,
            format: self.format,
        })
    }
}

fn check_text(field: Field, text: &str, chars: std::ops::RangeInclusive<usize>) -> Result<(), InvalidMessage> {
    let problem = if text.contains('\0') {
        Problem::Nul
    } else {
        match text.chars().count() {
            0 if *chars.start() > 0 => Problem::Empty,
            given if given > *chars.end() => Problem::TooLong { limit: *chars.end(), given },
            _ => return Ok(()),
        }
    };
    Err(InvalidMessage { field, problem })
}

/// A new message whose limits were checked: what a store gets to keep. Only [`NewMessage::check`] makes one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CheckedMessage {
    level: Level,
    text: String,
    tags: Vec<String>,
    view: String,
    session: Option<SessionId>,
    format: TextFormat,
}

impl CheckedMessage {
    /// Its level.
    #[must_use]
    pub const fn level(&self) -> Level {
        self.level
    }

    /// Its text: 1 to 1024 characters.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its tags, in the order given: at most 100, each 1 to 128 characters.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.tags
    }

    /// Where it was made: up to 64 characters.
    #[must_use]
    pub fn view(&self) -> &str {
        &self.view
    }

    /// The session it is bound to.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// How its text is to be shown.
    #[must_use]
    pub const fn format(&self) -> TextFormat {
        self.format
    }

    /// The message once it is stored under `id`: unread.
    #[must_use]
    pub fn stored_as(self, id: MessageId) -> Message {
        let Self { level, text, tags, view, session, format } = self;
        Message { id, level, text, tags, view, session, format, read_at: None }
    }
}

/// A message in a mailbox.
///
/// It is not serialised as it is, since a store and the wire each have a form of their own. All of its fields are, so
/// a store gets its form from serde's `remote`, and does not compile when a field is added:
///
/// ```
/// use actix_messages::{Level, Message, MessageId, NewMessage, SessionId, TextFormat, Timestamp};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// #[serde(remote = "Message")]
/// struct Kept {
///     id: MessageId,
///     level: Level,
///     text: String,
///     tags: Vec<String>,
///     view: String,
///     session: Option<SessionId>,
///     format: TextFormat,
///     read_at: Option<Timestamp>,
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
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
    /// Its tags, in the order given.
    pub tags: Vec<String>,
    /// Where it was made; may be empty.
    pub view: String,
    /// The session it is bound to, if any.
    pub session: Option<SessionId>,
    /// How its text is to be shown.
    pub format: TextFormat,
    /// When it was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
}

impl Message {
    /// When it was created: its id, read as a time.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.id.created()
    }

    /// Whether nobody has read it yet.
    #[must_use]
    pub const fn is_unread(&self) -> bool {
        self.read_at.is_none()
    }
}

impl fmt::Display for Message {
    /// Its text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A new message that breaks a limit: which field, and what of it. Its text says it in words, the limit and
/// what was given included.
///
/// ```
/// use actix_messages::{Level, NewMessage};
///
/// let refused = NewMessage::new(Level::INFO, "a".repeat(1025)).check().unwrap_err();
/// assert_eq!(refused.field(), "message");
/// assert_eq!(refused.to_string(), "message: Ensure this value has at most 1024 characters (it has 1025).");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}: {problem}", field.name())]
pub struct InvalidMessage {
    field: Field,
    problem: Problem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Message,
    Tag,
    View,
}

impl Field {
    const fn name(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Tag => "extra_tags",
            Self::View => "view",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("This field may not be blank.")]
    Empty,
    #[error("Ensure this value has at most {limit} characters (it has {given}).")]
    TooLong { limit: usize, given: usize },
    #[error("Ensure this list has at most {limit} tags (it has {given}).")]
    TooMany { limit: usize, given: usize },
    #[error("Ensure these tags have at most {limit} characters together (they have {given}).")]
    TooLongTogether { limit: usize, given: usize },
    #[error("Null characters are not allowed.")]
    Nul,
}

impl InvalidMessage {
    /// The field, as the wire names it: `message`, `extra_tags` or `view`.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field.name()
    }

    /// What is wrong with it, without the field's name.
    #[must_use]
    pub fn problem(&self) -> String {
        self.problem.to_string()
    }
}
