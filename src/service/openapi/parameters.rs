//! Parameters: the settings -> what the path, the query string and the headers of a request may say.

use serde_json::{Map, Value, json};

use crate::{
    model::OrderKey,
    service::{
        question::query::MAX_ALTERNATIVES,
        settings::{
            access::Action,
            config::MessagesConfig,
            list_filters::{Filter, Lookup},
            policy::{PageSize, Pagination},
        },
    },
};

/// The parameters of all actions, by their names.
pub(super) struct Parameters {
    of_paths: Vec<Parameter>,
    filters: Vec<Parameter>,
    of_lists: Vec<Parameter>,
    others: Vec<Parameter>,
}

struct Parameter {
    name: String,
    place: &'static str,
    description: String,
    schema: Value,
}

impl Parameters {
    pub(super) fn of(config: &MessagesConfig, placeholders: &[String]) -> Self {
        let of_paths = placeholders.iter().map(|name| Parameter {
            name: name.clone(),
            place: "path",
            description: "A part of the path that the application is mounted at.".into(),
            schema: json!({ "type": "string" }),
        });
        Self { of_paths: of_paths.collect(), filters: filters(config), of_lists: of_lists(config), others: others() }
    }

    /// References to those of one action.
    pub(super) fn of_action(&self, action: Action) -> Vec<Value> {
        let others: &[&str] = match action {
            Action::List => &["If-None-Match"],
            Action::Peek => &["group", "If-None-Match"],
            Action::Retrieve => &["id", "If-None-Match"],
            Action::Delete => &["id"],
            Action::MarkRead | Action::MarkUnread => &["id", "ids", "up_to"],
            Action::DeleteSelection | Action::MarkSelectionRead | Action::MarkSelectionUnread => &["ids", "up_to"],
        };
        let others = self.others.iter().filter(|parameter| others.contains(&&*parameter.name));
        let filters = self.filters.iter().filter(|_| action != Action::Peek);
        let of_lists = self.of_lists.iter().filter(|_| action == Action::List);
        self.of_paths.iter().chain(others).chain(filters).chain(of_lists).map(Parameter::reference).collect()
    }

    pub(super) fn components(&self) -> Map<String, Value> {
        let all = self.of_paths.iter().chain(&self.filters).chain(&self.of_lists).chain(&self.others);
        all.map(|parameter| (parameter.name.clone(), parameter.component())).collect()
    }
}

impl Parameter {
    fn in_query(name: impl Into<String>, description: impl Into<String>, schema: Value) -> Self {
        Self { name: name.into(), place: "query", description: description.into(), schema }
    }

    fn reference(&self) -> Value {
        json!({ "$ref": format!("#/components/parameters/{}", self.name) })
    }

    fn component(&self) -> Value {
        let Self { name, place, description, schema } = self;
        let mut component = json!({ "name": name, "in": place, "description": description, "schema": schema });
        if *place == "path" {
            component["required"] = true.into();
        }
        if schema["type"] == "array" {
            // Values are separated by commas.
            component["style"] = "form".into();
            component["explode"] = false.into();
        }
        component
    }
}

/// The filters that the application admits, with their lookups.
fn filters(config: &MessagesConfig) -> Vec<Parameter> {
    use Filter::{Created, ExtraTags, Level, LevelTag, Read, Search, Unread, View};

    let mut parameters = Vec::new();
    for filter in [Unread, LevelTag, Level, ExtraTags, View, Read, Created, Search] {
        let lookups = filter.lookups().iter().filter(|lookup| config.filters.admits(filter, **lookup));
        for lookup in lookups {
            match filter {
                Unread => parameters.push(Parameter::in_query(
                    "unread",
                    "Whether the message is unread. Also `1` and `0`.",
                    json!({ "type": "boolean" }),
                )),
                LevelTag => parameters.push(Parameter::in_query(
                    "level_tag",
                    "The name of a level: this level or above.",
                    json!({ "type": "string", "enum": level_names(config) }),
                )),
                Level => parameters.push(with_lookup("level", "The level", *lookup)),
                ExtraTags => parameters.push(with_lookup("extra_tags", "One of the tags", *lookup)),
                View => parameters.push(with_lookup("view", "Where the message was made", *lookup)),
                Read => parameters.extend(moments("read", "first read")),
                Created => parameters.extend(moments("created", "created")),
                Search => parameters.push(Parameter::in_query(
                    "search",
                    "Words, or phrases in quotes, all of which occur in the text, whatever their case; at most 32.",
                    json!({ "type": "string", "minLength": 1, "maxLength": 4096, "pattern": NO_NULL }),
                )),
            }
        }
    }
    parameters
}

/// Every text but one with a null character.
const NO_NULL: &str = "^[^\\u0000]*$";

/// Every text that can be one of several.
const NO_COMMA: &str = "^[^\\u0000,]*$";

fn level_names(config: &MessagesConfig) -> Vec<&str> {
    config.delivery.level_names.named().into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect()
}

fn with_lookup(field: &str, subject: &str, lookup: Lookup) -> Parameter {
    let (name, in_brackets) = match lookup {
        Lookup::Exact => (field.to_owned(), format!("{field}[exact]")),
        lookup => (format!("{field}__{}", lookup.name()), format!("{field}[{}]", lookup.name())),
    };
    let means = match lookup {
        Lookup::Exact => "is this",
        Lookup::Gt => "is above this",
        Lookup::Gte => "is at least this",
        Lookup::Lt => "is below this",
        Lookup::Lte => "is at most this",
        Lookup::Range => "is between these two, ends included",
        Lookup::In => "is one of these",
        Lookup::Iexact => "is this, whatever its case",
        Lookup::Contains => "contains this",
        Lookup::Icontains => "contains this, whatever its case",
        Lookup::Startswith => "starts with this",
        Lookup::Istartswith => "starts with this, whatever its case",
        Lookup::Endswith => "ends with this",
        Lookup::Iendswith => "ends with this, whatever its case",
    };
    let is_number = field == "level";
    let one = || if is_number { json!({ "type": "integer", "format": "int32" }) } else { text(NO_NULL) };
    let one_of_several = || if is_number { one() } else { text(NO_COMMA) };
    let schema = match lookup {
        Lookup::In => several(&one_of_several(), 1, MAX_ALTERNATIVES),
        Lookup::Range => several(&one_of_several(), 2, 2),
        _ => one(),
    };
    Parameter::in_query(name, format!("{subject} {means}. The same as `{in_brackets}`."), schema)
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": pattern })
}

fn several(item: &Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": item, "minItems": least, "maxItems": most })
}

fn moments(field: &str, happened: &str) -> [Parameter; 2] {
    [("after", "then or later"), ("before", "then or earlier")].map(|(end, when)| {
        let description = format!(
            "The message was {happened} {when}: ISO 8601, a date alone is its midnight, and a time without an offset is \
             in UTC."
        );
        let schema = json!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] });
        Parameter::in_query(format!("{field}_{end}"), description, schema)
    })
}

/// What else a list can be asked: its order, and which page.
fn of_lists(config: &MessagesConfig) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    let is_cursor = matches!(config.pagination, Pagination::Cursor(_));
    let keys = config.filters.keys().iter().filter(|key| !is_cursor || **key == OrderKey::Created);
    let keys = keys.map(|key| match key {
        OrderKey::Level => "level",
        OrderKey::ReadAt => "read_at",
        OrderKey::Created => "created",
    });
    let keys = keys.flat_map(|key| [key.to_owned(), format!("-{key}")]).collect::<Vec<_>>();
    if !keys.is_empty() {
        let most = if is_cursor { 1 } else { keys.len() };
        parameters.push(Parameter::in_query(
            "ordering",
            "By what the list is ordered; `-` is descending. What is left equal has the newest first.",
            several(&json!({ "type": "string", "enum": keys }), 1, most),
        ));
    }
    let size = |name| {
        let most = config.max_page_size;
        let description = match config.page_size {
            PageSize::Limited(size) => format!("How long the page is; {size} without, at most {most}."),
            PageSize::Unlimited => {
                format!("How long the page is, at most {most}; without, the answer is a bare array of all.")
            }
        };
        let mut schema = json!({ "type": "integer", "format": "int32", "minimum": 1 });
        if let PageSize::Limited(size) = config.page_size {
            schema["default"] = size.min(most).into();
        }
        Parameter::in_query(name, description, schema)
    };
    match config.pagination {
        Pagination::Off => {}
        Pagination::LimitOffset => parameters.extend([
            size("limit"),
            Parameter::in_query(
                "offset",
                "How many messages come before the page.",
                json!({ "type": "integer", "format": "int64", "minimum": 0, "default": 0 }),
            ),
        ]),
        Pagination::PageNumber => parameters.extend([
            size("page_size"),
            Parameter::in_query(
                "page",
                "The number of the page, from 1 on, or `last`.",
                json!({ "anyOf": [{ "type": "integer", "format": "int64", "minimum": 1 }, { "const": "last" }] }),
            ),
        ]),
        Pagination::Cursor(_) => parameters.extend([
            size("page_size"),
            Parameter::in_query("cursor", "The place that `next` or `previous` has.", json!({ "type": "string" })),
        ]),
    }
    parameters
}

fn others() -> Vec<Parameter> {
    let id = || json!({ "type": "integer", "format": "int64" });
    vec![
        Parameter { name: "id".into(), place: "path", description: "The id of the message.".into(), schema: id() },
        Parameter::in_query("ids", "These messages.", several(&id(), 1, MAX_ALTERNATIVES)),
        Parameter::in_query("up_to", "This message and those created before it.", id()),
        Parameter::in_query(
            "group",
            "Adds how many there are of each level.",
            json!({ "type": "string", "enum": ["level"] }),
        ),
        Parameter {
            name: "If-None-Match".into(),
            place: "header",
            description: "The `ETag` of an earlier answer; where that is the answer still, it is 304.".into(),
            schema: json!({ "type": "string" }),
        },
    ]
}
