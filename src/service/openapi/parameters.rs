//! Describes the parameters that a request may have in its path, query string and headers.

use serde_json::{Map, Value, json};

use crate::{
    model::OrderKey,
    service::{
        question::query::{MAX_ALTERNATIVES, MAX_SEARCH_CHARS, MAX_TERMS},
        settings::{
            access::Action,
            config::MessagesConfig,
            lookup::Lookup,
            policy::{PageSize, Pagination},
            query_parameters::{
                self, CURSOR, FILTERS, GROUP, Kind, LIMIT, MAX_DAYS_AHEAD, OF_INBOX, OF_LISTS, OF_SEEN, OF_SELECTIONS,
                OF_STREAMS, OF_TAGS, OFFSET, ORDERING, PAGE, PAGE_SIZE, UNTIL, name_of_key,
            },
        },
    },
};

/// The parameters of all actions.
pub(super) struct Parameters {
    of_paths: Vec<Parameter>,
    filters: Vec<Parameter>,
    of_lists: Vec<Parameter>,
    others: Vec<Parameter>,
}

struct Parameter {
    /// The name of the component.
    key: String,
    name: String,
    place: &'static str,
    description: String,
    schema: Value,
    is_required: bool,
    /// Whether several values are sent as several parameters with this name.
    is_repeated: bool,
}

impl Parameters {
    pub(super) fn of(config: &MessagesConfig, placeholders: &[String]) -> Self {
        let of_paths = placeholders.iter().map(|name| Parameter {
            key: name.clone(),
            name: name.clone(),
            place: "path",
            description: "A part of the path at which the endpoints are mounted.".into(),
            schema: json!({ "type": "string" }),
            is_required: true,
            is_repeated: false,
        });
        Self {
            of_paths: of_paths.collect(),
            filters: filters(config),
            of_lists: of_lists(config),
            others: others(config),
        }
    }

    /// Returns references to the parameters of an action.
    pub(super) fn of_action(&self, action: Action) -> Vec<Value> {
        let others: &[&str] = match action {
            Action::List => &["If-None-Match"],
            Action::Inbox | Action::ListArchive | Action::ListLater => {
                &["ids", "before", "inboxLimit", "If-None-Match"]
            }
            Action::Stream => &["after", "Last-Event-ID"],
            Action::Peek => &["group", "If-None-Match"],
            Action::Retrieve => &["id", "If-None-Match"],
            Action::Delete => &["id"],
            Action::MarkRead | Action::MarkUnread | Action::Archive | Action::Restore => &["id", "ids", "up_to"],
            Action::DeleteSelection
            | Action::MarkSelectionRead
            | Action::MarkSelectionUnread
            | Action::ArchiveSelection
            | Action::RestoreSelection => &["ids", "up_to"],
            Action::MarkSeen => &["seenUpTo"],
            Action::ChangeTags => &["id", "add", "remove"],
            Action::Snooze => &["until", "id", "ids", "up_to"],
            Action::SnoozeSelection => &["until", "ids", "up_to"],
        };
        let others = self.others.iter().filter(|parameter| others.contains(&&*parameter.key));
        let has_filters = !matches!(action, Action::Peek | Action::MarkSeen | Action::ChangeTags);
        let filters = self.filters.iter().filter(|_| has_filters);
        let of_lists = self.of_lists.iter().filter(|_| action == Action::List);
        self.of_paths.iter().chain(others).chain(filters).chain(of_lists).map(Parameter::reference).collect()
    }

    pub(super) fn components(&self) -> Map<String, Value> {
        let all = self.of_paths.iter().chain(&self.filters).chain(&self.of_lists).chain(&self.others);
        all.map(|parameter| (parameter.key.clone(), parameter.component())).collect()
    }
}

impl Parameter {
    /// Returns a parameter of the query string with this lookup.
    fn in_query(declared: &query_parameters::Parameter, lookup: Lookup, config: &MessagesConfig) -> Self {
        Self {
            key: declared.spelled(lookup).into_owned(),
            name: declared.spelled(lookup).into_owned(),
            place: "query",
            description: description(declared, lookup, config),
            schema: schema(&declared.kind, lookup, config),
            is_required: matches!(declared.kind, Kind::SeenUpTo | Kind::Future),
            is_repeated: matches!(declared.kind, Kind::UserTag),
        }
    }

    fn reference(&self) -> Value {
        json!({ "$ref": format!("#/components/parameters/{}", self.key) })
    }

    fn component(&self) -> Value {
        let Self { key: _, name, place, description, schema, is_required, is_repeated } = self;
        let mut component = json!({ "name": name, "in": place, "description": description, "schema": schema });
        if schema["type"] == "array" {
            // Values are separated by commas, or the parameter is repeated.
            component["style"] = "form".into();
            component["explode"] = (*is_repeated).into();
        }
        if *is_required {
            component["required"] = true.into();
        }
        component
    }
}

/// Returns the filters that the application allows, with their lookups.
fn filters(config: &MessagesConfig) -> Vec<Parameter> {
    let all = FILTERS.iter().flat_map(|declared| declared.lookups.iter().map(move |lookup| (declared, *lookup)));
    let admitted = all.filter(|(declared, lookup)| config.filters.admits(declared, *lookup));
    admitted.map(|(declared, lookup)| Parameter::in_query(declared, lookup, config)).collect()
}

/// Returns the parameters for the ordering and the pagination of a list.
fn of_lists(config: &MessagesConfig) -> Vec<Parameter> {
    let of_pages: &[_] = match config.pagination {
        Pagination::Off => &[],
        Pagination::LimitOffset => &[LIMIT, OFFSET],
        Pagination::PageNumber => &[PAGE_SIZE, PAGE],
        Pagination::Cursor(_) => &[PAGE_SIZE, CURSOR],
    };
    let is_known = |name| if name == ORDERING { !order_keys(config).is_empty() } else { of_pages.contains(&name) };
    let known = OF_LISTS.iter().filter(|declared| is_known(declared.name));
    known.map(|declared| Parameter::in_query(declared, Lookup::Exact, config)).collect()
}

fn others(config: &MessagesConfig) -> Vec<Parameter> {
    let id = Parameter {
        key: "id".into(),
        name: "id".into(),
        place: "path",
        description: "The id of the message.".into(),
        schema: integer("int64"),
        is_required: true,
        is_repeated: false,
    };
    let known_answer = Parameter {
        key: "If-None-Match".into(),
        name: "If-None-Match".into(),
        place: "header",
        description: "The `ETag` of an earlier response. If the response is still the same, the status is 304.".into(),
        schema: json!({ "type": "string" }),
        is_required: false,
        is_repeated: false,
    };
    let last_event = Parameter {
        key: "Last-Event-ID".into(),
        name: "Last-Event-ID".into(),
        place: "header",
        description: "The last `id` of the stream that is continued. An `EventSource` sends it by itself.".into(),
        schema: json!({ "type": "string" }),
        is_required: false,
        is_repeated: false,
    };
    let of_inbox = OF_INBOX.iter().filter(|declared| declared.name != "ids").map(|declared| {
        let parameter = Parameter::in_query(declared, Lookup::Exact, config);
        match declared.name {
            LIMIT => inbox_limit(parameter, declared.about, config),
            _ => parameter,
        }
    });
    let seen = OF_SEEN.iter().map(|declared| {
        // A selection has a parameter with the same name.
        Parameter { key: "seenUpTo".into(), ..Parameter::in_query(declared, Lookup::Exact, config) }
    });
    let in_queries = OF_SELECTIONS.iter().chain(OF_STREAMS).chain(OF_TAGS).chain([&GROUP, &UNTIL]);
    let in_queries = in_queries.map(|declared| Parameter::in_query(declared, Lookup::Exact, config));
    [id].into_iter().chain(in_queries).chain(of_inbox).chain(seen).chain([known_answer, last_event]).collect()
}

/// Returns the page size of the inbox, which may be 0 and is different from that of a list.
fn inbox_limit(parameter: Parameter, about: &str, config: &MessagesConfig) -> Parameter {
    let (most, default) = (config.max_page_size, config.page_size.limited_to(config.max_page_size));
    let description = format!("{about}. Default {default}, maximum {most}.");
    let schema = json!({ "type": "integer", "format": "int32", "minimum": 0, "default": default });
    Parameter { key: "inboxLimit".into(), description, schema, ..parameter }
}

fn description(declared: &query_parameters::Parameter, lookup: Lookup, config: &MessagesConfig) -> String {
    let sentence = if declared.has_lookups() {
        format!("{} {}", declared.about, lookup.predicate())
    } else {
        declared.about.to_owned()
    };
    match &declared.kind {
        Kind::Number(_) | Kind::Text(_) => {
            format!("{sentence}. The same as `{}[{}]`.", declared.name, lookup.name())
        }
        Kind::Flag(_) => format!("{sentence}. `1` and `0` are accepted too."),
        Kind::Future => format!(
            "{sentence}, at most {MAX_DAYS_AHEAD} days ahead. ISO 8601. A date alone means midnight, and a time \
             without an offset is in UTC."
        ),
        Kind::Moment(_) => {
            format!("{sentence}. ISO 8601. A date alone means midnight, and a time without an offset is in UTC.")
        }
        Kind::Search(_) => format!("{sentence}. At most {MAX_TERMS} words and phrases."),
        Kind::Ordering => format!("{sentence}. Messages with equal keys are ordered newest first."),
        Kind::Length => {
            let most = config.max_page_size;
            match config.page_size {
                PageSize::Limited(size) => format!("{sentence}. Default {size}, maximum {most}."),
                PageSize::Unlimited => {
                    format!("{sentence}, at most {most}. Default: a bare array of at most {most} messages.")
                }
            }
        }
        _ => format!("{sentence}."),
    }
}

fn schema(kind: &Kind, lookup: Lookup, config: &MessagesConfig) -> Value {
    match kind {
        Kind::Flag(_) => json!({ "type": "boolean" }),
        Kind::LevelName(_) => json!({ "type": "string", "enum": level_names(config) }),
        Kind::Number(_) => match lookup {
            Lookup::In => several(&integer("int32"), 1, MAX_ALTERNATIVES),
            Lookup::Range => several(&integer("int32"), 2, 2),
            _ => integer("int32"),
        },
        Kind::Text(_) => match lookup {
            Lookup::In => several(&text(NO_COMMA), 1, MAX_ALTERNATIVES),
            _ => text(NO_NULL),
        },
        Kind::Moment(_) | Kind::Future => {
            json!({ "type": "string", "anyOf": [{ "format": "date-time" }, { "format": "date" }] })
        }
        Kind::Search(_) => {
            json!({ "type": "string", "minLength": 1, "maxLength": MAX_SEARCH_CHARS, "pattern": NO_NULL })
        }
        Kind::Ids(_) => several(&integer("int64"), 1, MAX_ALTERNATIVES),
        Kind::UpTo(_) | Kind::SeenUpTo => integer("int64"),
        Kind::UserTag => {
            let mut tag = json!({ "type": "string" });
            if !config.user_tags.is_empty() {
                tag["enum"] = json!(config.user_tags);
            }
            json!({ "type": "array", "items": tag })
        }
        Kind::Ordering => {
            let keys = order_keys(config);
            let most = if matches!(config.pagination, Pagination::Cursor(_)) { 1 } else { keys.len() };
            several(&json!({ "type": "string", "enum": keys }), 1, most)
        }
        Kind::Length => {
            let mut schema = json!({ "type": "integer", "format": "int32", "minimum": 1 });
            if let PageSize::Limited(size) = config.page_size {
                schema["default"] = size.min(config.max_page_size).into();
            }
            schema
        }
        Kind::Offset => json!({ "type": "integer", "format": "int64", "minimum": 0, "default": 0 }),
        Kind::PageNumber => {
            json!({ "anyOf": [{ "type": "integer", "format": "int64", "minimum": 1 }, { "const": "last" }] })
        }
        Kind::Cursor | Kind::Position => json!({ "type": "string" }),
        Kind::Group => json!({ "type": "string", "enum": ["level"] }),
    }
}

/// Returns the ordering keys that the application allows, in both directions. With cursor pagination, the only key is
/// `created`.
fn order_keys(config: &MessagesConfig) -> Vec<String> {
    let is_cursor = matches!(config.pagination, Pagination::Cursor(_));
    let admitted = config.filters.keys().iter().filter(|key| !is_cursor || **key == OrderKey::Created);
    let names = admitted.map(|key| name_of_key(*key));
    names.flat_map(|name| [name.to_owned(), format!("-{name}")]).collect()
}

/// Matches a text without null characters.
const NO_NULL: &str = "^[^\\u0000]*$";

/// Matches a text that can stand in a comma-separated list.
const NO_COMMA: &str = "^[^\\u0000,]*$";

fn level_names(config: &MessagesConfig) -> Vec<&str> {
    config.delivery.level_names.named().into_iter().map(|(_, name)| name).filter(|name| !name.is_empty()).collect()
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "minLength": 1, "pattern": pattern })
}

fn integer(format: &str) -> Value {
    json!({ "type": "integer", "format": format })
}

fn several(item: &Value, least: usize, most: usize) -> Value {
    json!({ "type": "array", "items": item, "minItems": least, "maxItems": most })
}
