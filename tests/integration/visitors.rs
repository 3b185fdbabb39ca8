//! Who is not signed in: a mailbox for each session, messages that follow at the login, and nobody at all.

mod claims;
mod mailboxes;
mod nobody;

use crate::support::{Client, Response};

/// Causes this, whatever the answer.
fn cause(client: &Client, level: i32, text: &str) -> Response {
    client.post("/demo/messages", &serde_json::json!({ "level": level, "message": text }))
}
