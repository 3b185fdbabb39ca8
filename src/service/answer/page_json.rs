//! The JSON of lists, counts and errors, with the same keys in the same order as in drf-messages.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::model::{Level, LevelNames, MessageId, Recipient, Summary};

/// A list: one page of it, or a bare array.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ListBody<'a, T> {
    Page(PageBody<'a, T>),
    Array(Vec<T>),
}

/// A page of a list.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = MessagePage))]
pub(crate) struct PageBody<'a, T> {
    /// The number of messages on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, required = false))]
    pub(crate) count: Option<u64>,
    /// The URL of the next page; `null` on the last page.
    #[cfg_attr(feature = "openapi", schema(format = "uri", required))]
    pub(crate) next: Option<&'a str>,
    /// The URL of the previous page; `null` on the first page.
    #[cfg_attr(feature = "openapi", schema(format = "uri", required))]
    pub(crate) previous: Option<&'a str>,
    /// The messages of the page.
    pub(crate) results: Vec<T>,
}

/// A refusal or a failure.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Detail))]
pub(crate) struct DetailBody<'a> {
    /// The reason.
    pub(crate) detail: &'a str,
}

/// A refusal or a failure as problem details (RFC 9457), for clients that ask for `application/problem+json` by name.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Problem))]
pub(crate) struct ProblemBody<'a> {
    /// Always `about:blank`, because the status describes the type of the problem.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// The name of the status.
    pub(crate) title: &'a str,
    /// The HTTP status code.
    pub(crate) status: u16,
    /// The reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    pub(crate) detail: Option<String>,
    /// The problems of each invalid parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = std::collections::BTreeMap<String, Vec<String>>, required = false)
    )]
    pub(crate) errors: Option<BTreeMap<String, Vec<String>>>,
}

/// The number of messages changed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Count))]
pub(crate) struct CountBody {
    /// The number of messages changed.
    pub(crate) count: u64,
}

/// The number of unread messages, and the highest level among them.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Summary))]
pub(crate) struct SummaryBody<'a> {
    /// The number of unread messages.
    count: u64,
    /// The number of unread messages after the last one that was seen. Only if the scope marks messages as seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, required = false))]
    unseen: Option<u64>,
    /// The number of the highest level among them; `null` if all messages are read.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i32>, required))]
    max_level: Option<Level>,
    /// The name of that level; empty if it has no name, or if all messages are read.
    max_level_tag: &'a str,
    /// The number of unread messages of each level, lowest level first. Only with `group=level`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<LevelBody<'_>>, required = false))]
    levels: Option<Vec<LevelBody<'a>>>,
}

/// The number of unread messages of a level.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = LevelCount))]
pub(crate) struct LevelBody<'a> {
    /// The number of the level.
    #[cfg_attr(feature = "openapi", schema(value_type = i32))]
    level: Level,
    /// The name of the level; empty if it has no name.
    level_tag: &'a str,
    /// The number of unread messages of this level.
    count: u64,
}

impl<'a> SummaryBody<'a> {
    pub(crate) fn new(summary: &Summary, unseen: Option<u64>, names: &'a LevelNames) -> Self {
        let max_level = summary.max_level();
        let max_level_tag = max_level.map_or("", |level| names.name_of(level));
        Self { count: summary.count(), unseen, max_level, max_level_tag, levels: None }
    }

    /// Adds the number of messages of each level, lowest level first.
    pub(crate) fn by_level(self, summary: &Summary, names: &'a LevelNames) -> Self {
        let of_level = |(level, count): (&Level, &u64)| LevelBody {
            level: *level,
            level_tag: names.name_of(*level),
            count: *count,
        };
        Self { levels: Some(summary.by_level.iter().map(of_level).collect()), ..self }
    }
}

/// The inbox. The position is sent in front of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Inbox))]
pub(crate) struct InboxBody<'a, T> {
    /// An opaque key of the mailbox. It differs for each user and each visitor.
    pub(crate) mailbox: String,
    /// The messages, newest first.
    pub(crate) results: Vec<T>,
    /// Whether there are older messages that match.
    pub(crate) more: bool,
    /// The unread messages that match the filters.
    pub(crate) summary: SummaryBody<'a>,
    /// The actions that are mounted and that the user may perform.
    pub(crate) can: Vec<&'static str>,
}

/// The messages of a place besides the inbox.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = PlacePage))]
pub(crate) struct PlaceBody<T> {
    /// The opaque key of the mailbox, as in the inbox.
    pub(crate) mailbox: String,
    /// The messages, newest first.
    pub(crate) results: Vec<T>,
    /// Whether there are older messages that match.
    pub(crate) more: bool,
}

/// The position up to which the messages are seen.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Seen))]
pub(crate) struct SeenBody {
    /// The id of the last message that counts as seen; `null` if there has never been a message.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i64>, required))]
    pub(crate) seen: Option<MessageId>,
}

/// Returns an opaque key of a mailbox, by which a page notices that another user has signed in.
pub(crate) fn mailbox_key(of: &Recipient) -> String {
    let digest = Sha256::digest(format!("actix-messages mailbox {}", of.key()));
    URL_SAFE_NO_PAD.encode(&digest[..9])
}

/// The response to `OPTIONS`, with the texts of Django REST framework, because existing front ends read them.
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
