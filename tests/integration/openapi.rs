//! The OpenAPI document: it says what is mounted, with which settings, and what is really answered.

mod answers;
mod settings;

use std::sync::Arc;

use actix_messages::{Endpoint, Endpoints, MemoryStore, MessagesConfig, session_key};
use actix_messages_demo::USER;
use serde_json::Value;

/// Everything that there is.
fn all() -> Endpoints {
    Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion).with(Endpoint::OpenApi)
}

fn config() -> MessagesConfig {
    MessagesConfig::new(Arc::new(MemoryStore::new()), session_key(USER))
}

/// The methods and paths of a document, sorted.
fn operations(document: &Value) -> Vec<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let mut operations = paths
        .flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}")))
        .collect::<Vec<_>>();
    operations.sort();
    operations
}

/// The names of an operation's parameters in the query string.
fn query(document: &Value, path: &str, method: &str) -> Vec<String> {
    let parameters = document["paths"][path][method]["parameters"].as_array().unwrap();
    let parameters = parameters.iter().map(|parameter| resolved(document, parameter));
    parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
        .collect()
}

/// What a reference refers to.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value.get("$ref").and_then(Value::as_str) {
        Some(reference) => document.pointer(reference.strip_prefix('#').unwrap()).unwrap(),
        None => value,
    }
}
