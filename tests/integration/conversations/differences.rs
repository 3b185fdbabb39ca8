//! A recorded response and an actual one -> the differences.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::recording::Step;

/// The differences that a front end could notice.
pub(super) fn of_step(step: &Step, actual: &Value) -> Vec<String> {
    let expected = &step.reply;
    if step.is_driver() {
        return of_driver(expected, actual);
    }
    if expected["status"] != actual["status"] {
        return vec![format!("status {} instead of {}: {actual}", actual["status"], expected["status"])];
    }
    let mut found = Vec::new();
    let allow_matters = expected["status"] == 405 || step.method == "OPTIONS";
    let headers = [("Content-Type", true), ("Allow", allow_matters), ("Location", true)];
    for (name, _) in headers.into_iter().filter(|(_, matters)| *matters) {
        let value = |reply: &Value| normal_header(name, reply["headers"][name].as_str().unwrap_or_default());
        let (expected, actual) = (value(expected), value(actual));
        if expected != actual {
            found.push(format!("{name}: expected {expected}, got {actual}"));
        }
    }
    match (expected.get("json"), actual.get("json")) {
        (Some(expected), Some(actual)) => of_json("$", expected, actual, &mut found),
        (None, None) if expected.get("empty").is_some() == actual.get("empty").is_some() => {}
        _ => found.push(format!("body: expected {expected}, got {actual}")),
    }
    found
}

/// For a request that drives the application, only its success counts, and whether it created a message.
fn of_driver(expected: &Value, actual: &Value) -> Vec<String> {
    let class = |reply: &Value| reply["status"].as_u64().unwrap_or_default() / 100;
    if class(expected) != class(actual) {
        return vec![format!("status {} instead of {}: {actual}", actual["status"], expected["status"])];
    }
    let id = |reply: &Value| reply["json"].get("id").map(|id| !id.is_null());
    let differs = class(expected) == 2 && id(expected).is_some_and(|made| id(actual) != Some(made));
    if differs { vec![format!("expected {}, got {}", expected["json"], actual["json"])] } else { Vec::new() }
}

fn of_json(path: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => of_objects(path, expected, actual, found),
        (Value::Array(expected), Value::Array(actual)) => {
            if expected.len() != actual.len() {
                found.push(format!("{path}: {} items expected, got {}", expected.len(), actual.len()));
            }
            for (at, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                of_json(&format!("{path}[{at}]"), expected, actual, found);
            }
        }
        _ if is_link(path) && normal_link(expected) == normal_link(actual) => {}
        _ if expected == actual => {}
        _ => found.push(format!("{path}: expected {expected}, got {actual}")),
    }
}

fn of_objects(path: &str, expected: &Map<String, Value>, actual: &Map<String, Value>, found: &mut Vec<String>) {
    for key in expected.keys().chain(actual.keys()).collect::<BTreeSet<_>>() {
        match (expected.get(key), actual.get(key)) {
            (Some(expected), Some(actual)) => of_json(&format!("{path}.{key}"), expected, actual, found),
            (Some(expected), None) => found.push(format!("{path}.{key}: missing (expected {expected})")),
            (None, actual) => found.push(format!("{path}.{key}: unexpected {}", actual.unwrap_or(&Value::Null))),
        }
    }
}

/// Normalizes the spelling of a header's value.
fn normal_header(name: &str, value: &str) -> String {
    match name {
        "Content-Type" => value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase(),
        "Allow" => {
            let methods = value.split(',').map(|method| method.trim().to_ascii_lowercase());
            methods
                .filter(|method| !method.is_empty())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        }
        _ => value.to_owned(),
    }
}

fn is_link(path: &str) -> bool {
    path.ends_with(".next") || path.ends_with(".previous")
}

/// Normalizes the order of a link's parameters.
fn normal_link(link: &Value) -> Option<(String, Vec<(String, String)>)> {
    let (address, query) = link.as_str()?.split_once('?')?;
    let mut parameters = form_urlencoded::parse(query.as_bytes()).into_owned().collect::<Vec<_>>();
    parameters.sort();
    Some((address.to_owned(), parameters))
}
