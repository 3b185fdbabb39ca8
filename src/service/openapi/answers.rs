//! Describes the responses to each action: their statuses, headers and bodies.

use serde_json::{Map, Value, json};

use super::schemas::of_list;
use crate::{
    mailbox::AfterReading,
    service::{
        question::sender::Unseen,
        settings::{
            access::{Access, Action},
            config::MessagesConfig,
            policy::Pagination,
        },
    },
};

/// Returns the responses to an action, by status. `is_templated` says that the mount path has parameters, whose values
/// may lead to a 404.
pub(super) fn of_action(action: Action, config: &MessagesConfig, is_templated: bool) -> Map<String, Value> {
    let is_read = matches!(
        action,
        Action::List | Action::Inbox | Action::Peek | Action::Retrieve | Action::ListArchive | Action::ListLater
    );
    let is_about_one = matches!(
        action,
        Action::Retrieve
            | Action::Delete
            | Action::MarkRead
            | Action::MarkUnread
            | Action::Archive
            | Action::Restore
            | Action::Snooze
            | Action::ChangeTags
    );
    let has_bad_pages =
        action == Action::List && matches!(config.pagination, Pagination::PageNumber | Pagination::Cursor(_));
    let refusals = [
        ("304", "NotModified", is_read),
        ("400", "BadRequest", true),
        ("403", "Forbidden", !is_read || !matches!(config.access, Access::Anyone)),
        ("404", "NotFound", is_about_one || has_bad_pages || is_templated),
        ("405", "MethodNotAllowed", true),
        ("406", "NotAcceptable", true),
        ("429", "TooManyStreams", action == Action::Stream),
        ("500", "ServerError", true),
        ("503", "Unavailable", true),
    ];
    let refusals = refusals.into_iter().filter(|(_, _, is_possible)| *is_possible);
    let refusals =
        refusals.map(|(status, name, _)| (status, json!({ "$ref": format!("#/components/responses/{name}") })));
    let success = success(action, config);
    std::iter::once(success).chain(refusals).map(|(status, answer)| (status.to_owned(), answer)).collect()
}

fn success(action: Action, config: &MessagesConfig) -> (&'static str, Value) {
    let (description, schema, headers) = match action {
        Action::List if matches!(config.pagination, Pagination::Off) => {
            ("The messages.", of_list(config), tag_of_messages(config))
        }
        Action::List => ("A page of messages.", of_list(config), with_links(tag_of_messages(config))),
        Action::Inbox => ("The messages, and the state of the mailbox.", schema_named("Inbox"), tag()),
        Action::ListArchive | Action::ListLater => ("The messages.", schema_named("PlacePage"), tag()),
        Action::MarkSeen => ("The last message that counts as seen.", schema_named("Seen"), json!({})),
        Action::Stream => {
            let events = json!({ "text/event-stream": { "schema": { "type": "string" } } });
            return ("200", json!({ "description": "Server-sent events.", "content": events }));
        }
        Action::Peek => ("The number of unread messages.", schema_named("Summary"), tag()),
        Action::Retrieve => ("The message.", schema_named("Message"), tag_of_messages(config)),
        Action::Delete => return ("204", json!({ "description": "The message was deleted." })),
        Action::MarkRead
        | Action::MarkUnread
        | Action::DeleteSelection
        | Action::MarkSelectionRead
        | Action::MarkSelectionUnread
        | Action::Archive
        | Action::Restore
        | Action::ArchiveSelection
        | Action::RestoreSelection
        | Action::Snooze
        | Action::SnoozeSelection
        | Action::ChangeTags => ("The number of messages changed.", schema_named("Count"), json!({})),
    };
    let content = json!({ "application/json": { "schema": schema } });
    let mut answer = json!({ "description": description, "content": content });
    if headers.as_object().is_some_and(|headers| !headers.is_empty()) {
        answer["headers"] = headers;
    }
    ("200", answer)
}

/// Returns the responses that several actions share.
pub(super) fn components() -> Map<String, Value> {
    let detail = &schema_named("Detail");
    let bodies = ["FieldErrors", "SearchErrors", "Detail"].map(schema_named);
    let invalid = json!({ "anyOf": bodies });
    let not_modified = json!({ "description": "The client already has the current response.", "headers": tag() });
    let mut wrong_method = refusal("The path does not support the method.", detail);
    wrong_method["headers"] = json!({ "Allow": header("The methods that the path supports.") });
    let mut unavailable = refusal("The store is unavailable, or too many large responses are not sent yet.", detail);
    unavailable["headers"] = json!({
        "Retry-After": {
            "description": "The number of seconds to wait before a retry.",
            "required": true,
            "schema": { "type": "integer", "minimum": 0 },
        },
    });
    let answers = [
        ("NotModified", not_modified),
        ("BadRequest", refusal("Some parameters are not valid.", &invalid)),
        ("Forbidden", refusal("No user is signed in, the action is not permitted, or the origin is foreign.", detail)),
        ("NotFound", refusal("The message, page or path does not exist.", detail)),
        ("MethodNotAllowed", wrong_method),
        ("NotAcceptable", refusal("The client does not accept JSON, or asks for an unknown version.", detail)),
        ("TooManyStreams", refusal("Too many streams of these messages are open.", detail)),
        ("ServerError", refusal("The server failed to handle the request.", detail)),
        ("Unavailable", unavailable),
    ];
    answers.map(|(name, answer)| (name.to_owned(), answer)).into_iter().collect()
}

fn refusal(description: &str, schema: &Value) -> Value {
    json!({
        "description": description,
        "content": {
            "application/json": { "schema": schema },
            "application/problem+json": { "schema": schema_named("Problem") },
        },
    })
}

fn tag() -> Value {
    json!({ "ETag": header("The entity tag of the response, for `If-None-Match`.") })
}

/// Returns the headers of a response with messages. If reading changes messages, a response that the user may never see
/// has `Messages-Left-Unread` instead of `ETag`.
fn tag_of_messages(config: &MessagesConfig) -> Value {
    let mut headers = tag();
    if config.after_reading != AfterReading::Nothing {
        headers["ETag"]["required"] = json!(false);
        headers["Messages-Left-Unread"] = json!({
            "description": "Why nothing was marked or deleted: the user may never see the response. Such a response \
                            has no `ETag`.",
            "schema": { "enum": Unseen::NAMES },
        });
    }
    headers
}

fn with_links(mut headers: Value) -> Value {
    headers["Link"] = json!({
        "description": "Links to the next and the previous page (RFC 8288). Absent if there are none, or if the header \
                        would be longer than 1,024 bytes.",
        "schema": { "type": "string" },
    });
    headers
}

fn header(description: &str) -> Value {
    json!({ "description": description, "required": true, "schema": { "type": "string" } })
}

fn schema_named(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}
