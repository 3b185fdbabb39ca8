//! JSON -> a recorded conversation.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A conversation: settings of the server, and requests with what was answered.
#[derive(Debug, Deserialize)]
pub(super) struct Recording {
    pub(super) name: String,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    pub(super) steps: Vec<Step>,
}

/// A request, and what was answered.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    /// The client, with cookies of its own.
    pub(super) r#as: String,
    pub(super) method: String,
    pub(super) path: String,
    /// An object, or an array of pairs where a name occurs twice.
    #[serde(default)]
    pub(super) query: Value,
    /// Null leaves out a header that is sent anyway.
    #[serde(default)]
    pub(super) headers: Map<String, Value>,
    pub(super) body: Option<Value>,
    #[serde(default)]
    pub(super) csrf: bool,
    #[serde(default)]
    pub(super) drop_cookies: Vec<String>,
    #[serde(default)]
    pub(super) repeat: Option<usize>,
    /// `status`, `headers`, and `json`, `text` or `empty`.
    pub(super) reply: Value,
}

impl Recording {
    /// A setting, as an environment variable has it.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        Some(match self.settings.get(name)? {
            Value::Bool(on) => i32::from(*on).to_string(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

impl Step {
    /// The names and values of the query, in their order.
    pub(super) fn query(&self) -> Vec<(String, Value)> {
        match &self.query {
            Value::Object(map) => map.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            Value::Array(pairs) => {
                pairs.iter().map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].clone())).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether the request drives the application rather than the REST surface.
    pub(super) fn is_driver(&self) -> bool {
        self.path.starts_with("/demo/")
    }
}
