//! The JSON of lists, counts and errors, with the keys of the original in its order.

use serde::Serialize;

use crate::model::{Level, LevelNames, Summary};

/// A list: one page of it, or the bare results.
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
    /// How many messages there are on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = u64, required = false))]
    pub(crate) count: Option<u64>,
    /// Where the next page is; `null` on the last one.
    #[cfg_attr(feature = "openapi", schema(format = "uri", required))]
    pub(crate) next: Option<&'a str>,
    /// Where the previous page is; `null` on the first one.
    #[cfg_attr(feature = "openapi", schema(format = "uri", required))]
    pub(crate) previous: Option<&'a str>,
    /// The messages of the page.
    pub(crate) results: Vec<T>,
}

/// What a refusal or a failure says.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Detail))]
pub(crate) struct DetailBody<'a> {
    /// What went wrong.
    pub(crate) detail: &'a str,
}

/// The same as problem details (RFC 9457), for who asks for `application/problem+json` by name.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Problem))]
pub(crate) struct ProblemBody<'a> {
    /// `about:blank`: the status says it all.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// What the status means.
    pub(crate) title: &'a str,
    /// The status.
    pub(crate) status: u16,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = String, required = false))]
    pub(crate) detail: Option<String>,
    /// What is wrong with which parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "openapi",
        schema(value_type = std::collections::BTreeMap<String, Vec<String>>, required = false)
    )]
    pub(crate) errors: Option<serde_json::Value>,
}

/// How many messages were changed.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Count))]
pub(crate) struct CountBody {
    /// How many messages were changed.
    #[cfg_attr(feature = "openapi", schema(value_type = u64))]
    pub(crate) count: usize,
}

/// How many messages are unread, and how severe they get.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Summary))]
pub(crate) struct SummaryBody<'a> {
    /// How many messages are unread.
    count: u64,
    /// The number of the highest level among them; `null` where there are none.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<i32>, required))]
    max_level: Option<Level>,
    /// The name of that level; empty where it has none, or there are none.
    max_level_tag: &'a str,
    /// How many there are of each level, the lowest first; where `group=level` asks for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<LevelBody<'_>>, required = false))]
    levels: Option<Vec<LevelBody<'a>>>,
}

/// How many messages there are of a level.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = LevelCount))]
pub(crate) struct LevelBody<'a> {
    /// The number of the level.
    #[cfg_attr(feature = "openapi", schema(value_type = i32))]
    level: Level,
    /// The name of the level; empty where it has none.
    level_tag: &'a str,
    /// How many messages are of this level.
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
