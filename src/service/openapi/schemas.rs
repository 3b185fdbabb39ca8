//! Schemas: the types of the bodies -> what OpenAPI says of them.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{
    model::MessageJson,
    service::{
        answer::page_json::{CountBody, DetailBody, LevelBody, PageBody, ProblemBody, SummaryBody},
        settings::{
            config::MessagesConfig,
            policy::{PageSize, Pagination},
        },
    },
};

/// All of them, by name.
pub(super) fn all(config: &MessagesConfig) -> Map<String, Value> {
    let mut page = schema_of::<PageBody<'_, MessageJson<'_>>>();
    if matches!(config.pagination, Pagination::Cursor(_)) {
        if let Some(properties) = page["properties"].as_object_mut() {
            properties.remove("count");
        }
    } else if let Some(required) = page["required"].as_array_mut() {
        required.insert(0, "count".into());
    }
    let message = if config.represent.is_own() {
        json!({ "description": "One message, in the JSON of the application." })
    } else {
        schema_of::<MessageJson<'_>>()
    };
    let schemas = [
        ("Message", message),
        ("MessagePage", page),
        ("Count", schema_of::<CountBody>()),
        ("Summary", schema_of::<SummaryBody<'_>>()),
        ("LevelCount", schema_of::<LevelBody<'_>>()),
        ("Detail", schema_of::<DetailBody<'_>>()),
        ("Problem", schema_of::<ProblemBody<'_>>()),
        ("FieldErrors", field_errors()),
        ("SearchErrors", search_errors()),
    ];
    schemas.map(|(name, schema)| (name.to_owned(), schema)).into_iter().collect()
}

fn schema_of<T: ToSchema>() -> Value {
    json!(T::schema())
}

/// What a list is answered with: pages, a bare array, or either, as the request asks.
pub(super) fn of_list(config: &MessagesConfig) -> Value {
    let page = json!({ "$ref": "#/components/schemas/MessagePage" });
    let array = json!({
        "type": "array",
        "items": { "$ref": "#/components/schemas/Message" },
        "maxItems": config.max_page_size,
    });
    match (&config.pagination, config.page_size) {
        (Pagination::Off, _) => array,
        (_, PageSize::Limited(_)) => page,
        (_, PageSize::Unlimited) => json!({
            "description": "A page where the request says how long it is, and a bare array where it does not.",
            "oneOf": [page, array],
        }),
    }
}

/// As `FieldErrors` and `QueryError` of the query write them, by hand.
fn field_errors() -> Value {
    json!({
        "description": "What is wrong with which parameter, spelt with underscores.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": texts("What is wrong with it."),
    })
}

fn search_errors() -> Value {
    texts("What is wrong with the search.")
}

fn texts(description: &str) -> Value {
    json!({ "description": description, "type": "array", "items": { "type": "string" }, "minItems": 1 })
}
