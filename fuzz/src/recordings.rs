//! Converts the recorded conversations of the tests to initial inputs.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use chrono::DateTime;
use form_urlencoded::{Serializer, byte_serialize};
use serde_json::Value;

/// Returns the inputs from the recordings in these folders, each with the name of its target.
///
/// # Errors
///
/// Returns an error if a recording can't be read.
pub fn inputs(folders: &[PathBuf]) -> io::Result<BTreeSet<(&'static str, Vec<u8>)>> {
    let mut inputs = BTreeSet::new();
    for file in files(folders)? {
        let recording: Value = serde_json::from_slice(&fs::read(&file)?)?;
        let steps = recording["steps"].as_array().into_iter().flatten().map(fill).collect::<Vec<_>>();
        let requests = steps.iter().filter_map(request).collect::<Vec<_>>();
        if !requests.is_empty() {
            inputs.insert(("requests", requests.join("\n").into_bytes()));
        }
        for (request, step) in steps.iter().filter_map(|step| Some((request(step)?, step))) {
            let headers = step["headers"].as_object().into_iter().flatten();
            let headers = headers.filter_map(|(name, value)| Some(format!("\n{name}: {}", value.as_str()?)));
            let headers = headers.collect::<String>();
            if !headers.is_empty() {
                inputs.insert(("headers", (request + &headers).into_bytes()));
            }
        }
        for (name, value) in steps.iter().flat_map(|step| pairs(&step["query"])) {
            if ["_after", "_before"].iter().any(|end| name.ends_with(end)) {
                inputs.insert(("dates", format!("{value}\n1767225600000001 -90").into_bytes()));
            }
        }
        for body in steps.iter().map(|step| &step["body"]) {
            if let Some(text) = body["message"].as_str() {
                let tags = &body["extra_tags"];
                inputs.insert((
                    "contents",
                    format!("{text}\n{{\"tags\":{tags}}}\n/{text}\0https://example.com/{text}").into_bytes(),
                ));
                inputs.insert(("rows", format!("\nmessage=t{text}\ttags=t{tags}").into_bytes()));
            }
        }
        for query in steps.iter().filter_map(query) {
            inputs.insert(("admin", format!("a GET /list?{query}").into_bytes()));
        }
        for query in steps.iter().filter_map(query).filter(|query| query.contains("ordering") || query.contains('&')) {
            inputs.insert(("cursors", format!("{query}\n3 AA").into_bytes()));
        }
    }
    Ok(inputs)
}

fn files(folders: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in folders {
        for file in fs::read_dir(folder)? {
            files.push(file?.path());
        }
    }
    files.retain(|file| file.extension() == Some("json".as_ref()));
    files.sort();
    Ok(files)
}

/// Replaces each placeholder of the step with a value.
fn fill(step: &Value) -> Value {
    let text = step.to_string();
    let mut filled = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find('{') {
        let inner = &rest[start + 1..];
        let end = inner.find(['{', '}', '"']).filter(|end| inner[*end..].starts_with('}'));
        let value = end.and_then(|end| {
            let (kind, argument) = inner[..end].split_once(':').unwrap_or((&inner[..end], ""));
            Some((end, value(kind, argument)?))
        });
        filled.push_str(&rest[..start]);
        rest = match value {
            Some((end, value)) => {
                filled.push_str(&value);
                &inner[end + 1..]
            }
            None => {
                filled.push('{');
                inner
            }
        };
    }
    serde_json::from_str(&(filled + rest)).unwrap_or_else(|_| step.clone())
}

fn value(kind: &str, argument: &str) -> Option<String> {
    Some(match kind {
        "id" => argument.split(':').next()?.to_owned(),
        "created" | "read_at" => "2026-01-01T00:00:00.000001Z".into(),
        "time" => {
            let format = argument.split_once('|').map_or("%Y-%m-%dT%H:%M:%S%.6fZ", |(_, format)| format);
            DateTime::from_timestamp_micros(1_767_225_600_000_001)?.format(&format.replace("%f", "%6f")).to_string()
        }
        "user" => argument.to_owned(),
        "i" => "1".into(),
        "rep" => {
            let (unit, count) = argument.rsplit_once('*')?;
            unit.repeat(count.parse::<usize>().ok()?.min(200))
        }
        _ => return None,
    })
}

/// Returns the line of the request, or `None` if its path is not below `/messages`.
fn request(step: &Value) -> Option<String> {
    let (method, path) = (step["method"].as_str()?, step["path"].as_str()?.strip_prefix("/messages")?);
    let path = path.replace(' ', "%20");
    Some(match query(step) {
        Some(query) => format!("a0 {method} {path}?{query}"),
        None => format!("a0 {method} {path}"),
    })
}

fn query(step: &Value) -> Option<String> {
    let pairs = pairs(&step["query"]);
    (!pairs.is_empty()).then(|| {
        let pairs = pairs.iter().map(|(name, value)| {
            let escaped = byte_serialize(value.as_bytes()).collect::<String>();
            format!("{name}={escaped}")
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        match query.parse::<actix_web::http::Uri>() {
            Ok(_) => query,
            // A name needs escaping.
            Err(_) => Serializer::new(String::new()).extend_pairs(self::pairs(&step["query"])).finish(),
        }
    })
}

fn pairs(query: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match query {
        Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        Value::Array(pairs) => pairs.iter().map(|pair| (text(&pair[0]), text(&pair[1]))).collect(),
        _ => Vec::new(),
    }
}

/// Returns the folders of the recordings, below the root of the project.
pub fn folders(root: &Path) -> Vec<PathBuf> {
    ["conversations", "further"].map(|folder| root.join("tests/data").join(folder)).to_vec()
}
