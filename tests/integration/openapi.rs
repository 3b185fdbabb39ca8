//! Checks that the OpenAPI document describes the mounted endpoints, their settings and their actual responses.

mod answers;
mod settings;

use std::sync::Arc;

use actix_messages::{Endpoint, Endpoints, MemoryStore, MessagesConfig, session_key};
use actix_messages_demo::USER;
use serde_json::Value;

/// Returns all endpoints.
fn all() -> Endpoints {
    Endpoints::default()
        .with(Endpoint::Marking)
        .with(Endpoint::Snooze)
        .with(Endpoint::SelectionDeletion)
        .with(Endpoint::OpenApi)
}

fn config() -> MessagesConfig {
    MessagesConfig::new(Arc::new(MemoryStore::new()), session_key(USER))
}

/// Returns the methods and paths of a document, sorted.
fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let mut operations = paths
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}")))
        .collect::<Vec<_>>();
    operations.sort();
    operations
}

/// Returns the names of an operation's query parameters.
fn query(document: &Value, path: &str, method: &str) -> Vec<String> {
    let parameters = document["paths"][path][method]["parameters"].as_array().unwrap();
    let parameters = parameters.iter().map(|parameter| resolved(document, parameter));
    parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Returns the target of a reference. Any other value is returned unchanged.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}
