//! Converts messages to rows and back.

use std::{borrow::Cow, collections::BTreeSet};

use actix_messages::{
    Level, Message, MessageAction, MessageContent, MessageData, MessageId, MessageState, Recipient, SessionId,
    TextFormat, Timestamp, filter::fold_case, store::MessageParts,
};
use diesel::{AsChangeset, Column, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};

use super::{
    Backend,
    statement::Value,
    table::messages::{self, dsl},
};
use crate::error::Failure;

/// The columns of an inserted row, in the order of the values.
pub(crate) const COLUMNS: [&str; 15] = [
    dsl::recipient::NAME,
    dsl::id::NAME,
    dsl::level::NAME,
    dsl::message::NAME,
    dsl::html::NAME,
    dsl::tags::NAME,
    dsl::view::NAME,
    dsl::session::NAME,
    dsl::read_at::NAME,
    dsl::message_folded::NAME,
    dsl::tags_folded::NAME,
    dsl::view_folded::NAME,
    dsl::key::NAME,
    dsl::until::NAME,
    dsl::extra::NAME,
];

/// The columns of which a message consists.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages, check_for_backend(Backend))]
pub(super) struct MessageRow {
    pub(super) id: i64,
    level: i32,
    message: String,
    html: bool,
    tags: String,
    view: String,
    session: Option<String>,
    read_at: Option<i64>,
    key: Option<String>,
    until: Option<i64>,
    pub(super) extra: Option<String>,
}

/// Fields that few messages use, as JSON. A later version may add fields.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Extra<'a> {
    #[serde(default, skip_serializing_if = "is_zero")]
    replaced: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    title: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, MessageData>>,
    #[serde(default, skip_serializing_if = "is_empty")]
    actions: Cow<'a, [MessageAction]>,
    /// The microsecond at which the message expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_empty(actions: &[MessageAction]) -> bool {
    actions.is_empty()
}

impl Extra<'_> {
    fn read(json: Option<&str>) -> Result<Self, Failure> {
        let read = json.map(serde_json::from_str).transpose();
        Ok(read.map_err(|error| Failure::Row(format!("the column extra: {error}")))?.unwrap_or_default())
    }

    /// Returns the JSON, or `None` if all fields have their defaults.
    fn write(&self) -> Option<String> {
        // Serialising numbers, texts and JSON can't fail.
        (*self != Self::default()).then(|| serde_json::to_string(self).unwrap_or_default())
    }
}

impl TryFrom<MessageRow> for Message {
    type Error = Failure;

    fn try_from(row: MessageRow) -> Result<Self, Failure> {
        let MessageRow { id, level, message, html, tags, view, session, read_at, key, until, extra } = row;
        let Extra { replaced, title, data, actions, expires_at } = Extra::read(extra.as_deref())?;
        Ok(Self {
            id: MessageId::new(id),
            content: MessageContent {
                level: Level::new(level),
                text: message,
                tags: texts_in(&tags)?,
                view,
                format: if html { TextFormat::SafeHtml } else { TextFormat::Plain },
                title: title.map(Cow::into_owned),
                data: data.map(Cow::into_owned),
                actions: actions.into_owned(),
                expires_at: expires_at.map(Timestamp::from_micros),
            },
            session: session
                .map(|session| session.parse().map_err(|error| Failure::Row(format!("the session: {error}"))))
                .transpose()?,
            key,
            until: until.map(Timestamp::from_micros),
            state: MessageState { read_at: read_at.map(Timestamp::from_micros), replaced },
        })
    }
}

/// The row of a message in a mailbox.
#[derive(Debug, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub(crate) struct NewRow<'a> {
    recipient: &'a str,
    id: i64,
    level: i32,
    message: &'a str,
    html: bool,
    tags: String,
    view: &'a str,
    session: Option<&'a str>,
    read_at: Option<i64>,
    message_folded: Option<String>,
    tags_folded: Option<String>,
    view_folded: Option<String>,
    key: Option<&'a str>,
    until: Option<i64>,
    extra: Option<String>,
}

impl<'a> NewRow<'a> {
    /// Returns the row with the `extra` column of another row of the same message. A later version may have written
    /// fields there that this version does not know.
    pub(super) fn with_extra(self, extra: Option<String>) -> Self {
        Self { extra, ..self }
    }

    /// Returns the values after the recipient and the id, in the order of [`COLUMNS`].
    #[allow(dead_code, reason = "only PostgreSQL inserts a message by one statement")]
    pub(crate) fn values(&self) -> [Value<'_>; COLUMNS.len() - 2] {
        let Self { recipient: _, id: _, level, message, html, tags, view, session, read_at, .. } = self;
        let Self { message_folded, tags_folded, view_folded, key, until, extra, .. } = self;
        [
            Value::SmallNumber(*level),
            Value::Text(message),
            Value::Flag(*html),
            Value::Text(tags),
            Value::Text(view),
            Value::TextOrNull(*session),
            Value::NumberOrNull(*read_at),
            Value::TextOrNull(message_folded.as_deref()),
            Value::TextOrNull(tags_folded.as_deref()),
            Value::TextOrNull(view_folded.as_deref()),
            Value::TextOrNull(*key),
            Value::NumberOrNull(*until),
            Value::TextOrNull(extra.as_deref()),
        ]
    }

    pub(crate) fn new(recipient: &'a str, id: MessageId, message: MessageParts<'a>) -> Self {
        let MessageParts { content, session, key, until, state } = message;
        let MessageContent { level, text, tags, view, format, title, data, actions, expires_at } = content;
        let MessageState { read_at, replaced } = state;
        let Tags { tags, tags_folded } = Tags::new(tags);
        let extra = Extra {
            replaced: *replaced,
            title: title.as_deref().map(Cow::Borrowed),
            data: data.as_ref().map(Cow::Borrowed),
            actions: Cow::Borrowed(actions),
            expires_at: expires_at.map(Timestamp::as_micros),
        };
        Self {
            recipient,
            id: id.value(),
            level: level.value(),
            message: text,
            html: *format == TextFormat::SafeHtml,
            tags,
            view,
            session: session.map(SessionId::as_str),
            read_at: read_at.map(Timestamp::as_micros),
            message_folded: beyond_ascii(text),
            tags_folded,
            view_folded: beyond_ascii(view),
            key,
            until: until.map(Timestamp::as_micros),
            extra: extra.write(),
        }
    }
}

/// The columns that store tags.
#[derive(Debug, AsChangeset)]
#[diesel(table_name = messages, treat_none_as_null = true)]
pub(super) struct Tags {
    tags: String,
    tags_folded: Option<String>,
}

impl Tags {
    pub(super) fn new(tags: &[String]) -> Self {
        let folded = || json_texts(&tags.iter().map(|tag| fold_case(tag)).collect::<Vec<_>>());
        Self { tags: json_texts(tags), tags_folded: (!tags.iter().all(|tag| tag.is_ascii())).then(folded) }
    }
}

/// Returns the case-folded text if the text is not ASCII, since `lower()` folds only ASCII.
fn beyond_ascii(text: &str) -> Option<String> {
    (!text.is_ascii()).then(|| fold_case(text))
}

/// Converts rows to messages, each with its recipient.
pub(super) fn with_recipients(rows: Vec<(String, MessageRow)>) -> Result<Vec<(Recipient, Message)>, Failure> {
    rows.into_iter().map(|(key, row)| Ok((recipient_in(&key)?, row.try_into()?))).collect()
}

/// Parses the key of a recipient.
pub(super) fn recipient_in(key: &str) -> Result<Recipient, Failure> {
    key.parse().map_err(|error| Failure::Row(format!("the recipient: {error}")))
}

/// Parses the keys of recipients. A malformed key, written by hand, is skipped and logged.
pub(super) fn recipients_in(keys: impl IntoIterator<Item = String>) -> BTreeSet<Recipient> {
    let mut keys = keys.into_iter().collect::<Vec<_>>();
    keys.dedup();
    let read = keys.iter().map(|key| recipient_in(key));
    read.filter_map(|recipient| {
        recipient.inspect_err(|error| tracing::warn!(%error, "the recipient of a row can't be read")).ok()
    })
    .collect()
}

/// Parses a JSON array of texts.
fn texts_in(json: &str) -> Result<Vec<String>, Failure> {
    serde_json::from_str(json).map_err(|error| Failure::Row(format!("the tags: {error}")))
}

/// Returns the texts as a JSON array.
pub(super) fn json_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}
