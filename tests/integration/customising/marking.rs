//! Explicit marking, and deletion of several messages.

use actix_messages::{
    MessagesConfig,
    settings::{AfterReading, UnreadDeletion},
};
use serde_json::json;

use super::Site;
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    one_message_is_marked_and_counted,
    all_messages_are_marked_where_nothing_narrows_them,
    a_message_that_is_not_there_is_not_found,
    many_are_deleted_but_not_what_is_unread,
    unread_messages_are_deleted_where_that_is_allowed,
    no_get_marks_where_reading_is_marked_on_purpose,
    messages_of_others_are_not_touched,
    another_site_changes_nothing,
}

fn unchanged(messages: MessagesConfig) -> MessagesConfig {
    messages
}

fn one_message_is_marked_and_counted(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let ids = alice.add_numbers(2);
    for slash in ["", "/"] {
        let (read, unread) =
            (format!("/messages/{}/read{slash}", ids[0]), format!("/messages/{}/unread{slash}", ids[0]));
        assert_eq!(alice.change("POST", &read), 1);
        assert_eq!(alice.unread(), "2");
        assert_eq!(alice.change("POST", &read), 0, "the message was already read");
        assert_eq!(alice.change("POST", &unread), 1);
        assert_eq!(alice.unread(), "2, 1");
        assert_eq!(alice.change("POST", &unread), 0, "the message was already unread");
    }
    let one = format!("/messages/{}/", ids[0]);
    assert_eq!(alice.change("POST", &format!("{one}read/?unread=true&level=20")), 1);
    let read_at = alice.get(&one).json()["read_at"].clone();
    assert!(read_at.is_string());
    assert_eq!(alice.change("POST", &format!("{one}read/")), 0);
    assert_eq!(alice.get(&one).json()["read_at"], read_at, "a second mark must not change `read_at`");
}

fn all_messages_are_marked_where_nothing_narrows_them(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    assert_eq!(alice.change("POST", "/messages/read/"), 0);
    alice.add_numbers(12);
    assert_eq!(alice.change("POST", "/messages/read/"), 12, "the page size must not limit the selection");
    assert_eq!(alice.change("POST", "/messages/read"), 0);
    assert_eq!(alice.unread(), "");
    assert_eq!(alice.change("POST", "/messages/unread/?"), 12);
    assert_eq!(alice.change("POST", "/messages/unread"), 0);
}

fn a_message_that_is_not_there_is_not_found(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let id = alice.add("text");
    for verb in ["read", "unread"] {
        for (target, detail) in [
            ("1".to_owned(), "No Message matches the given query."),
            ("99999999999999999999".into(), "No Message matches the given query."),
            ("x".into(), "Not found."),
            ("01".into(), "Not found."),
        ] {
            let answer = alice.send("POST", &format!("/messages/{target}/{verb}/"), &[]).expect(404);
            assert_eq!(answer.json(), json!({ "detail": detail }), "{target}");
        }
        let filtered = alice.send("POST", &format!("/messages/{id}/{verb}/?level__gt=20"), &[]).expect(404);
        assert_eq!(filtered.json()["detail"], "No Message matches the given query.");
        let unknown = alice.send("POST", &format!("/messages/{id}/{verb}/?x=1"), &[]).expect(400);
        assert_eq!(unknown.json(), json!({ "x": ["Unknown parameter."] }));
    }
    assert_eq!(alice.unread(), "text");
}

fn many_are_deleted_but_not_what_is_unread(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let ids = alice.add_numbers(5);
    assert_eq!(alice.change("DELETE", "/messages/"), 0, "unread messages are not deleted");
    assert_eq!(alice.change("POST", &format!("/messages/read/?up_to={}", ids[3])), 4);
    assert_eq!(alice.change("DELETE", "/messages/?unread=true"), 0);
    assert_eq!(alice.change("DELETE", &format!("/messages?ids={},{}", ids[3], ids[4])), 1);
    assert_eq!(alice.all(), "5, 3, 2, 1");
    assert_eq!(alice.change("DELETE", &format!("/messages/?up_to={}", ids[1])), 2);
    assert_eq!(alice.change("DELETE", "/messages/"), 1);
    assert_eq!(alice.all(), "5");
}

fn unread_messages_are_deleted_where_that_is_allowed(store: &TestStore) {
    let allowed = |messages: MessagesConfig| messages.unread_deletion(UnreadDeletion::Allow);
    let alice = &Site::new(store, allowed).user("alice");
    let ids = alice.add_numbers(4);
    wait(alice.mailbox.all().narrow(|filter| filter.with_text("4")).mark_read()).unwrap();
    assert_eq!(alice.change("DELETE", "/messages/?unread=false"), 1);
    assert_eq!(alice.change("DELETE", &format!("/messages/?ids={}", ids[0])), 1);
    assert_eq!(alice.all(), "3, 2");
    assert_eq!(alice.change("DELETE", "/messages"), 2);
    assert_eq!(alice.all(), "");
}

fn no_get_marks_where_reading_is_marked_on_purpose(store: &TestStore) {
    let on_purpose = |messages: MessagesConfig| messages.after_reading(AfterReading::Nothing);
    let alice = &Site::new(store, on_purpose).user("alice");
    let id = alice.add_numbers(2)[0];
    for target in ["/messages/", "/messages/?unread=true", "/messages/peek/", &format!("/messages/{id}/")] {
        let first = alice.get(target).expect(200);
        assert_eq!(alice.get(target).expect(200).body, first.body);
        alice.send("GET", target, &[("if-none-match", first.header("etag").unwrap())]).expect(304);
    }
    assert_eq!(alice.unread(), "2, 1");
    assert_eq!(alice.change("POST", &format!("/messages/{id}/read/")), 1);
    assert_eq!(alice.unread(), "2");
    assert!(alice.get(&format!("/messages/{id}/")).json()["read_at"].is_string());
}

fn messages_of_others_are_not_touched(store: &TestStore) {
    let site = Site::new(store, |messages| messages.unread_deletion(UnreadDeletion::Allow));
    let (alice, bob) = (&site.user("alice"), &site.user("bob"));
    alice.add("alice's");
    let bobs = bob.add("bob's");
    for (method, target) in [
        ("POST", format!("/messages/{bobs}/read/")),
        ("POST", format!("/messages/{bobs}/unread/")),
        ("DELETE", format!("/messages/{bobs}/")),
    ] {
        alice.send(method, &target, &[]).expect(404);
    }
    for query in [String::new(), format!("?ids={bobs}"), format!("?up_to={bobs}"), "?level=20".into()] {
        for (method, path) in [("POST", "/messages/read/"), ("POST", "/messages/unread/"), ("DELETE", "/messages/")] {
            alice.change(method, &format!("{path}{query}"));
            // An anonymous client has no messages to change.
            let nobody = site.server.client().request(method, format!("{path}{query}")).send().expect(200);
            assert_eq!(nobody.json(), json!({ "count": 0 }));
        }
    }
    assert_eq!((alice.all(), bob.unread()), (String::new(), "bob's".into()));
}

fn another_site_changes_nothing(store: &TestStore) {
    let site = Site::new(store, |messages| messages.trusted_origin("https://app.example"));
    let alice = &site.user("alice");
    let id = alice.add("text");
    let requests = [
        ("POST", "/messages/read/".to_owned()),
        ("POST", "/messages/unread/".into()),
        ("POST", format!("/messages/{id}/read/")),
        ("POST", format!("/messages/{id}/unread/")),
        ("DELETE", "/messages/".into()),
    ];
    for (method, target) in &requests {
        for from in [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("origin", "null")] {
            let refused = alice.send(method, target, &[from]).expect(403);
            assert_eq!(refused.json(), json!({ "detail": "Cross-site request refused." }));
        }
    }
    assert_eq!((alice.unread(), alice.all()), ("text".into(), "text".into()));
    for (method, target) in &requests {
        alice.send(method, target, &[("origin", "https://app.example")]).expect(200);
    }
}
