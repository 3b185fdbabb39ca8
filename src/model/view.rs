//! Messages in the form that templates use, with escaped text and CSS classes.

use std::{fmt, ops::Deref, slice, sync::Arc, vec};

use serde::{Serialize, Serializer};

use super::{
    Level, LevelNames, Message, MessageAction, MessageContent, MessageData, MessageId, MessageState, TextFormat,
    Timestamp,
};

/// A list of messages for a template. It dereferences to a slice of messages, displays their texts, and serialises as a
/// list of [`MessageView`].
#[derive(Debug, Clone)]
pub struct MessageList {
    messages: Vec<Message>,
    names: Arc<LevelNames>,
}

impl MessageList {
    pub(crate) fn new(messages: Vec<Message>, names: &Arc<LevelNames>) -> Self {
        Self { messages, names: Arc::clone(names) }
    }

    /// Returns the messages in the form that a template uses.
    pub fn views(&self) -> impl Iterator<Item = MessageView<'_>> {
        self.messages.iter().map(|message| MessageView::new(message, &self.names))
    }
}

impl Deref for MessageList {
    type Target = [Message];

    fn deref(&self) -> &[Message] {
        &self.messages
    }
}

impl IntoIterator for MessageList {
    type Item = Message;
    type IntoIter = vec::IntoIter<Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.messages.into_iter()
    }
}

impl<'a> IntoIterator for &'a MessageList {
    type Item = &'a Message;
    type IntoIter = slice::Iter<'a, Message>;

    fn into_iter(self) -> Self::IntoIter {
        self.messages.iter()
    }
}

impl fmt::Display for MessageList {
    /// Writes the texts, separated by commas.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.messages.iter().enumerate().try_for_each(|(at, message)| {
            f.write_str(if at == 0 { "" } else { ", " })?;
            f.write_str(&message.text)
        })
    }
}

impl Serialize for MessageList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.views())
    }
}

/// A message in the form that a template uses. Fields that [`Message`] also has have the same names here. When the
/// message is serialised, the fields have the names that Django templates use.
///
/// It displays its text as it is, so the template engine must escape it. The field `html` is the text as HTML, escaped
/// unless it is known to be safe. A template inserts it as it is (`{{ message.html|safe }}`).
///
/// ```
/// use actix_messages::{Level, LevelNames, MessageId, MessageView, NewMessage};
///
/// let message = NewMessage::new(Level::ERROR, "1 < 2").tag("math").check()?.stored_as(MessageId::new(1));
/// let names = LevelNames::default();
/// let view = MessageView::new(&message, &names);
/// assert_eq!(view.html, "1 &lt; 2");
/// assert_eq!(view.classes, "math error");
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MessageView<'a> {
    /// The id.
    pub id: MessageId,
    /// The text as it is, which must be escaped. Serialised as `message`.
    #[doc(alias = "message")]
    #[serde(rename = "message")]
    pub text: &'a str,
    /// The text as HTML, which must not be escaped again.
    pub html: String,
    /// The level.
    pub level: Level,
    /// The name of the level, or an empty string if it has no name.
    pub level_tag: &'a str,
    /// The tags. Serialised as `extra_tags`.
    #[doc(alias = "extra_tags")]
    #[serde(rename = "extra_tags")]
    pub tags: &'a [String],
    /// The tags and the name of the level, separated by spaces, as CSS classes. Serialised as `tags`, like in Django.
    #[doc(alias = "tags")]
    #[serde(rename = "tags")]
    pub classes: String,
    /// The [view](MessageContent::view) that created the message. It may be empty.
    pub view: &'a str,
    /// When the message was first read; `None` while it is unread.
    pub read_at: Option<Timestamp>,
    /// When the message was created.
    pub created: Timestamp,
    /// The title, if any. It is plain text, which must be escaped.
    pub title: Option<&'a str>,
    /// The data, if any. Serialised as an object.
    pub data: Option<&'a MessageData>,
    /// The actions. Their labels and links must be escaped.
    pub actions: &'a [MessageAction],
    /// The key, if any.
    pub key: Option<&'a str>,
    /// The number of messages with the same key that this one stands for, if it has replaced any.
    pub times: Option<u32>,
    /// When the message expires; `None` for never. Serialised only if it is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl<'a> MessageView<'a> {
    /// Returns the message in the form that a template uses. `names` has the names of the levels.
    #[must_use]
    pub fn new(message: &'a Message, names: &'a LevelNames) -> Self {
        let Message { id, content, session: _, key, until: _, state } = message;
        let MessageContent { level, text, tags, view, format, title, data, actions, expires_at } = content;
        let MessageState { read_at, replaced: _ } = state;
        let level_tag = names.name_of(*level);
        let classes = tags.iter().map(String::as_str).chain([level_tag]).filter(|class| !class.is_empty());
        Self {
            id: *id,
            text,
            html: match format {
                TextFormat::Plain => escape(text),
                TextFormat::SafeHtml => text.clone(),
            },
            level: *level,
            level_tag,
            tags,
            classes: classes.collect::<Vec<_>>().join(" "),
            view,
            read_at: *read_at,
            created: message.created(),
            title: title.as_deref(),
            data: data.as_ref(),
            actions,
            key: key.as_deref(),
            times: state.times(),
            expires_at: *expires_at,
        }
    }
}

impl fmt::Display for MessageView<'_> {
    /// Writes the text as it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Escapes a text for the content of an HTML element or for a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#x27;"),
            char => html.push(char),
        }
    }
    html
}
