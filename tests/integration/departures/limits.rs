//! Limits of a message: one beyond them is refused with a clear error before it gets to the store.

use actix_messages::{Error, MessageId, NewMessage};
use serde_json::{Value, json};

use crate::support::{TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_message_is_at_most_1024_characters,
    a_tag_is_at_most_128_characters,
    a_message_has_at_most_100_tags_of_4096_characters,
    a_view_is_at_most_64_characters,
    nul_is_nowhere,
    a_query_has_at_most_1000_parameters,
}

fn message(text: &str, tags: &[&str]) -> Value {
    json!({ "level": 20, "message": text, "extra_tags": tags })
}

fn a_message_is_at_most_1024_characters(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for char in ["a", "ä", "🔔"] {
        let longest = char.repeat(1024);
        alice.post("/demo/messages", &message(&longest, &[])).expect(201);
        assert_eq!(alice.texts("/messages/?limit=1"), [longest]);
        let refused = alice.post("/demo/messages", &message(&char.repeat(1025), &[])).expect(400).json();
        assert_eq!(refused, json!({ "message": ["Ensure this value has at most 1024 characters (it has 1025)."] }));
    }
    assert_eq!(alice.get("/messages/").json()["count"], 3);
}

fn a_tag_is_at_most_128_characters(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let longest = "ü".repeat(128);
    alice.post("/demo/messages", &message("text", &["a", &longest])).expect(201);
    assert_eq!(alice.get("/messages/").json()["results"][0]["extra_tags"], json!(["a", longest]));
    let refused = alice.post("/demo/messages", &message("text", &["a", &"ü".repeat(129)])).expect(400).json();
    assert_eq!(refused, json!({ "extra_tags": ["Ensure this value has at most 128 characters (it has 129)."] }));
    let refused = alice.post("/demo/messages", &message("text", &[""])).expect(400).json();
    assert_eq!(refused, json!({ "extra_tags": ["This field may not be blank."] }));
    assert_eq!(alice.get("/messages/").json()["count"], 1);
}

fn a_message_has_at_most_100_tags_of_4096_characters(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add_tagged(20, "text", &["a"; 100]);
    let refused = alice.post("/demo/messages", &message("text", &["a"; 101])).expect(400).json();
    let problem = "Ensure this list has at most 100 tags (it has 101).";
    assert_eq!(refused, json!({ "extra_tags": [problem] }));
    assert_eq!(alice.get("/messages/").json()["count"], 1);

    let mailbox = store.mailbox("alice");
    let id = MessageId::new(id);
    let Err(Error::Invalid(refused)) = wait(mailbox.add_tags(id, ["b"])) else { panic!("101 tags were accepted") };
    assert_eq!((refused.field(), &*refused.problem().to_string()), ("extra_tags", problem));
    assert!(matches!(wait(mailbox.replace_tags(id, ["b"; 101])), Err(Error::Invalid(again)) if again == refused));
    assert_eq!(wait(mailbox.all().first()).unwrap().unwrap().tags, ["a"; 100]);
    assert!(wait(mailbox.replace_tags(id, ["b"; 99])).unwrap());
    assert!(wait(mailbox.add_tags(id, ["c"])).unwrap());

    let longest = "ö".repeat(128);
    let id = alice.add_tagged(20, "text", &[&*longest; 32]);
    let [one_more, refused] = [&["a"][..], &[&*longest; 33]].map(|tags| {
        let added = wait(mailbox.add_tags(MessageId::new(id), tags.iter().copied()));
        let Err(Error::Invalid(refused)) = added else { panic!("tags of more than 4096 characters were accepted") };
        refused.problem().to_string()
    });
    assert_eq!(one_more, "Ensure these tags have at most 4096 characters together (they have 4097).");
    assert_eq!(refused, "Ensure these tags have at most 4096 characters together (they have 4224).");
    let refused = alice.post("/demo/messages", &message("text", &[&*longest; 33])).expect(400).json();
    let problem = "Ensure these tags have at most 4096 characters together (they have 4224).";
    assert_eq!(refused, json!({ "extra_tags": [problem] }));
}

fn a_view_is_at_most_64_characters(store: &TestStore) {
    let add = |view: &str| wait(store.mailbox("alice").add(NewMessage::new(20, "text").view(view)));
    let longest = "ö".repeat(64);
    add(&longest).unwrap();
    let Err(Error::Invalid(refused)) = add(&"ö".repeat(65)) else { panic!("a view of 65 characters was accepted") };
    assert_eq!(refused.field(), "view");
    assert_eq!(refused.problem().to_string(), "Ensure this value has at most 64 characters (it has 65).");
    assert_eq!(TestApp::new(store).user("alice").get("/messages/").json()["results"][0]["view"], longest);
}

fn nul_is_nowhere(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for (field, body) in [("message", message("a\0b", &[])), ("extra_tags", message("text", &["a\0b"]))] {
        let refused = alice.post("/demo/messages", &body).expect(400).json();
        assert_eq!(refused, json!({ field: ["Null characters are not allowed."] }));
    }
    assert!(wait(store.mailbox("alice").add(NewMessage::new(20, "text").view("a\0b"))).is_err());
    assert_eq!(alice.get("/messages/").json()["count"], 0);
    for name in ["extra_tags", "extra_tags__in", "view", "view__icontains"] {
        let refused = alice.get(format!("/messages/?{name}=a%00b")).expect(400).json();
        assert_eq!(refused, json!({ name: ["Null characters are not allowed."] }));
    }
}

fn a_query_has_at_most_1000_parameters(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    let most = vec!["level=20"; 1000].join("&");
    assert_eq!(alice.get(format!("/messages/?{most}")).expect(200).json()["count"], 1);
    alice.request("POST", format!("/api/messages/unread/?{most}")).send().expect(200);
    for parameter in ["level=20", "x=1", "x", "ids=1"] {
        let problem = json!({ "detail": "Ensure the query string has at most 1000 parameters (it has 1001)." });
        for (method, path) in [
            ("GET", "/messages/"),
            ("GET", "/messages/1/"),
            ("DELETE", "/messages/1/"),
            ("DELETE", "/api/messages/"),
            ("POST", "/api/messages/read/"),
            ("POST", "/api/messages/1/read/"),
        ] {
            let refused = alice.request(method, format!("{path}?{most}&{parameter}")).send().expect(400);
            assert_eq!(refused.json(), problem, "{method} {path}");
        }
    }
    assert_eq!(alice.unread(), 1);
}
