//! Builds the OpenAPI document from the endpoints of a scope and the settings in force.

mod answers;
mod parameters;
mod schemas;

use serde_json::{Map, Value, json};

use self::parameters::Parameters;
use crate::{
    mailbox::AfterReading,
    service::{
        routes::{Answer, Operation},
        settings::{access::Action, config::MessagesConfig, policy::UnreadDeletion, versioning::Versioning},
    },
};

/// Returns the OpenAPI document of these operations, each given with its path. They are mounted at `mount`, which may
/// contain path parameters in Actix syntax, such as `{version}`.
///
/// Source: [OpenAPI 3.1](https://spec.openapis.org/oas/v3.1.1.html).
pub(super) fn document<'a>(
    config: &MessagesConfig,
    mount: &str,
    operations: impl IntoIterator<Item = (&'a str, &'a Operation)>,
) -> Value {
    let (mount, placeholders) = template(mount.trim_end_matches('/'));
    let parameters = Parameters::of(config, &placeholders);
    let mut paths = Map::new();
    for (path, Operation { verb, answer, .. }) in operations {
        let Answer::Handler { action, documented_as: (id, summary), .. } = *answer else { continue };
        let method = verb.method().as_str().to_ascii_lowercase();
        let operation = json!({
            "operationId": id,
            "summary": summary,
            "description": description(action, config),
            "tags": ["messages"],
            "parameters": parameters.of_action(action),
            "responses": answers::of_action(action, config, !placeholders.is_empty()),
        });
        paths.entry(format!("{mount}{path}")).or_insert_with(|| json!({}))[method] = operation;
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Messages",
            "version": env!("CARGO_PKG_VERSION"),
            "description": about(config),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        // Relative to the URL of the document.
        "servers": [{ "url": "/" }],
        "tags": [{ "name": "messages", "description": "The messages of the user or visitor who sends the request." }],
        "paths": paths,
        "components": {
            "schemas": schemas::all(config),
            "parameters": parameters.components(),
            "responses": answers::components(),
        },
    });
    remove_unused_components(&mut document);
    document
}

fn description(action: Action, config: &MessagesConfig) -> String {
    let reading = match config.after_reading {
        AfterReading::Mark => " Returned messages are marked as read.",
        AfterReading::Delete => " Returned messages are deleted.",
        AfterReading::Nothing => " Marks nothing as read.",
    };
    let unread = match config.unread_deletion {
        UnreadDeletion::Allow => "",
        UnreadDeletion::Forbid if matches!(action, Action::Delete) => " Responds with 403 if the message is unread.",
        UnreadDeletion::Forbid => " Unread messages are not deleted.",
    };
    const NARROWED: &str = " Responds with 404 if the message does not match the filters.";
    const STRICT: &str = " Unknown or empty parameters are refused with 400, and so are parameters that match all \
                          messages, such as `unread=unknown`.";
    const OF_PLACE: &str = " messages that match the filters. Marks nothing as read.";
    match action {
        Action::List => {
            format!("Returns the messages that match the filters, as they were before this request.{reading} {LENIENT}")
        }
        Action::Inbox => format!(
            "Returns the newest messages that match the filters, the summary of the unread ones, and the position from \
             which the stream continues. Marks nothing as read. {LENIENT}"
        ),
        Action::Stream => format!(
            "Sends what happens to the messages that match the filters, as server-sent events: `message` (without a \
             name), `read`, `unread`, `tagged`, `deleted`, `summary` and `resync`. Responds with 204 if the visitor \
             has no session. Marks nothing as read. {LENIENT}"
        ),
        Action::Peek => {
            "Returns the number of unread messages and the highest level among them. Marks nothing as read.".into()
        }
        Action::Retrieve => format!("Returns the message as it was before this request.{reading}{NARROWED} {LENIENT}"),
        Action::Delete => format!("Deletes the message.{unread}{NARROWED} {LENIENT}"),
        Action::MarkRead | Action::MarkUnread => {
            format!("Returns the count 1 if the message was changed, and 0 if it was not.{NARROWED}{STRICT}")
        }
        Action::Snooze => format!("Moves the message out of the inbox until the moment.{NARROWED}{STRICT}"),
        Action::SnoozeSelection => format!(
            "Moves the messages that match the filters out of the inbox until the moment, and returns their \
             number.{STRICT}"
        ),
        Action::DeleteSelection => format!("Deletes the messages that match the filters.{unread}{STRICT}"),
        Action::ListArchive => format!("Returns the newest archived{OF_PLACE} {LENIENT}"),
        Action::ListLater => format!("Returns the newest postponed{OF_PLACE} {LENIENT}"),
        Action::Archive => {
            format!("Moves the message of the inbox to the archive. It stays read or unread.{NARROWED}{STRICT}")
        }
        Action::Restore => {
            format!("Moves the message of the archive to the inbox. It stays read or unread.{NARROWED}{STRICT}")
        }
        Action::ArchiveSelection => {
            format!("Moves the messages of the inbox that match the filters to the archive.{STRICT}")
        }
        Action::RestoreSelection => {
            format!("Moves the messages of the archive that match the filters to the inbox.{STRICT}")
        }
        Action::MarkSeen => {
            "Marks the messages up to this one as seen. The position never goes back, and an id beyond \
                             the newest message counts as the newest message. Unknown parameters are refused with 400."
                .into()
        }
        Action::ChangeTags => {
            "Adds tags to the message, and removes tags from it. A tag that is both added and removed \
                               is added. Unknown parameters are refused with 400."
                .into()
        }
        Action::MarkSelectionRead | Action::MarkSelectionUnread => {
            format!("Marks the messages that match the filters, and returns how many were changed.{STRICT}")
        }
    }
}

const LENIENT: &str = "Unknown or empty parameters are ignored, and so is `unread=unknown`.";

fn about(config: &MessagesConfig) -> String {
    let mut about = "Messages of the user or visitor who sends the request. Each path also works without its final \
                     slash and responds to `OPTIONS`. Paths with `GET` also respond to `HEAD`, which changes nothing. \
                     Lookups are spelled with underscores or in brackets: `level__gte=30` and `level[gte]=30` are the \
                     same parameter. Refusals and failures are sent as `application/problem+json` if the `Accept` \
                     header names this type."
        .to_owned();
    if let Versioning::Accept { versions, default } = &config.versioning {
        let versions = versions.join(", ");
        about += &format!(
            " The version is a parameter of the `Accept` header, as in `application/json; version={default}`. Without \
             it, the version is {default}. Available versions: {versions}."
        );
    }
    about
}

/// Converts a path from Actix syntax to OpenAPI syntax, and returns it with the names of its parameters:
/// `/{version:v\d+}/messages` becomes `/{version}/messages`.
fn template(path: &str) -> (String, Vec<String>) {
    let mut names = Vec::new();
    let segments = path.split('/').map(|segment| {
        let inner = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let Some(inner) = inner else { return segment.to_owned() };
        let name = inner.split(':').next().unwrap_or_default();
        names.push(name.to_owned());
        format!("{{{name}}}")
    });
    let path = segments.collect::<Vec<_>>().join("/");
    (path, names)
}

/// Removes the components that nothing refers to.
fn remove_unused_components(document: &mut Value) {
    loop {
        let mut used = Vec::new();
        references(document, &mut used);
        let mut is_done = true;
        let kinds = document["components"].as_object_mut().into_iter().flatten();
        for (kind, components) in kinds {
            let Some(components) = components.as_object_mut() else { continue };
            let before = components.len();
            components.retain(|name, _| used.contains(&format!("#/components/{kind}/{name}")));
            is_done &= components.len() == before;
        }
        if is_done {
            return;
        }
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| references(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}
