//! The content of a message: level, text, tags, view and format.

use serde::{Deserialize, Serialize};

use crate::model::Level;

/// The content of a message. [`NewMessage`](crate::NewMessage), [`CheckedMessage`](crate::store::CheckedMessage) and
/// [`Message`](crate::Message) dereference to it.
///
/// Its serde form is for stores, and uses the names of the fields. A later version reads the JSON of an earlier
/// version, because added fields have defaults. The HTTP API has a separate form, `MessageJson`, for three reasons: it
/// keeps the names and the order of drf-messages (`message`, `extra_tags`), has computed keys such as `level_tag`, and
/// does not change with this struct.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageContent {
    /// The level.
    pub level: Level,
    /// The text: 1 to 1024 characters once it is stored.
    #[doc(alias = "message")]
    pub text: String,
    /// The tags, in the order given: at most 100 tags of 1 to 128 characters each, and 4096 characters together.
    #[doc(alias = "extra_tags")]
    pub tags: Vec<String>,
    /// The view (Django's term): the name of the part of the application that created the message. By default it is the
    /// name of the Actix resource that the request matched. It has at most 64 characters, and may be empty.
    pub view: String,
    /// The format of the text.
    pub format: TextFormat,
}

/// The format of the text of a message, serialised as `plain` or `safe_html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Plain text, which is escaped when it is inserted into HTML.
    #[default]
    Plain,
    /// HTML that the application created and knows to be safe.
    SafeHtml,
}
