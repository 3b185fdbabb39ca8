//! The content of a message: level, text, tags, view and format.

use serde::{Deserialize, Serialize};

use crate::model::Level;

/// The content of a message. [`NewMessage`](crate::NewMessage), [`CheckedMessage`](crate::store::CheckedMessage) and
/// [`Message`](crate::Message) dereference to it.
///
/// Its serde form is for stores, and has the names of the fields. A later version reads the JSON of an earlier one: added fields
/// have defaults. The wire has a separate form, `MessageJson`, because it keeps the names and the order of the original API
/// (`message`, `extra_tags`), has computed keys such as `level_tag`, and does not change with this struct.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MessageContent {
    /// How much it matters.
    pub level: Level,
    /// Its text: 1 to 1024 characters once it is stored.
    #[doc(alias = "message")]
    pub text: String,
    /// Its tags, in the order given: at most 100, each 1 to 128 characters, 4096 characters together.
    #[doc(alias = "extra_tags")]
    pub tags: Vec<String>,
    /// The view that made it: up to 64 characters, may be empty.
    pub view: String,
    /// The format of its text.
    pub format: TextFormat,
}

/// The format of the text of a message. It is serialised as `plain` or `safe_html`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFormat {
    /// Plain text, which is escaped when it is put into HTML.
    #[default]
    Plain,
    /// It is HTML that the application made and knows to be safe.
    SafeHtml,
}
