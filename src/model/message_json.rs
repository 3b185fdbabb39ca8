//! The JSON of a message: the keys of drf-messages in the same order, and then those that only some messages have.

use serde::Serialize;
#[cfg(feature = "openapi")]
use utoipa::openapi::{Object, ObjectBuilder, Type, schema::AdditionalProperties};

use super::{
    Level, LevelNames, Message, MessageAction, MessageContent, MessageData, MessageId, MessageState, TextFormat,
    Timestamp,
};

/// A message as the API sends it: the keys of drf-messages in the same order, and then those that only some messages
/// have.
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
    /// The title. Only messages that have a title have this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 200))]
    pub title: Option<&'a str>,
    /// The data, an object that the application defines. Only messages that have data have this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(schema_with = data_schema))]
    pub data: Option<&'a MessageData>,
    /// The actions. Only messages that have actions have this key.
    #[serde(skip_serializing_if = "is_empty")]
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 3))]
    pub actions: &'a [MessageAction],
    /// The key. A message replaces an earlier one with the same key. Only messages that have a key have this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, min_length = 1, max_length = 128))]
    pub key: Option<&'a str>,
    /// The number of messages that this one stands for: itself, and those with the same key that it has replaced. Only
    /// messages that have replaced others have this key.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(nullable = false, minimum = 2))]
    pub times: Option<u32>,
    /// The format of the text. Only messages whose text is safe HTML have this key.
    #[serde(skip_serializing_if = "is_plain")]
    #[cfg_attr(feature = "openapi", schema(schema_with = format_schema))]
    pub format: TextFormat,
    /// When the message expires. Only messages that expire have this key.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime, nullable = false))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Any object. Without `additionalProperties`, a generated client would expect an empty one.
#[cfg(feature = "openapi")]
fn data_schema() -> Object {
    let any = ObjectBuilder::new().additional_properties(Some(AdditionalProperties::FreeForm(true)));
    any.description(Some(
        "The data, an object that the application defines. Only messages that have data have this key.",
    ))
    .build()
}

#[cfg(feature = "openapi")]
fn format_schema() -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["safe_html"]));
    text.description(Some("The format of the text. Only messages whose text is safe HTML have this key.")).build()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_empty(actions: &&[MessageAction]) -> bool {
    actions.is_empty()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_plain(format: &TextFormat) -> bool {
    *format == TextFormat::Plain
}

impl<'a> MessageJson<'a> {
    pub(crate) fn new(message: &'a Message, names: &'a LevelNames) -> Self {
        let Message { id, content, session: _, key, until: _, state } = message;
        let MessageContent { level, text, tags, view, format, title, data, actions, expires_at } = content;
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
            title: title.as_deref(),
            data: data.as_ref(),
            actions,
            key: key.as_deref(),
            times: state.times(),
            format: *format,
            expires_at: *expires_at,
        }
    }
}
