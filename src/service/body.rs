//! What they see: messages, pages and summaries -> JSON, with the keys in the original's order.

use serde::Serialize;

use super::links::Links;
use crate::{Level, LevelNames, Message, MessageId, Summary, Timestamp};

/// One message.
#[derive(Debug, Serialize)]
pub(crate) struct MessageBody<'a> {
    id: MessageId,
    message: &'a str,
    level: Level,
    level_tag: &'a str,
    extra_tags: &'a [String],
    view: &'a str,
    read_at: Option<Timestamp>,
    created: Timestamp,
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

/// A page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct PageBody<'a> {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<MessageBody<'a>>,
}

impl<'a> PageBody<'a> {
    pub(crate) fn new(count: u64, links: Links, results: Vec<MessageBody<'a>>) -> Self {
        let Links { next, previous } = links;
        Self { count, next, previous, results }
    }
}

/// The answer of peek.
#[derive(Debug, Serialize)]
pub(crate) struct SummaryBody<'a> {
    count: u64,
    max_level: Option<Level>,
    max_level_tag: &'a str,
}

impl<'a> SummaryBody<'a> {
    pub(crate) fn new(summary: Summary, names: &'a LevelNames) -> Self {
        let Summary { count, max_level } = summary;
        Self { count, max_level, max_level_tag: max_level.map_or("", |level| names.name_of(level)) }
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
