//! The tags that users set: pin, star and label.

use actix_messages::settings::{Access, AccessRequest, Action};
use serde_json::{Value, json};

use super::{post, texts};
use crate::support::{Client, EventSource, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_user_pins_and_unpins_a_message,
    a_tag_is_added_once,
    other_tags_are_refused,
    messages_of_others_are_not_found,
    access_sees_the_message,
    too_many_tags_are_refused,
    other_windows_are_told,
}

fn tags(client: &Client, id: i64) -> Value {
    client.get(format!("/api/messages/{id}/")).expect(200).json()["extra_tags"].clone()
}

fn a_user_pins_and_unpins_a_message(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add_tagged(20, "one", &["order"]);
    alice.add(20, "two");
    assert_eq!(post(&alice, &format!("{id}/tags/?add=pinned")), json!({ "count": 1 }));
    assert_eq!(tags(&alice, id), json!(["order", "pinned"]));
    assert_eq!(texts(&alice, "?extra_tags=pinned"), ["one"]);
    assert_eq!(post(&alice, &format!("{id}/tags/?remove=pinned&add=starred")), json!({ "count": 1 }));
    assert_eq!(tags(&alice, id), json!(["order", "starred"]));
    assert_eq!(post(&alice, &format!("{id}/tags?remove=pinned&remove=starred")), json!({ "count": 1 }));
    assert_eq!(tags(&alice, id), json!(["order"]));
    assert_eq!(post(&alice, &format!("{id}/tags/")), json!({ "count": 1 }));
}

fn a_tag_is_added_once(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "one");
    for query in ["add=pinned", "add=pinned&add=pinned", "add=starred&add=pinned", "add=pinned&remove=pinned"] {
        assert_eq!(post(&alice, &format!("{id}/tags/?{query}")), json!({ "count": 1 }));
    }
    assert_eq!(tags(&alice, id), json!(["pinned", "starred"]));
}

fn other_tags_are_refused(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add_tagged(20, "one", &["order"]);
    let choice = |value: &str| json!([format!("Select a valid choice. {value} is not one of the available choices.")]);
    for (query, errors) in [
        ("add=urgent", json!({ "add": choice("urgent") })),
        ("remove=order", json!({ "remove": choice("order") })),
        ("add=pinned&remove=order", json!({ "remove": choice("order") })),
        ("add=Pinned", json!({ "add": choice("Pinned") })),
        ("add=%20pinned", json!({ "add": choice(" pinned") })),
        ("add=pinned,starred", json!({ "add": choice("pinned,starred") })),
        ("add=", json!({ "add": ["This parameter may not be empty."] })),
        ("add=pinned&level=20", json!({ "level": ["Unknown parameter."] })),
        ("add[]=pinned", json!({ "add[]": ["Unknown parameter."] })),
        ("add=%00", json!({ "add": choice("\0") })),
    ] {
        let refused = alice.request("POST", format!("/api/messages/{id}/tags/?{query}")).send().expect(400);
        assert_eq!(refused.json(), errors, "{query}");
    }
    let many = format!("/api/messages/{id}/tags/?add=pinned{}", "&add=pinned".repeat(1000));
    alice.request("POST", many).send().expect(400);
    let evil = alice.request("POST", format!("/api/messages/{id}/tags/?add=pinned"));
    evil.header("Origin", "https://evil.example").send().expect(403);
    alice.get(format!("/api/messages/{id}/tags/?add=pinned")).expect(405);
    // Without the setting, users may set no tag.
    let plain = actix_messages::MessagesConfig::new(std::sync::Arc::clone(&store.store), crate::support::by_header);
    let endpoints = actix_messages::Endpoints::default().with(actix_messages::Endpoint::Tags);
    let server = crate::support::Server::start(move || {
        actix_web::App::new().app_data(plain.clone()).service(endpoints.at("/messages"))
    });
    let client = server.client();
    let call = client.request("POST", format!("/messages/{id}/tags/?add=pinned")).header("x-user", "alice");
    call.send().expect(400);
    assert_eq!(tags(&alice, id), json!(["order"]));
}

fn messages_of_others_are_not_found(store: &TestStore) {
    let app = TestApp::new(store);
    let id = app.user("bob").add(20, "to bob");
    let alice = app.user("alice");
    for id in [id.to_string(), "1".into(), "99999999999999999999".into(), "x".into()] {
        alice.request("POST", format!("/api/messages/{id}/tags/?add=pinned")).send().expect(404);
    }
    assert_eq!(wait(store.mailbox("bob").all().tagged("pinned").count()).unwrap(), 0);
}

fn access_sees_the_message(store: &TestStore) {
    let app = TestApp::with(store, |messages| {
        messages.access(Access::check(|asked: &AccessRequest<'_>| {
            asked.action != Action::ChangeTags || asked.message.is_none_or(|message| message.level < 40.into())
        }))
    });
    let alice = app.user("alice");
    let [low, high] = [20, 40].map(|level| alice.add(level, "text"));
    post(&alice, &format!("{low}/tags/?add=pinned"));
    alice.request("POST", format!("/api/messages/{high}/tags/?add=pinned")).send().expect(403);
    assert_eq!(tags(&alice, high), json!([]));
}

fn too_many_tags_are_refused(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let full = (0..100).map(|number| number.to_string()).collect::<Vec<_>>();
    let id = alice.add_tagged(20, "one", &full.iter().map(String::as_str).collect::<Vec<_>>());
    let refused = alice.request("POST", format!("/api/messages/{id}/tags/?add=pinned")).send().expect(400).json();
    assert!(refused.to_string().contains("at most 100 tags"), "{refused}");
    assert_eq!(tags(&alice, id).as_array().unwrap().len(), 100);
}

fn other_windows_are_told(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "one");
    let mut windows = [(); 2].map(|()| EventSource::open(&alice, "/api/messages/stream/").expect(200));
    for window in &mut windows {
        window.expect_event("summary");
    }
    for query in ["add=pinned", "remove=pinned"] {
        post(&alice, &format!("{id}/tags/?{query}"));
        for window in &mut windows {
            assert_eq!(window.expect_event("tagged"), json!({ "ids": [id] }));
        }
        // The second request changes nothing.
        post(&alice, &format!("{id}/tags/?{query}"));
    }
    for window in &mut windows {
        window.expect_silence();
    }
}
