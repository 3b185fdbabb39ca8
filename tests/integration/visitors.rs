//! Visitors: a mailbox for each session, messages that follow at the login, and requests without a user or session.

mod claims;
mod mailboxes;
mod nobody;

use crate::support::{Client, Response};

/// Asks for this message, and returns the response, also if it is an error.
fn cause(client: &Client, level: i32, text: &str) -> Response {
    client.post("/demo/messages", &serde_json::json!({ "level": level, "message": text }))
}
