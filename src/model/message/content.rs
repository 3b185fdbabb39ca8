//! The content of a message: the part that an application writes.

use serde::{Deserialize, Serialize};

use super::{MessageAction, MessageData};
use crate::model::{Level, Timestamp};

/// The content of a message. [`NewMessage`](crate::NewMessage), [`CheckedMessage`](crate::store::CheckedMessage) and
/// [`Message`](crate::Message) dereference to it.
///
/// Its serde form is for stores, and uses the names of the fields. A later version reads the JSON of an earlier
/// version, because added fields have defaults. A message that does not use these fields has the same JSON as in that
/// version. The HTTP API has a separate form, `MessageJson`, for three reasons: it
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
    /// The title, if any: 1 to 200 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The data, if any: a JSON object of at most 4096 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<MessageData>,
    /// The actions, in the order given: at most 3.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<MessageAction>,
    /// When the message expires; `None` for never. At this time, a [`Ticker`](crate::Ticker) deletes the message, in
    /// every place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::NewMessage;

    #[test]
    fn the_json_of_an_earlier_version_is_read_and_written() {
        let json = json!({ "level": 20, "text": "a", "tags": ["b"], "view": "c", "format": "plain" });
        let content = serde_json::from_value::<MessageContent>(json.clone()).unwrap();
        assert_eq!((&content.title, &content.data, &*content.actions), (&None, &None, &[][..]));
        assert_eq!(serde_json::to_value(content).unwrap(), json);
    }

    #[test]
    fn the_json_of_all_parts_is_read_as_it_was_written() {
        let message = NewMessage::new(20, "a").safe_html().title("b").data(json!({ "c": [1, 0.1, null] }));
        let content = (*message.action("d", "/e")).clone();
        let json = serde_json::to_string(&content).unwrap();
        assert!(
            json.ends_with(r#""title":"b","data":{"c":[1,0.1,null]},"actions":[{"label":"d","href":"/e"}]}"#),
            "{json}"
        );
        assert_eq!(serde_json::from_str::<MessageContent>(&json).unwrap(), content);
    }
}
