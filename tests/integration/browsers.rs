//! The example's cookie flags and security headers, and its log, which has no message texts, cookies or session keys.

use std::sync::Arc;

use actix_messages::{MessagesConfig, session_key};
use actix_messages_demo::{STAFF, USER, admin, app};
use actix_messages_diesel::DieselStore;
use actix_web::cookie::Key;
use serde_json::json;

use crate::support::{Client, FailingStore, Log, Server, with_query};

/// The example with its admin, on SQLite, and its log.
fn serve(store: DieselStore) -> (Server, Log) {
    let log = Log::default();
    let (followed, key) = (log.clone(), Key::generate());
    let messages = MessagesConfig::new(store.clone(), session_key(USER));
    let admin = admin(store);
    let server = Server::start(move || {
        followed.follow_this_thread();
        app(messages.clone(), key.clone()).service(admin.at("/admin/messages"))
    });
    (server, log)
}

#[test]
fn the_cookie_is_for_the_server_alone() {
    let (server, _) = serve(DieselStore::open(":memory:").unwrap());
    let client = server.client();
    for answer in [
        client.post("/demo/messages", &json!({ "level": 20, "message": "for a visitor" })),
        client.post("/demo/login", &json!({ "user": "alice" })),
        client.post("/demo/logout", &json!({})),
    ] {
        let cookies = answer.headers.iter().filter(|(name, _)| name == "set-cookie").collect::<Vec<_>>();
        let [(_, cookie)] = cookies[..] else { panic!("{cookies:?}") };
        let attributes = cookie.split("; ").skip(1).collect::<Vec<_>>();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(attributes.contains(&attribute), "{attribute}: {cookie}");
        }
        assert!(!attributes.iter().any(|attribute| attribute.starts_with("Domain")), "{cookie}");
        assert!(!cookie.contains("alice"), "the cookie is not encrypted");
    }
}

#[test]
fn each_answer_says_what_a_browser_may_do_with_it() {
    let (server, _) = serve(DieselStore::open(":memory:").unwrap());
    let staff = server.client();
    staff.sign_in(STAFF);
    let id = staff.add(20, "text");
    for (target, status) in [
        ("/", 200),
        ("/assets/inbox.js", 200),
        ("/classic", 200),
        ("/docs/", 200),
        ("/demo/user", 200),
        ("/messages/", 200),
        ("/messages/peek/", 200),
        ("/messages/?level=x", 400),
        ("/messages/openapi.json", 200),
        (&format!("/api/messages/{id}/"), 200),
        ("/messages/1/", 404),
        ("/no/such/page", 404),
        ("/admin/messages/list", 200),
        ("/admin/messages/no/such/page", 404),
    ] {
        let answer = staff.get(target).expect(status);
        let policies = answer.headers.iter().filter(|(name, _)| name == "content-security-policy").collect::<Vec<_>>();
        let [(_, policy)] = policies[..] else { panic!("{target}: {policies:?}") };
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{target}: {policy}");
        }
        let scripts = policy.split("; ").find(|part| part.starts_with("script-src"));
        assert!(scripts.is_none_or(|scripts| scripts == "script-src 'self'"), "{target}: {policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{target}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{target}");
    }
}

/// Strings that must not appear in a log.
const SECRETS: [&str; 4] = ["Zebra-text", "Zebra-tag", "Zebra-search", "Zebra-view"];

/// Uses every function of the REST surface, the example and the admin, with secrets in each request.
fn use_everything(client: &Client) {
    let message = json!({ "level": 20, "message": "Zebra-text", "extra_tags": ["Zebra-tag"] });
    let id = client.post("/demo/messages", &message).json()["id"].as_i64().unwrap_or(1);
    client.post("/demo/messages", &json!({ "level": 10, "message": "Zebra-text" }));
    client.post("/demo/messages", &json!({ "level": 20, "message": "Zebra-text".repeat(200) }));
    client.request("POST", "/classic").form(&[("text", "Zebra-text")]).send();
    for parameters in [
        [("search", "Zebra-search"), ("extra_tags", "Zebra-tag")],
        [("view__icontains", "Zebra-view"), ("level", "Zebra-search")],
        [("created_after", "Zebra-search"), ("cursor", "Zebra-search")],
    ] {
        for path in ["/messages/", "/api/messages/", "/admin/messages/list"] {
            client.get(with_query(path, &parameters));
        }
        client.request("POST", with_query("/api/messages/read/", &parameters)).send();
    }
    for (method, target) in [
        ("GET", "/messages/".to_owned()),
        ("GET", "/messages/peek/".into()),
        ("GET", format!("/messages/{id}/")),
        ("POST", format!("/api/messages/{id}/unread/")),
        ("POST", format!("/api/messages/{id}/read/")),
        ("GET", format!("/admin/messages/message?row={id}:u:{STAFF}")),
        ("DELETE", "/api/messages/?search=Zebra-search".into()),
        ("DELETE", format!("/messages/{id}/")),
    ] {
        client.request(method, target).send();
    }
    let fields =
        [("users", "bob"), ("message", "Zebra-text"), ("level", "20"), ("tags", "Zebra-tag"), ("view", "Zebra-view")];
    client.request("POST", "/admin/messages/new").form(&fields).send();
}

#[test]
fn nothing_that_is_said_and_no_session_is_in_the_log() {
    let (server, log) = serve(DieselStore::open(":memory:").unwrap());
    let client = server.client();
    let visitor = server.client();
    visitor.post("/demo/messages", &json!({ "level": 20, "message": "Zebra-text" })).expect(201);
    client.sign_in(STAFF);
    use_everything(&client);
    let cookies = [client.cookie("sessionid").unwrap(), visitor.cookie("sessionid").unwrap()];
    visitor.sign_out();
    client.sign_out();
    let log = log.text();
    assert!(log.contains("a session ended"), "nothing was logged at debug");
    for secret in SECRETS.into_iter().chain(cookies.iter().map(String::as_str)) {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn a_failure_puts_no_text_and_no_session_into_the_log() {
    let log = Log::default();
    let (followed, key) = (log.clone(), Key::generate());
    let messages = MessagesConfig::new(Arc::new(FailingStore::Broken), session_key(USER));
    let admin = admin(FailingStore::Broken);
    let server = Server::start(move || {
        followed.follow_this_thread();
        app(messages.clone(), key.clone()).service(admin.at("/admin/messages"))
    });
    let client = server.client();
    // The sign-in fails too, because it claims messages from the failing store.
    client.post("/demo/login", &json!({ "user": STAFF }));
    use_everything(&client);
    let log = log.text();
    assert!(log.contains("the disk is on fire"), "the failure was not logged");
    for secret in SECRETS.into_iter().map(str::to_owned).chain(client.cookie("sessionid")) {
        assert!(!log.contains(&secret), "{secret} is in the log:\n{log}");
    }
}
