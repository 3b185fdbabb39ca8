//! The JSON of a message, with the keys of drf-messages in the same order.

use serde::Serialize;

use super::{Level, LevelNames, Message, MessageContent, MessageId, MessageState, Timestamp};

/// A message as the API sends it, with the keys of drf-messages in the same order.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Message))]
#[non_exhaustive]
pub struct MessageJson<'a> {
    /// The id: the time of creation in microseconds since the Unix epoch. It is below 2^53.
    #[cfg_attr(feature = "openapi", schema(value_type = i64))]
    pub id: MessageId,
    /// The text.
    #[doc(alias = "message")]
    #[serde(rename = "message")]
    pub text: &'a str,
    /// The number of the level.
    #[cfg_attr(feature = "openapi", schema(value_type = i32))]
    pub level: Level,
    /// The name of the level, or an empty string if it has no name.
    pub level_tag: &'a str,
    /// The tags.
    #[doc(alias = "extra_tags")]
    #[serde(rename = "extra_tags")]
    pub tags: &'a [String],
    /// The view that created the message. It may be empty.
    pub view: &'a str,
    /// When the message was first read; `null` while it is unread.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, required))]
    pub read_at: Option<Timestamp>,
    /// When the message was created.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created: Timestamp,
}

impl<'a> MessageJson<'a> {
    pub(crate) fn new(message: &'a Message, names: &'a LevelNames) -> Self {
        let Message { id, content, session: _, key: _, until: _, state } = message;
        let MessageContent { level, text, tags, view, format: _ } = content;
        let MessageState { read_at, replaced: _ } = state;
        Self {
            id: *id,
            text,
            level: *level,
            level_tag: names.name_of(*level),
            tags,
            view,
            read_at: *read_at,
            created: message.created(),
        }
    }
}
