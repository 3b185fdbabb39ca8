//! Stores that fail.

use actix_messages::{MemoryStore, MessageStore, MessagesConfig, scope, session_key};
use actix_messages_demo::{USER, app};
use actix_web::{App, cookie::Key};
use serde_json::json;

use super::{assert_opaque, assert_says};
use crate::support::{FailingStore, Log, Server};

const CAUSES: [&str; 2] = ["the pool gave up", "the disk is on fire"];

/// Starts the example application on a store, and returns the server and its log.
fn start(store: impl MessageStore) -> (Server, Log) {
    let (messages, key) = (MessagesConfig::new(store, session_key(USER)), Key::generate());
    let log = Log::default();
    let followed = log.clone();
    let server = Server::start(move || {
        followed.follow_this_thread();
        app(messages.clone(), key.clone())
    });
    (server, log)
}

#[test]
fn a_failing_store_is_an_opaque_failure_whose_causes_are_in_the_log() {
    for (store, status, what) in [
        (FailingStore::Unavailable, 503, "the failing store is unavailable"),
        (FailingStore::Broken, 500, "the failing store failed"),
    ] {
        for (method, target) in [
            ("GET", "/messages/"),
            ("GET", "/messages/peek/"),
            ("GET", "/messages/1/"),
            ("DELETE", "/messages/1/"),
            ("POST", "/demo/messages"),
        ] {
            let (server, log) = start(store);
            let client = server.client();
            client.sign_in("alice");
            let call = client.request(method, target);
            let call = if method == "POST" { call.json(&json!({ "level": 20, "message": "text" })) } else { call };
            assert_opaque(call.send(), status);
            assert_says(&log, &["ERROR", what, &format!("status={status}")]);
            assert_says(&log, &CAUSES);
            assert!(!log.text().contains("alice"));
        }
    }
}

#[test]
fn what_does_not_need_the_store_does_not_fail_with_it() {
    let (server, log) = start(FailingStore::Broken);
    let client = server.client();
    client.sign_in("alice");
    client.request("OPTIONS", "/messages/").send().expect(200);
    client.get("/messages/?level=x").expect(400);
    client.get("/messages/x/").expect(404);
    client.request("POST", "/messages/").send().expect(405);
    client.request("GET", "/messages/").header("Accept", "text/html").send().expect(406);
    client.post("/demo/messages", &json!({ "level": 20, "message": "" })).expect(201);
    client.post("/demo/messages", &json!({ "level": 20, "message": "a".repeat(1025) })).expect(400);
    // Without a signed-in user, the request does not need the store.
    server.client().get("/messages/").expect(200);
    assert!(!log.text().contains("ERROR"), "{}", log.text());
}

#[test]
fn a_sign_out_goes_through_where_the_store_fails() {
    // The session has an id for messages, so signing out asks the store to delete its messages.
    let (server, log) = start(FailingStore::Broken);
    let client = server.client();
    client.sign_in("alice");
    client.post("/demo/messages", &json!({ "level": 20, "message": "text" })).expect(500);
    client.sign_out();
    assert_eq!(client.get("/demo/user").expect(200).json()["user"], json!(null));
    assert_says(&log, &["ERROR", "a session ended, but its messages could not be deleted"]);
    assert_says(&log, &CAUSES);
}

#[test]
fn a_bad_request_is_no_error_in_the_log() {
    let messages = MessagesConfig::new(MemoryStore::new(), |_: &_| None);
    let log = Log::default();
    let followed = log.clone();
    let server = Server::start(move || {
        followed.follow_this_thread();
        App::new().app_data(messages.clone()).service(scope("/messages"))
    });
    server.client().get("/messages/?unread=maybe").expect(400);
    server.client().get("/messages/1/").expect(404);
    assert!(!log.text().contains("ERROR") && !log.text().contains("WARN"), "{}", log.text());
}
