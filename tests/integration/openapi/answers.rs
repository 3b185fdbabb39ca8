//! Checks HTTP responses against the OpenAPI document.

use std::{collections::BTreeSet, time::Duration};

use actix_messages::{
    Endpoint, Endpoints, Level, NewMessage, Recipient, Repeat, Timestamp, scope,
    settings::{Access, CursorKey, ForwardedHeaders, Pagination},
};
use actix_web::App;
use serde_json::{Value, json};

use super::{all, config, operations, resolved};
use crate::support::{FailingStore, Response, Server, TestApp, TestStore, wait};

/// Returns whether the value matches the schema. It knows the parts of JSON Schema that the document uses.
fn fits(document: &Value, schema: &Value, value: &Value) -> bool {
    let schema = resolved(document, schema);
    if *schema == json!(true) {
        return true;
    }
    for choice in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().any(|choice| fits(document, choice, value));
        }
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let is_of_kind =
        schema["type"] == kind || schema["type"].as_array().is_some_and(|kinds| kinds.contains(&json!(kind)));
    is_of_kind
        && match value {
            Value::Array(items) => items.iter().all(|item| fits(document, &schema["items"], item)),
            Value::Object(fields) => {
                let required = schema["required"].as_array().into_iter().flatten();
                // A field that the document does not list is an error.
                let of = |name: &str| schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                required.into_iter().all(|name| fields.contains_key(name.as_str().unwrap()))
                    && fields.iter().all(|(name, field)| of(name).is_some_and(|of| fits(document, of, field)))
            }
            _ => true,
        }
}

/// Checks a response against the document's description of this operation.
#[track_caller]
fn check(document: &Value, operation: (&str, &str), response: &Response) {
    let (method, path) = operation;
    let answers = &document["paths"][path][method]["responses"];
    let status = response.status.to_string();
    let answer = answers.get(&status).unwrap_or_else(|| panic!("{method} {path}: {status} is not documented"));
    let answer = resolved(document, answer);
    for (name, header) in answer["headers"].as_object().into_iter().flatten() {
        let is_there = response.header(&name.to_lowercase()).is_some();
        assert!(is_there || header["required"] != true, "{method} {path}: {status} has no {name}");
    }
    match answer["content"].as_object() {
        None => assert_eq!(response.body, b"", "{method} {path}: {status}"),
        Some(content) => {
            let kind = response.header("content-type").unwrap();
            let schema = &content[kind]["schema"];
            assert!(fits(document, schema, &response.json()), "{method} {path}: {status}: {}", response.json());
        }
    }
}

const LIST: (&str, &str) = ("get", "/messages/");
const PEEK: (&str, &str) = ("get", "/messages/peek/");
const ONE: (&str, &str) = ("get", "/messages/{id}/");
const DELETE: (&str, &str) = ("delete", "/messages/{id}/");

#[test]
fn the_document_is_served_for_where_the_scope_is() {
    let server = Server::start(|| {
        let messages = config();
        let own = config().pagination(Pagination::Cursor(CursorKey::from_secret(b"secret")));
        App::new()
            .app_data(messages)
            .service(Endpoints::default().with(Endpoint::OpenApi).at("/messages"))
            .service(all().at("/deep/{team}/inbox").app_data(own))
            .service(scope("/without"))
    });
    let client = server.client();
    let document = client.get("/messages/openapi.json").expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document, Endpoints::default().openapi(&config(), "/messages"));
    let deep = client.get("/deep/7/inbox/openapi.json").expect(200).json();
    assert_eq!(operations(&deep).len(), 11);
    assert!(operations(&deep).iter().all(|operation| operation.contains(" /deep/7/inbox/")));
    assert!(deep["components"]["parameters"].get("cursor").is_some());
    client.get("/without/openapi.json").expect(404);
    // With `NormalizePath`, each path may arrive with a slash at its end.
    assert_eq!(client.get("/messages/openapi.json/").expect(200).json(), document);
}

#[test]
fn the_document_is_not_sent_twice() {
    let app = TestApp::new(&TestStore::memory());
    let client = app.visitor();
    let tag = client.get("/messages/openapi.json").expect(200).header("etag").unwrap().to_owned();
    client.request("GET", "/messages/openapi.json").header("If-None-Match", &tag).send().expect(304);
    assert_eq!(client.request("HEAD", "/messages/openapi.json").send().expect(200).body, b"");
    client.request("OPTIONS", "/messages/openapi.json").send().expect(200);
    client.post("/messages/openapi.json", &json!({})).expect(405);
}

#[test]
fn the_server_is_the_prefix_that_a_trusted_proxy_has_removed() {
    let app = TestApp::with(&TestStore::memory(), |messages| messages.forwarded_headers(ForwardedHeaders::Trust));
    let client = app.visitor();
    let ask = || client.request("GET", "/messages/openapi.json");
    assert_eq!(ask().send().expect(200).json()["servers"], json!([{ "url": "/" }]));
    let prefixed = ask().header("X-Forwarded-Prefix", "/shop").send().expect(200);
    assert_eq!(prefixed.json()["servers"], json!([{ "url": "/shop" }]));
}

#[test]
fn the_document_is_for_whom_the_endpoints_are() {
    let app = TestApp::with(&TestStore::memory(), |messages| messages.access(Access::SignedIn));
    app.visitor().get("/messages/openapi.json").expect(403);
    app.user("alice").get("/messages/openapi.json").expect(200);
}

#[test]
fn every_answer_that_is_documented_is_given_as_it_is_documented() {
    let store = TestStore::memory();
    let app = TestApp::with(&store, |messages| messages.access(Access::SignedIn));
    let alice = app.user("alice");
    let document = alice.get("/messages/openapi.json").expect(200).json();
    let (first, second) = (alice.add(25, "Saved."), alice.add_tagged(40, "Failed.", &["billing"]));
    let full = NewMessage::new(20, "text").safe_html().title("Title").data(json!({ "a": [1.5, null] }));
    let full = full.action("Open", "/posts/17").key("posts-17", Repeat::Replaces);
    for _ in 0..2 {
        wait(store.mailbox("alice").add(full.clone())).unwrap();
    }
    let asked = |method: &str, target: &str, header: Option<(&str, &str)>| {
        let request = alice.request(method, target);
        match header {
            Some((name, value)) => request.header(name, value).send(),
            None => request.send(),
        }
    };
    let (one, nowhere) = (format!("/messages/{first}/"), "/messages/1/");
    let unread = format!("/messages/{second}/");
    let stranger = Some(("Sec-Fetch-Site", "cross-site"));
    let prefetch = Some(("Sec-Purpose", "prefetch"));
    let anything = Some(("If-None-Match", "*"));
    let no_json = Some(("Accept", "text/html"));
    let problems = Some(("Accept", "application/json, application/problem+json"));
    let cases: [((&str, &str), u16, &str, Option<(&str, &str)>); 28] = [
        (PEEK, 200, "/messages/peek/", None),
        (PEEK, 200, "/messages/peek/?group=level", None),
        (PEEK, 304, "/messages/peek/", anything),
        (PEEK, 400, "/messages/peek/?group=size", None),
        (PEEK, 406, "/messages/peek/", no_json),
        (DELETE, 403, &unread, None),
        (DELETE, 403, &unread, stranger),
        (LIST, 200, "/messages/?limit=1", None),
        (LIST, 200, "/messages/", None),
        (LIST, 200, "/messages/", prefetch),
        (LIST, 200, "/messages/", stranger),
        (LIST, 304, "/messages/", anything),
        (LIST, 400, "/messages/?level=x&unread=yes", None),
        (LIST, 400, "/messages/?level=x&unread=yes", problems),
        (LIST, 400, "/messages/?search=%00", None),
        (LIST, 400, "/messages/?search=%00", problems),
        (LIST, 406, "/messages/", no_json),
        (ONE, 200, &one, None),
        (ONE, 200, &one, prefetch),
        (ONE, 304, &one, anything),
        (ONE, 400, "/messages/1/?level=x", None),
        (ONE, 404, nowhere, None),
        (ONE, 404, nowhere, problems),
        (ONE, 406, &one, no_json),
        (DELETE, 400, "/messages/1/?level=x", None),
        (DELETE, 404, nowhere, None),
        (DELETE, 406, &one, no_json),
        (DELETE, 204, &one, None),
    ];
    let mut seen = BTreeSet::new();
    for (operation, status, target, header) in cases {
        let response = asked(&operation.0.to_uppercase(), target, header).expect(status);
        check(&document, operation, &response);
        seen.insert((operation, status.to_string()));
    }
    let visitor = app.visitor();
    for operation in [LIST, PEEK, ONE] {
        check(&document, operation, &visitor.get(operation.1.replace("{id}", "1")).expect(403));
        seen.insert((operation, "403".to_owned()));
    }
    for operation in [LIST, PEEK, ONE, DELETE] {
        let path = operation.1.replace("{id}", "1");
        check(&document, operation, &alice.post(&path, &json!({})).expect(405));
        seen.insert((operation, "405".to_owned()));
        for (store, status) in [(FailingStore::Broken, 500), (FailingStore::Unavailable, 503)] {
            let messages =
                actix_messages::MessagesConfig::new(store, |_: &actix_web::HttpRequest| Recipient::user("alice").ok());
            let server = Server::start(move || App::new().app_data(messages.clone()).service(scope("/messages")));
            let response = server.client().request(&operation.0.to_uppercase(), path.clone()).send().expect(status);
            check(&document, operation, &response);
            seen.insert((operation, status.to_string()));
        }
    }
    for operation in [LIST, PEEK, ONE, DELETE] {
        let answers = document["paths"][operation.1][operation.0]["responses"].as_object().unwrap();
        for status in answers.keys() {
            assert!(seen.contains(&(operation, status.clone())), "{operation:?}: no case was answered with {status}");
        }
    }
}

#[test]
fn what_changes_selections_is_answered_as_it_is_documented() {
    let store = TestStore::memory();
    let app = TestApp::new(&store);
    let alice = app.user("alice");
    let document = alice.get("/api/messages/openapi.json").expect(200).json();
    let id = alice.add(25, "Saved.");
    let change = |method: &str, path: &str, query: &str, status: u16| {
        let target = format!("{}{query}", path.replace("{id}", &id.to_string()));
        let response = alice.request(&method.to_uppercase(), target).send().expect(status);
        check(&document, (method, path), &response);
    };
    check(&document, ("get", "/api/messages/"), &alice.get("/api/messages/?page_size=1").expect(200));
    assert_eq!(alice.unread(), 1, "this list does not mark messages as read");
    change("get", "/api/messages/", "?cursor=nonsense", 404);
    change("post", "/api/messages/{id}/read/", "", 200);
    change("post", "/api/messages/{id}/unread/", "", 200);
    change("post", "/api/messages/read/", &format!("?ids={id}"), 200);
    change("post", "/api/messages/unread/", &format!("?up_to={id}"), 200);
    change("post", "/api/messages/read/", "?ids=", 400);
    change("post", "/api/messages/{id}/tags/", "?add=pinned&remove=starred", 200);
    change("post", "/api/messages/{id}/tags/", "?add=urgent", 400);
    change("post", "/api/messages/{id}/restore/", "", 404);
    change("post", "/api/messages/{id}/archive/", "", 200);
    change("post", "/api/messages/{id}/archive/", "", 404);
    change("post", "/api/messages/{id}/tags/", "?add=pinned", 404);
    change("get", "/api/messages/archive/", "?limit=1", 200);
    change("get", "/api/messages/archive/", "?before=x", 400);
    change("get", "/api/messages/later/", "", 200);
    change("post", "/api/messages/{id}/restore/", "", 200);
    change("post", "/api/messages/archive/", "?ids=", 400);
    change("post", "/api/messages/archive/", &format!("?ids={id}"), 200);
    change("post", "/api/messages/restore/", "", 200);
    change("post", "/api/messages/seen/", "", 400);
    change("post", "/api/messages/seen/", &format!("?up_to={id}"), 200);
    change("get", "/api/messages/peek/", "", 200);
    change("get", "/api/messages/inbox/", "", 200);
    change("post", "/api/messages/{id}/snooze/", "", 400);
    change("post", "/api/messages/{id}/snooze/", "?until=2001-01-01", 400);
    change("post", "/api/messages/snooze/", "?until=9999-01-01", 400);
    let tomorrow = Timestamp::now() + Duration::from_secs(24 * 60 * 60);
    change("post", "/api/messages/snooze/", &format!("?until={tomorrow}&ids=1"), 200);
    change("delete", "/api/messages/", "?nonsense=1", 400);
    change("delete", "/api/messages/{id}/", "", 403);
    change("post", "/api/messages/read/", "", 200);
    change("delete", "/api/messages/", "", 200);
    change("post", "/api/messages/{id}/read/", "", 404);
    let expiring = NewMessage::new(Level::INFO, "Ends tomorrow.").expires_at(tomorrow);
    let id = wait(store.mailbox("alice").add(expiring)).unwrap().unwrap().value();
    check(&document, ("get", "/api/messages/{id}/"), &alice.get(format!("/api/messages/{id}/")).expect(200));
    let target = format!("/api/messages/{id}/snooze/?until={tomorrow}");
    check(&document, ("post", "/api/messages/{id}/snooze/"), &alice.request("POST", target).send().expect(200));
}
