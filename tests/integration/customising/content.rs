//! The parts that few messages have, in the JSON of all endpoints: title, data, actions, key, times and format.

use actix_messages::{Error, Level, Message, MessagesConfig, NewMessage, Recipient, Repeat, TextFormat};
use serde_json::{Value, json};

use crate::support::{Client, EventSource, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_message_has_only_the_keys_that_it_uses,
    all_endpoints_have_the_same_json,
    a_store_keeps_everything,
    a_replaced_message_is_gone,
    a_message_with_invalid_parts_is_refused,
    searching_finds_only_texts,
}

#[test]
fn content_is_kept_on_postgresql() {
    if let Some(store) = TestStore::postgres() {
        a_message_has_only_the_keys_that_it_uses(&store);
        a_store_keeps_everything(&store);
        searching_finds_only_texts(&store);
    }
}

/// Signs in a new user, because the tests on PostgreSQL share a database.
fn new_user(store: &TestStore) -> (TestApp, Client, String) {
    let name = format!("{:?}", std::time::Instant::now());
    let name = name.chars().filter(char::is_ascii_digit).collect::<String>();
    let app = TestApp::new(store);
    let client = app.user(&name);
    (app, client, name)
}

fn full() -> NewMessage {
    NewMessage::new(Level::INFO, "<b>3 comments</b> on your post.")
        .safe_html()
        .title("Your post")
        .data(json!({ "post": 17, "by": ["bob", null, 1.5, { "é": true }], "a": {} }))
        .action("Open", "/posts/17")
        .action("Reply <i>", "https://example.com/?a=1&b=\"2\"")
        .key("comments-17", Repeat::Replaces)
}

const RECORDED: [&str; 8] = ["id", "message", "level", "level_tag", "extra_tags", "view", "read_at", "created"];

fn keys(message: &Value) -> Vec<&str> {
    message.as_object().unwrap().keys().map(String::as_str).collect()
}

fn added(store: &TestStore, user: &str, message: NewMessage) -> i64 {
    wait(store.mailbox(user).add(message)).unwrap().unwrap().value()
}

fn stored(store: &TestStore, user: &str) -> Vec<Message> {
    wait(store.mailbox(user).all().list()).unwrap().into_iter().collect()
}

fn a_message_has_only_the_keys_that_it_uses(store: &TestStore) {
    let (_app, client, user) = new_user(store);
    let one = |message: NewMessage| {
        let id = added(store, &user, message);
        client.get(format!("/api/messages/{id}/")).expect(200).json()
    };
    let plain = || NewMessage::new(Level::INFO, "text");
    assert_eq!(keys(&one(plain())), RECORDED);
    for (message, key, value) in [
        (plain().title("A title"), "title", json!("A title")),
        (plain().data(json!({})), "data", json!({})),
        (plain().action("Open", "/"), "actions", json!([{ "label": "Open", "href": "/" }])),
        (plain().key("a", Repeat::Ignored), "key", json!("a")),
        (plain().safe_html(), "format", json!("safe_html")),
    ] {
        let json = one(message);
        assert_eq!(keys(&json), [&RECORDED[..], &[key]].concat());
        assert_eq!(json[key], value);
    }

    let first = one(full());
    assert_eq!(keys(&first), [&RECORDED[..], &["title", "data", "actions", "key", "format"]].concat());
    let second = one(full());
    let all = [&RECORDED[..], &["title", "data", "actions", "key", "times", "format"]].concat();
    assert_eq!(keys(&second), all);
    assert_eq!(second["times"], 2);
    assert_eq!(second["data"], json!({ "post": 17, "by": ["bob", null, 1.5, { "é": true }], "a": {} }));
    assert_eq!(second["actions"][1], json!({ "label": "Reply <i>", "href": "https://example.com/?a=1&b=\"2\"" }));
}

fn all_endpoints_have_the_same_json(store: &TestStore) {
    let (_app, client, user) = new_user(store);
    let mut stream = EventSource::open(&client, "/api/messages/stream/").expect(200);
    stream.expect_event("summary");
    let old = added(store, &user, full());
    let event = stream.expect_event("message");
    assert_eq!((&event["id"], &event["key"], event.get("times")), (&json!(old), &json!("comments-17"), None));
    stream.expect_event("summary");

    let id = added(store, &user, full());
    let (mut replacement, mut gone) = (None, None);
    while replacement.is_none() || gone.is_none() {
        let event = stream.next().unwrap();
        match event.name.as_str() {
            "message" => replacement = Some(event.data),
            "deleted" => gone = Some(event.data),
            "summary" => {}
            other => panic!("the event {other}"),
        }
    }
    assert_eq!(gone, Some(json!({ "ids": [old] })));
    let replacement = replacement.unwrap();
    assert_eq!((&replacement["id"], &replacement["times"]), (&json!(id), &json!(2)));
    let one = client.get(format!("/api/messages/{id}/")).expect(200).json();
    assert_eq!(replacement, one);
    assert_eq!(client.get("/api/messages/").expect(200).json()["results"], json!([one]));
    assert_eq!(client.get("/api/messages/inbox/").expect(200).json()["results"], json!([one]));
    assert_eq!(client.get("/messages/").expect(200).json()["results"], json!([one]));
}

fn a_store_keeps_everything(store: &TestStore) {
    let (_app, _, user) = new_user(store);
    added(store, &user, full());
    // A message for many takes another way through a store.
    let messages = MessagesConfig::new(std::sync::Arc::clone(&store.store), |_: &actix_web::HttpRequest| None);
    let many = (0..150).map(|number| format!("{user}-{number}")).collect::<Vec<_>>();
    let recipients = many.iter().map(|user| Recipient::user(user).unwrap());
    assert_eq!(wait(messages.broadcast(recipients, full())).unwrap(), 150);
    let expected = full().check().unwrap();
    let expected = expected.parts().content;
    assert_eq!(expected.format, TextFormat::SafeHtml);
    for user in [&user, &many[0], &many[149]] {
        let stored = stored(store, user);
        assert_eq!((stored.len(), &stored[0].content), (1, expected));
        // Moving, marking and tagging keep it.
        let mailbox = store.mailbox(user);
        wait(mailbox.all().mark_read()).unwrap();
        wait(mailbox.redate()).unwrap();
        let other = store.mailbox(&format!("{user}-other"));
        wait(other.claim(mailbox.recipient())).unwrap();
        let moved = self::stored(store, &format!("{user}-other"));
        assert_eq!((&moved[0].content, moved[0].key.as_deref()), (expected, Some("comments-17")));
    }
}

fn a_replaced_message_is_gone(store: &TestStore) {
    let (_app, client, user) = new_user(store);
    let old = added(store, &user, full());
    let id = added(store, &user, full());
    client.get(format!("/api/messages/{old}/")).expect(404);
    client.request("POST", format!("/api/messages/{old}/read/")).send().expect(404);
    let marked = client.request("POST", format!("/api/messages/read/?ids={old}")).send().expect(200).json();
    assert_eq!(marked, json!({ "count": 0 }));
    assert_eq!(client.unread(), 1);
    let marked = client.request("POST", format!("/api/messages/read/?ids={old},{id}")).send().expect(200).json();
    assert_eq!(marked, json!({ "count": 1 }));

    // The replacement has the newest id, so a client that walks through pages may meet it again.
    for text in ["one", "two"] {
        added(store, &user, NewMessage::new(Level::INFO, text));
    }
    let page = client.get("/api/messages/?page_size=2&ordering=created").expect(200).json();
    assert_eq!(page["results"][0]["key"], "comments-17");
    added(store, &user, full());
    let next = page["next"].as_str().unwrap();
    let next = client.get(&next[next.find("/api/").unwrap()..]).expect(200).json();
    let seen = next["results"].as_array().unwrap().iter().map(|message| (&message["message"], message.get("times")));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [(&json!("two"), None), (&json!("<b>3 comments</b> on your post."), Some(&json!(3)))]
    );
}

fn a_message_with_invalid_parts_is_refused(store: &TestStore) {
    let (_app, _, user) = new_user(store);
    let plain = || NewMessage::new(Level::INFO, "text");
    let nested = (0..32).fold(json!({}), |inner, _| json!({ "a": inner }));
    for (message, said) in [
        (plain().title(""), "title: This field may not be blank."),
        (plain().title("é".repeat(201)), "title: Ensure this value has at most 200 characters (it has 201)."),
        (plain().title("a\0"), "title: Null characters are not allowed."),
        (plain().data("text"), "data: This value must be an object that can be written as JSON."),
        (
            plain().data(json!({ "a": "x".repeat(4090) })),
            "data: Ensure this value has at most 4096 bytes as JSON (it has 4098).",
        ),
        (plain().data(nested), "data: Ensure this value is nested at most 32 levels deep (it has 33)."),
        (plain().data(json!({ "a": "\0" })), "data: Null characters are not allowed."),
        (plain().action("", "/"), "actions.label: This field may not be blank."),
        (
            plain().action("Open", "javascript:alert(1)"),
            "actions.href: Enter a path that begins with one slash, or an http, https or mailto URL.",
        ),
        (
            plain().action("1", "/").action("2", "/").action("3", "/").action("4", "/"),
            "actions: Ensure this list has at most 3 actions (it has 4).",
        ),
    ] {
        let refused = wait(store.mailbox(&user).add(message)).unwrap_err();
        assert!(matches!(&refused, Error::Invalid(invalid) if invalid.to_string() == said), "{refused:?}, not {said}");
    }
    assert_eq!(stored(store, &user).len(), 0);
    // The last data counts.
    added(store, &user, plain().data(17).data(json!({ "a": 1 })));
    assert_eq!(stored(store, &user)[0].data.as_ref().unwrap().as_str(), r#"{"a":1}"#);
}

fn searching_finds_only_texts(store: &TestStore) {
    let (_app, client, user) = new_user(store);
    added(
        store,
        &user,
        NewMessage::new(Level::INFO, "text").title("needle").data(json!({ "needle": 1 })).action("needle", "/needle"),
    );
    added(store, &user, NewMessage::new(Level::INFO, "a needle"));
    assert_eq!(client.texts("/api/messages/?search=needle"), ["a needle"]);
    assert_eq!(client.texts("/api/messages/?search=text"), ["text"]);
}
