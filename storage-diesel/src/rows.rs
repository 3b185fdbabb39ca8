//! Messages -> rows, and back.

use actix_messages::{CheckedMessage, Level, Message, MessageId, Timestamp, fold_case};
use diesel::{Insertable, Queryable, Selectable};

use super::Backend;
use crate::{error::Failure, schema::messages};

/// The columns that make a message.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = messages, check_for_backend(Backend))]
pub(super) struct MessageRow {
    id: i64,
    level: i32,
    message: String,
    tags: String,
    view: String,
    session: Option<String>,
    read_at: Option<i64>,
}

impl TryFrom<MessageRow> for Message {
    type Error = Failure;

    fn try_from(row: MessageRow) -> Result<Self, Failure> {
        let MessageRow { id, level, message, tags, view, session, read_at } = row;
        Ok(Self {
            id: MessageId::new(id),
            level: Level::new(level),
            text: message,
            tags: serde_json::from_str(&tags).map_err(|error| Failure::Row(format!("the tags: {error}")))?,
            view,
            session: session
                .map(|session| session.parse().map_err(|error| Failure::Row(format!("the session: {error}"))))
                .transpose()?,
            read_at: read_at.map(Timestamp::from_micros),
        })
    }
}

/// A whole row.
#[derive(Debug, Insertable)]
#[diesel(table_name = messages, treat_none_as_default_value = false)]
pub(super) struct NewRow<'a> {
    recipient: &'a str,
    id: i64,
    level: i32,
    message: &'a str,
    tags: String,
    view: &'a str,
    session: Option<&'a str>,
    read_at: Option<i64>,
    message_folded: Option<String>,
    tags_folded: Option<String>,
    view_folded: Option<String>,
}

impl NewRow<'_> {
    /// How many columns are bound for each row.
    pub(super) const COLUMNS: usize = 11;
}

impl<'a> NewRow<'a> {
    /// The row of an unread message.
    pub(super) fn new(recipient: &'a str, id: MessageId, message: &'a CheckedMessage) -> Self {
        let tags = message.tags();
        let folded_tags = || json_texts(&tags.iter().map(|tag| fold_case(tag)).collect::<Vec<_>>());
        Self {
            recipient,
            id: id.value(),
            level: message.level().value(),
            message: message.text(),
            tags: json_texts(tags),
            view: message.view(),
            session: message.session().map(|session| session.as_str()),
            read_at: None,
            message_folded: beyond_ascii(message.text()),
            tags_folded: (!tags.iter().all(|tag| tag.is_ascii())).then(folded_tags),
            view_folded: beyond_ascii(message.view()),
        }
    }
}

/// The folded text, where `lower()` would not give it.
fn beyond_ascii(text: &str) -> Option<String> {
    (!text.is_ascii()).then(|| fold_case(text))
}

/// Texts as a JSON array.
pub(super) fn json_texts(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}
