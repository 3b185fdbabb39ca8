//! Describes the bodies of responses as schemas.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::{
    model::{MessageAction, MessageJson},
    service::{
        answer::page_json::{
            CountBody, DetailBody, InboxBody, LevelBody, PageBody, PlaceBody, ProblemBody, SeenBody, SummaryBody,
        },
        settings::{
            config::MessagesConfig,
            policy::{PageSize, Pagination},
        },
    },
};

/// Returns all schemas, by name.
pub(super) fn all(config: &MessagesConfig) -> Map<String, Value> {
    let mut page = schema_of::<PageBody<'_, MessageJson<'_>>>();
    if matches!(config.pagination, Pagination::Cursor(_)) {
        if let Some(properties) = page["properties"].as_object_mut() {
            properties.remove("count");
        }
    } else if let Some(required) = page["required"].as_array_mut() {
        required.insert(0, "count".into());
    }
    let message = if config.represent.is_custom() {
        json!({ "description": "One message, in the JSON format of the application." })
    } else {
        schema_of::<MessageJson<'_>>()
    };
    let schemas = [
        ("Message", message),
        ("MessageAction", schema_of::<MessageAction>()),
        ("MessagePage", page),
        ("Inbox", inbox()),
        ("PlacePage", schema_of::<PlaceBody<MessageJson<'_>>>()),
        ("Count", schema_of::<CountBody>()),
        ("Seen", schema_of::<SeenBody>()),
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

/// Returns the schema of the inbox, with the position in front.
fn inbox() -> Value {
    let mut inbox = schema_of::<InboxBody<'_, MessageJson<'_>>>();
    if let Some(required) = inbox["required"].as_array_mut() {
        required.insert(0, "at".into());
    }
    let at = json!({ "type": "string", "description": "The position from which the stream continues, for `after`." });
    inbox["properties"]["at"] = at;
    inbox
}

/// Returns the schema of a list: a page, a bare array, or either of them, depending on the request.
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
            "description": "A page if the request sets the page size, otherwise a bare array.",
            "oneOf": [page, array],
        }),
    }
}

/// Written by hand, to match `Serialize` of `FieldErrors` and `QueryError`.
fn field_errors() -> Value {
    json!({
        "description": "The problems of each invalid parameter. Names are spelled with underscores.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": texts("The problems of this parameter."),
    })
}

fn search_errors() -> Value {
    texts("The problems of the search.")
}

fn texts(description: &str) -> Value {
    json!({ "description": description, "type": "array", "items": { "type": "string" }, "minItems": 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_of_a_message_has_the_keys_that_few_messages_have() {
        let message = schema_of::<MessageJson<'_>>();
        let required = ["id", "message", "level", "level_tag", "extra_tags", "view", "read_at", "created"];
        assert_eq!(message["required"], json!(required));
        let properties = &message["properties"];
        assert_eq!(properties.as_object().map(Map::len), Some(15));
        for (key, kind) in
            [("title", "string"), ("data", "object"), ("key", "string"), ("times", "integer"), ("expires_at", "string")]
        {
            assert_eq!(properties[key]["type"], kind, "{key}");
        }
        assert_eq!(properties["data"]["additionalProperties"], true);
        assert_eq!((&properties["actions"]["type"], &properties["actions"]["maxItems"]), (&json!("array"), &json!(3)));
        assert_eq!(properties["actions"]["items"]["$ref"], "#/components/schemas/MessageAction");
        assert_eq!(
            (&properties["format"]["type"], &properties["format"]["enum"]),
            (&json!("string"), &json!(["safe_html"]))
        );
        let action = schema_of::<MessageAction>();
        assert_eq!(
            (&action["description"], &action["required"]),
            (&json!("A label and a link."), &json!(["label", "href"]))
        );
    }
}
