//! The builder of a new message.

use std::ops::Deref;

use serde::Serialize;

use super::{
    CheckedMessage, InvalidMessage, MessageAction, MessageContent, MessageData, Repeat, TextFormat,
    key::{Key, check_key},
    limits::{Field, Problem, check_content},
};
use crate::model::{Clock, Level, SessionId, Timestamp};

/// Builds a message from a level and a text, and optionally tags, a view, a session, a format, a title, data, actions,
/// a key and moments.
///
/// It dereferences to its [`MessageContent`], so `message.text` reads the current text.
///
/// The limits are checked when the message is added. The text has 1 to 1024 characters, and the view at most 64. There
/// are at most 100 tags of 1 to 128 characters each, with at most 4096 characters together. A title has 1 to 200
/// characters. The data is a JSON object of at most 4096 bytes. There are at most 3 actions, with labels of 1 to 80
/// characters and links of at most 2048 characters. A key has 1 to 128 characters, and does not begin with `g:`, which
/// is reserved for the library. NUL is not allowed in any of them.
///
/// Adding a message with an empty text stores nothing, and returns no error. Only [`check`](Self::check) refuses it.
///
/// ```
/// use actix_messages::{Level, NewMessage};
///
/// let message = NewMessage::new(Level::SUCCESS, "Your order is placed.").tag("order").tag("billing");
/// assert_eq!(message.check()?.tags, ["order", "billing"]);
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NewMessage {
    content: MessageContent,
    session: Option<SessionId>,
    key: Option<Key>,
    /// The problem of the data that was set last.
    data_problem: Option<Problem>,
    /// Whether the view was set. A view that was set to an empty text stays empty.
    has_view: bool,
    visible_from: Option<Timestamp>,
}

impl NewMessage {
    /// Creates a message with this level and this text.
    #[must_use]
    pub fn new(level: impl Into<Level>, text: impl Into<String>) -> Self {
        let (level, text) = (level.into(), text.into());
        let content = MessageContent {
            level,
            text,
            tags: Vec::new(),
            view: String::new(),
            format: TextFormat::Plain,
            title: None,
            data: None,
            actions: Vec::new(),
            expires_at: None,
        };
        Self { content, session: None, key: None, data_problem: None, has_view: false, visible_from: None }
    }

    /// Adds a tag. By default a message has no tags.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.content.tags.push(tag.into());
        self
    }

    /// Adds tags, in the order given.
    #[must_use]
    pub fn tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.content.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Sets the view: the name of the part of the application that creates the message. By default it is the name of
    /// the Actix resource that the request matched. It is empty if that resource has no name, and outside of a request.
    #[must_use]
    pub fn view(mut self, view: impl Into<String>) -> Self {
        self.content.view = view.into();
        self.has_view = true;
        self
    }

    /// Binds the message to a session. When that session ends, the message is deleted, unless the application keeps
    /// such messages (`AfterLogout::Keep`). By default a message is bound to the session of the request, if there is
    /// one.
    #[must_use]
    pub fn session(mut self, session: SessionId) -> Self {
        self.session = Some(session);
        self
    }

    /// Declares that the text is HTML that the application created and knows to be safe, so templates don't escape it.
    /// By default the text is plain text, which templates escape.
    ///
    /// Never call this for a text that contains input from another party.
    #[must_use]
    pub const fn safe_html(mut self) -> Self {
        self.content.format = TextFormat::SafeHtml;
        self
    }

    /// Sets the title, which is always plain text. By default a message has no title.
    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.content.title = Some(title.into());
        self
    }

    /// Sets the data: a value that serde serialises as a JSON object, such as a struct or a map. By default a message
    /// has no data.
    ///
    /// The object has at most 4096 bytes as compact JSON, and its objects and arrays are nested at most 32 levels deep.
    /// No filter looks into the data: to find messages, set tags.
    ///
    /// If the value can't be serialised as an object, or if it is too large, [`check`](Self::check) fails.
    ///
    /// ```
    /// use actix_messages::{Level, NewMessage};
    /// use serde_json::json;
    ///
    /// let comment = NewMessage::new(Level::INFO, "A comment on your post.");
    /// assert_eq!(comment.clone().data(json!({ "post": 17 })).check()?.data.as_ref().unwrap().to_map()["post"], 17);
    /// assert_eq!(comment.data(17).check().unwrap_err().field(), "data");
    /// # Ok::<(), actix_messages::error::InvalidMessage>(())
    /// ```
    #[must_use]
    pub fn data(mut self, data: impl Serialize) -> Self {
        let data = MessageData::check(&data);
        self.data_problem = data.as_ref().err().copied();
        self.content.data = data.ok();
        self
    }

    /// Adds an action: a label and a link. By default a message has no actions, and it has at most 3.
    ///
    /// The link is a path that begins with one slash, or an `http`, `https` or `mailto` URL. All other links, such as
    /// `javascript:` and `//example.com`, are refused when the message is checked, and so are links with white space,
    /// control characters, backslashes, or a user name before the host.
    #[must_use]
    pub fn action(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.content.actions.push(MessageAction { label: label.into(), href: href.into() });
        self
    }

    /// Sets a key that identifies the subject of the message. If the recipient already has a message with this key,
    /// `repeat` decides which one stays. By default a message has no key.
    ///
    /// A recipient has at most one message with a given key, in all [places](crate::Place) together: the inbox, the
    /// archive and `Later`.
    ///
    /// The key is free again once the message is deleted or moved to another recipient. All sessions of the recipient
    /// share the keys: with `SessionScoping::Separate`, a message that one session can't see still holds its key.
    ///
    /// ```
    /// use actix_messages::{Level, NewMessage, Repeat};
    ///
    /// let comments = NewMessage::new(Level::INFO, "3 comments on your post.").key("comments-17", Repeat::Replaces);
    /// assert_eq!(comments.check()?.parts().key, Some("comments-17"));
    /// assert!(NewMessage::new(Level::INFO, "Hello.").key("g:mine", Repeat::Ignored).check().is_err());
    /// # Ok::<(), actix_messages::error::InvalidMessage>(())
    /// ```
    #[must_use]
    pub fn key(mut self, key: impl Into<String>, repeat: Repeat) -> Self {
        self.key = Some(Key { text: key.into(), repeat });
        self
    }

    /// Sets when the message expires. A [`Ticker`](crate::Ticker) deletes it within its interval after this moment, in
    /// every place. By default a message does not expire.
    ///
    /// If the moment has passed when the message is added, nothing is stored, and no error is returned.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::{sync::Arc, time::Duration};
    /// # use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient, Timestamp};
    /// # let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// let midnight = Timestamp::now() + Duration::from_secs(3 * 60 * 60);
    /// alice.add(NewMessage::new(Level::INFO, "Free shipping until midnight.").expires_at(midnight)).await?;
    /// # assert_eq!(alice.all().first().await?.unwrap().expires_at, Some(midnight));
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn expires_at(mut self, moment: impl Into<Timestamp>) -> Self {
        self.content.expires_at = Some(moment.into());
        self
    }

    /// Sets when the message becomes visible. Until then it waits in the place [`Later`](crate::Place::Later) of the
    /// recipient, where it is not listed, counted or sent to streams. Then a [`Ticker`](crate::Ticker) moves it to the
    /// inbox, as a new message. By default, and if the moment has passed, a message is visible at once.
    ///
    /// The message gets its id in the inbox when it is moved there, so its time of creation is that moment. The id that
    /// [`Mailbox::add`](crate::Mailbox::add) returns is the one in `Later`. With it, or with the [key](Self::key), the
    /// message can be deleted or [postponed](crate::Selection::snooze) while it waits. A message with the same key and
    /// [`Repeat::Replaces`] takes its place.
    ///
    /// In the mailbox of a user, the message is bound to no session unless [`session`](Self::session) names one: it
    /// arrives even if the user signs out before.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::{sync::Arc, time::Duration};
    /// # use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient, Repeat, Timestamp};
    /// # let store = Arc::new(MemoryStore::new());
    /// # let alice = Mailbox::new(Recipient::user("alice")?, store.clone());
    /// let monday = Timestamp::now() + Duration::from_secs(3 * 24 * 60 * 60);
    /// let news = NewMessage::new(Level::INFO, "Version 2 is here.").key("version-2", Repeat::Replaces);
    /// alice.add(news.visible_from(monday)).await?;
    /// assert!(alice.all().is_empty().await?);
    ///
    /// // It is not ready: cancel it.
    /// let waiting = Mailbox::new(alice.recipient().later(), store);
    /// assert_eq!(waiting.all().narrow(|filter| filter.with_key("version-2")).delete().await?.len(), 1);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn visible_from(mut self, moment: impl Into<Timestamp>) -> Self {
        self.visible_from = Some(moment.into());
        self
    }

    /// Returns whether the message has expired. If it does not expire, the clock is not asked.
    pub(crate) fn has_expired(&self, clock: &Clock) -> bool {
        self.content.expires_at.is_some_and(|moment| moment <= clock.now())
    }

    /// Returns whether the message is visible only later. If it has no such moment, the clock is not asked.
    #[cfg(feature = "actix")]
    pub(crate) fn waits(&self, clock: &Clock) -> bool {
        self.visible_from.is_some_and(|moment| moment > clock.now())
    }

    #[cfg(feature = "actix")]
    pub(crate) const fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Returns the key, as it was set.
    #[cfg(feature = "testing")]
    pub(crate) fn key_text(&self) -> Option<&str> {
        self.key.as_ref().map(|key| &*key.text)
    }

    /// Returns whether a stored message has this content and this key, and this view and this session if they were set.
    #[cfg(feature = "testing")]
    pub(crate) fn describes(&self, message: &super::Message) -> bool {
        let Self { content, session, key: _, data_problem, has_view, visible_from: _ } = self;
        let view = if *has_view { &content.view } else { &message.view };
        let content = MessageContent { view: view.clone(), ..content.clone() };
        data_problem.is_none()
            && content == message.content
            && self.key_text() == message.key.as_deref()
            && (session.is_none() || *session == message.session)
    }

    /// Sets the view and the session, unless they are already set.
    #[must_use]
    pub fn with_defaults(self, view: &str, session: Option<&SessionId>) -> Self {
        let named = if self.has_view { self } else { self.view(view) };
        Self { session: named.session.or_else(|| session.cloned()), ..named }
    }

    /// Checks the limits, and returns the message in the form that a store accepts.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the message breaks a limit, or if it would expire before it becomes visible. The error
    /// names the field, the limit, and the given length or number.
    pub fn check(self) -> Result<CheckedMessage, InvalidMessage> {
        let Self { content, session, key, data_problem, has_view: _, visible_from } = self;
        check_content(&content)?;
        if let Some(problem) = data_problem {
            return Err(InvalidMessage { field: Field::Data, problem });
        }
        key.iter().try_for_each(check_key)?;
        let expires_at = content.expires_at;
        if expires_at.is_some_and(|expiry| visible_from.is_some_and(|visible| expiry <= visible)) {
            return Err(InvalidMessage { field: Field::ExpiresAt, problem: Problem::NeverVisible });
        }
        Ok(CheckedMessage { content, session, key, until: expires_at, visible_from })
    }
}

impl Deref for NewMessage {
    type Target = MessageContent;

    fn deref(&self) -> &MessageContent {
        &self.content
    }
}
