//! What they see: messages, pages and summaries -> JSON, with the keys in the original's order.

use serde::Serialize;

use crate::{Level, LevelNames, Message, MessageId, Summary, Timestamp};

/// One message, as it is sent: its keys are those of the original, in its order.
#[derive(Debug, Clone, Copy, Serialize)]
#[non_exhaustive]
pub struct MessageBody<'a> {
    /// The id: the microsecond of creation, below 2^53.
    pub id: MessageId,
    /// The text.
    pub message: &'a str,
    /// The number of the level.
    pub level: Level,
    /// The name of the level; empty where it has none.
    pub level_tag: &'a str,
    /// The tags.
    pub extra_tags: &'a [String],
    /// Where it was made.
    pub view: &'a str,
    /// When it was first read; `null` while unread.
    pub read_at: Option<Timestamp>,
    /// When it was created.
    pub created: Timestamp,
}

impl<'a> MessageBody<'a> {
    pub(crate) fn new(message: &'a Message, names: &'a LevelNames) -> Self {
        let Message { id, level, text, tags, view, session: _, format: _, read_at } = message;
        Self {
            id: *id,
            message: text,
            level: *level,
            level_tag: names.name_of(*level),
            extra_tags: tags,
            view,
            read_at: *read_at,
            created: message.created(),
        }
    }
}

/// A page of a list, or the bare results.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ListBody<'a, T> {
    Page {
        #[serde(skip_serializing_if = "Option::is_none")]
        count: Option<u64>,
        next: Option<&'a str>,
        previous: Option<&'a str>,
        results: Vec<T>,
    },
    Array(Vec<T>),
}

/// How many messages were changed.
#[derive(Debug, Serialize)]
pub(crate) struct CountBody {
    pub(crate) count: usize,
}

/// The answer of peek.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryBody<'a> {
    count: u64,
    max_level: Option<Level>,
    max_level_tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    levels: Option<Vec<LevelBody<'a>>>,
}

/// How many messages there are of a level.
#[derive(Debug, Serialize)]
pub(crate) struct LevelBody<'a> {
    level: Level,
    level_tag: &'a str,
    count: u64,
}

impl<'a> SummaryBody<'a> {
    pub(crate) fn new(summary: &Summary, names: &'a LevelNames) -> Self {
        let max_level = summary.max_level();
        let max_level_tag = max_level.map_or("", |level| names.name_of(level));
        Self { count: summary.count(), max_level, max_level_tag, levels: None }
    }

    /// With the counts of each level, the lowest first.
    pub(crate) fn by_level(self, summary: &Summary, names: &'a LevelNames) -> Self {
        let of_level = |(level, count): (&Level, &u64)| LevelBody {
            level: *level,
            level_tag: names.name_of(*level),
            count: *count,
        };
        Self { levels: Some(summary.by_level.iter().map(of_level).collect()), ..self }
    }
}

/// What `OPTIONS` says of an endpoint, in the words of Django REST framework, which existing front ends read.
#[derive(Debug, Serialize)]
pub(crate) struct EndpointBody {
    pub(crate) name: &'static str,
    pub(crate) description: &'static str,
    pub(crate) renders: [&'static str; 2],
    pub(crate) parses: [&'static str; 3],
}

impl EndpointBody {
    pub(crate) const fn new(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            description,
            renders: ["application/json", "text/html"],
            parses: ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
        }
    }
}
