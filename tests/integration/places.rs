//! The places of a user: archive and later, seen, the tags of users, and everything of a person at once.

mod archive;
mod person;
mod seen;
mod tags;

use serde_json::Value;

use crate::support::Client;

/// Sends a `POST` below the endpoints and returns the JSON of the response.
#[track_caller]
fn post(client: &Client, path: &str) -> Value {
    client.request("POST", format!("/api/messages/{path}")).send().expect(200).json()
}

/// Returns the texts of the messages that a list below the endpoints has.
#[track_caller]
fn texts(client: &Client, path: &str) -> Vec<String> {
    let list = client.get(format!("/api/messages/{path}")).expect(200).json();
    list["results"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect()
}
