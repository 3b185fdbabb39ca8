//! Versions of the REST surface, and custom JSON for messages.

use actix_messages::{ApiVersion, Endpoints, MessageJson, MessagesConfig, settings::Versioning};
use actix_web::{HttpMessage, HttpRequest};
use serde_json::{Value, json};

use super::Site;
use crate::support::{TestStore, on_every_store};

on_every_store! {
    versions_can_be_in_the_path,
    versions_can_be_in_the_accept_header,
    messages_can_be_sent_in_a_json_of_ones_own,
    without_versions_nobody_finds_one,
}

/// The message's text and the requested version.
fn with_version(request: &HttpRequest, message: &MessageJson<'_>) -> Value {
    let version = request.extensions().get::<ApiVersion>().map(|ApiVersion(version)| version.clone());
    json!({ "message": message.text, "version": version })
}

fn versions_can_be_in_the_path(store: &TestStore) {
    let settings =
        |messages: MessagesConfig| messages.versioning(Versioning::path(["v1", "v2"])).represent(with_version);
    let site = Site::with(store, settings, |routes| {
        routes.service(Endpoints::default().at("/{version}/messages"));
    });
    let alice = &site.user("alice");
    let id = alice.add("text");
    for target in ["messages/", "messages/peek/", &format!("messages/{id}/")] {
        for method in ["GET", "OPTIONS", "DELETE"] {
            let refused = alice.send(method, &format!("/v3/{target}"), &[]).expect(404);
            assert_eq!(refused.json(), json!({ "detail": "Invalid version in URL path." }));
        }
    }
    assert_eq!(alice.unread(), "text", "what is refused marks nothing");
    for version in ["v1", "v2"] {
        let list = alice.get(&format!("/{version}/messages/")).expect(200).json();
        assert_eq!(list["results"], json!([{ "message": "text", "version": version }]));
        let one = alice.get(&format!("/{version}/messages/{id}/")).expect(200).json();
        assert_eq!(one, json!({ "message": "text", "version": version }));
        alice.get(&format!("/{version}/messages/peek/")).expect(200);
    }
    alice.send("DELETE", &format!("/v2/messages/{id}/"), &[]).expect(204);
}

fn versions_can_be_in_the_accept_header(store: &TestStore) {
    let settings =
        |messages: MessagesConfig| messages.versioning(Versioning::accept(["1", "2"], "2")).represent(with_version);
    let alice = &Site::new(store, settings).user("alice");
    let id = alice.add("text");
    let one = format!("/messages/{id}/");
    for target in ["/messages/", "/messages/peek/", &one] {
        for accept in ["application/json; version=3", "application/json;version=\"\"", "application/*; version=x"] {
            let refused = alice.send("GET", target, &[("accept", accept)]).expect(406);
            assert_eq!(refused.json(), json!({ "detail": "Invalid version in \"Accept\" header." }), "{accept}");
        }
    }
    assert_eq!(alice.unread(), "text", "what is refused marks nothing");
    for (accept, version) in [
        ("application/json; version=1", "1"),
        ("application/json;VERSION=\"1\";q=0.5", "1"),
        ("application/json; version=2", "2"),
        ("application/json", "2"),
        ("*/*", "2"),
        ("text/html; version=1, application/json", "2"),
        ("*/*; version=2, application/json; version=1", "1"),
    ] {
        let shown = alice.send("GET", &one, &[("accept", accept)]).expect(200).json();
        assert_eq!(shown["version"], version, "{accept}");
    }
    assert_eq!(alice.get(&one).expect(200).json()["version"], "2", "without a header");
}

fn messages_can_be_sent_in_a_json_of_ones_own(store: &TestStore) {
    let settings = |messages: MessagesConfig| {
        messages.represent(|request: &HttpRequest, message: &MessageJson<'_>| {
            json!({ "html": format!("<p>{}</p>", message.text), "level": message.level_tag, "at": request.path() })
        })
    };
    let alice = &Site::new(store, settings).user("alice");
    let id = alice.add("text");
    let list = alice.get("/messages/").expect(200).json();
    assert_eq!((&list["count"], &list["next"]), (&json!(1), &Value::Null));
    assert_eq!(list["results"], json!([{ "html": "<p>text</p>", "level": "info", "at": "/messages/" }]));
    let one = alice.get(&format!("/messages/{id}")).expect(200);
    assert_eq!(one.json(), json!({ "html": "<p>text</p>", "level": "info", "at": format!("/messages/{id}") }));
    let tag = one.header("etag").unwrap();
    alice.send("GET", &format!("/messages/{id}"), &[("if-none-match", tag)]).expect(304);
    alice.get("/messages/1/").expect(404);
    assert_eq!(alice.unread(), "", "messages with custom JSON are marked too");
}

fn without_versions_nobody_finds_one(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages.represent(with_version)).user("alice");
    alice.add("text");
    let list = alice.send("GET", "/messages/", &[("accept", "application/json; version=7")]).expect(200).json();
    assert_eq!(list["results"], json!([{ "message": "text", "version": null }]));
}
