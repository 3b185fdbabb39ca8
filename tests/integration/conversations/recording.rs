//! JSON -> a recorded conversation.

use serde::Deserialize;
use serde_json::{Map, Value};

/// A conversation: the settings of the server, and requests with their responses.
#[derive(Debug, Deserialize)]
pub(super) struct Recording {
    pub(super) name: String,
    #[serde(default)]
    pub(super) settings: Map<String, Value>,
    pub(super) steps: Vec<Step>,
}

/// A request and its response.
#[derive(Debug, Deserialize)]
pub(super) struct Step {
    /// The client that sends the request. Each client has separate cookies.
    pub(super) r#as: String,
    pub(super) method: String,
    pub(super) path: String,
    /// An object, or an array of pairs if a name occurs twice.
    #[serde(default)]
    pub(super) query: Value,
    /// Null omits a header that is sent by default.
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
    /// A setting in the form of an environment variable.
    pub(super) fn setting(&self, name: &str) -> Option<String> {
        Some(match self.settings.get(name)? {
            Value::Bool(on) => i32::from(*on).to_string(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }
}

impl Step {
    /// The names and values of the query in their order.
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
