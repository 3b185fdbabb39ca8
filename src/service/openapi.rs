//! OpenAPI: what people can do, and the settings in force -> the document that describes it.

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

/// The document of these operations and their paths, where they are mounted at `mount`: its parameters may have names in
/// braces, as Actix has them.
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
        // Relative to where the document is.
        "servers": [{ "url": "/" }],
        "tags": [{ "name": "messages", "description": "The messages of whoever sends the request." }],
        "paths": paths,
        "components": {
            "schemas": schemas::all(config),
            "parameters": parameters.components(),
            "responses": answers::components(),
        },
    });
    leave_out_the_unused(&mut document);
    document
}

fn description(action: Action, config: &MessagesConfig) -> String {
    let reading = match config.after_reading {
        AfterReading::Mark => " What is sent is marked as read by that.",
        AfterReading::Delete => " What is sent is deleted by that.",
        AfterReading::Nothing => " That marks nothing as read.",
    };
    let unread = match config.unread_deletion {
        UnreadDeletion::Allow => "",
        UnreadDeletion::Forbid if matches!(action, Action::Delete) => " An unread one is not deleted: 403.",
        UnreadDeletion::Forbid => " Unread ones stay.",
    };
    const NARROWED: &str = " A message that the filters don't mean is not found.";
    const STRICT: &str = " A parameter that is not known, or says nothing, is refused.";
    match action {
        Action::List => format!("Messages that the filters mean, as they were before.{reading} {LENIENT}"),
        Action::Peek => "How many messages are unread, and the highest level among them. That marks nothing.".into(),
        Action::Retrieve => format!("The message, as it was before.{reading}{NARROWED} {LENIENT}"),
        Action::Delete => format!("Deletes the message.{unread}{NARROWED} {LENIENT}"),
        Action::MarkRead | Action::MarkUnread => format!("Answers whether that changed anything.{NARROWED}{STRICT}"),
        Action::DeleteSelection => format!("Deletes what the filters mean.{unread}{STRICT}"),
        Action::MarkSelectionRead | Action::MarkSelectionUnread => {
            format!("Marks what the filters mean, and answers how many that changed.{STRICT}")
        }
    }
}

const LENIENT: &str = "Parameters that are not known, or say nothing, are ignored.";

fn about(config: &MessagesConfig) -> String {
    let mut about = "Messages for whoever is asking. Each path is answered without its last slash too, to `OPTIONS`, and \
                     to `HEAD` where there is a `GET`, which then changes nothing. Lookups are spelt with underscores or \
                     in brackets: `level__gte=30` and `level[gte]=30` are the same parameter. Refusals and failures are \
                     sent as `application/problem+json` to who asks for that by name."
        .to_owned();
    if let Versioning::Accept { versions, default } = &config.versioning {
        let versions = versions.join(", ");
        about += &format!(
            " The version is a parameter of the `Accept` header, as in `application/json; version={default}`, which is \
             the one of who names none. There are: {versions}."
        );
    }
    about
}

/// A path of Actix's as one of OpenAPI's, and the names in its braces: `/{version:v\d+}/messages` is
/// `/{version}/messages`.
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

/// Takes away the components that nothing refers to.
fn leave_out_the_unused(document: &mut Value) {
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
