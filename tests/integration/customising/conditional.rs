//! Conditional requests: a client that already has the response gets 304 without a body.

use actix_messages::{MessagesConfig, settings::AfterReading};
use serde_json::Value;

use super::{Site, User};
use crate::support::{Response, TestStore, on_every_store, wait};

on_every_store! {
    each_answer_has_a_tag_and_says_who_may_keep_it,
    who_has_the_answer_is_told_so_and_nothing_is_marked,
    a_tag_is_compared_as_rfc_9110_says,
    the_tag_changes_with_the_messages,
    nothing_is_deleted_where_nothing_is_sent,
    what_is_not_there_has_no_tag,
    a_tag_is_known_although_a_server_has_added_a_coding,
}

fn unchanged(messages: MessagesConfig) -> MessagesConfig {
    messages
}

fn known(user: &User, method: &str, target: &str, tags: &str) -> Response {
    user.send(method, target, &[("if-none-match", tags)])
}

/// The `ETag` of the target. A HEAD request marks nothing as read.
#[track_caller]
fn tag(user: &User, target: &str) -> String {
    user.send("HEAD", target, &[]).expect(200).header("etag").unwrap().to_owned()
}

fn each_answer_has_a_tag_and_says_who_may_keep_it(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let id = alice.add("text");
    let one = format!("/messages/{id}/");
    for target in ["/messages/", "/messages/peek/", &one] {
        let tag = tag(alice, target);
        assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
        assert_eq!(alice.send("HEAD", target, &[]).body, b"");
    }
    let shown = tag(alice, &one);
    assert_eq!(alice.get(&one).header("etag"), Some(&*shown), "the tag must describe the body that is sent");
    for (method, target, headers, status) in [
        ("GET", "/messages/", ("x", "x"), 200),
        ("GET", "/messages/peek/", ("x", "x"), 200),
        ("GET", &*one, ("x", "x"), 200),
        ("HEAD", "/messages/", ("x", "x"), 200),
        ("OPTIONS", "/messages/", ("x", "x"), 200),
        ("POST", "/messages/read/", ("x", "x"), 200),
        ("GET", "/messages/", ("if-none-match", "*"), 304),
        ("GET", "/messages/?unread=x", ("x", "x"), 400),
        ("POST", "/messages/read/?x=1", ("x", "x"), 400),
        ("POST", "/messages/read/", ("origin", "https://evil.example"), 403),
        ("GET", "/messages/1/", ("x", "x"), 404),
        ("GET", "/messages/what/is/this", ("x", "x"), 404),
        ("PUT", "/messages/", ("x", "x"), 405),
        ("GET", "/messages/", ("accept", "text/html"), 406),
        ("DELETE", &*one, ("x", "x"), 204),
    ] {
        let answer = alice.send(method, target, &[headers]).expect(status);
        assert_eq!(answer.header("vary"), Some("Accept, Cookie"), "{method} {target}");
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{method} {target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {target}");
    }
}

fn who_has_the_answer_is_told_so_and_nothing_is_marked(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let id = alice.add_numbers(2)[0];
    for target in ["/messages/", "/messages/?limit=1", "/messages/peek/", &format!("/messages/{id}")] {
        let tag = tag(alice, target);
        for method in ["GET", "HEAD"] {
            let answer = known(alice, method, target, &tag).expect(304);
            assert_eq!((answer.header("etag"), answer.body.len()), (Some(&*tag), 0), "{method} {target}");
            assert_eq!(answer.header("content-type"), None);
        }
        assert_eq!(alice.unread(), "2, 1", "{target}");
    }
    let list = tag(alice, "/messages/");
    known(alice, "GET", "/messages/", "\"other\"").expect(200);
    assert_eq!(alice.unread(), "", "the messages in the response are read");
    known(alice, "GET", "/messages/", &list).expect(200);
}

fn a_tag_is_compared_as_rfc_9110_says(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages.after_reading(AfterReading::Nothing)).user("alice");
    alice.add("text");
    let weak = tag(alice, "/messages/");
    let strong = weak.strip_prefix("W/").unwrap();
    for (tags, status) in [
        (weak.clone(), 304),
        (strong.to_owned(), 304),
        ("*".into(), 304),
        (format!("\"other\", {weak}"), 304),
        (format!("W/\"other\",{strong},\"more\""), 304),
        ("\"other\"".into(), 200),
        ("W/\"\"".into(), 200),
        (String::new(), 200),
        (strong.trim_matches('"').to_owned(), 200),
        ("nonsense, \"".into(), 200),
    ] {
        assert_eq!(known(alice, "GET", "/messages/", &tags).status, status, "{tags}");
    }
    let other = format!("/messages/?search=text&limit={}", 5);
    assert_eq!(known(alice, "GET", &other, &weak).status, 304, "another query with the same response has the same tag");
}

fn the_tag_changes_with_the_messages(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let mut tags = Vec::new();
    let mut note = |what: &str| {
        let now = ["/messages/", "/messages/peek/"].map(|target| tag(alice, target));
        for (now, before) in now.iter().zip(&tags) {
            assert_ne!(now, before, "{what}");
        }
        tags = now.to_vec();
    };
    note("empty");
    let id = alice.add("first");
    note("added");
    alice.add("second");
    note("added another");
    let one = format!("/messages/{id}/");
    let before = tag(alice, &one);
    alice.get(&one).expect(200);
    note("read");
    assert_ne!(tag(alice, &one), before);
    known(alice, "GET", &one, &before).expect(200);
    assert_eq!(alice.change("POST", &format!("{one}unread/")), 1);
    note("unread again");
    assert_eq!(tag(alice, &one), before, "the message is as it was before");
    assert_eq!(alice.change("POST", "/messages/read/"), 2);
    note("all read");
    let list = tag(alice, "/messages/");
    alice.send("DELETE", &one, &[]).expect(204);
    assert_ne!(tag(alice, "/messages/"), list);
    let shown: Value = known(alice, "GET", "/messages/", &list).expect(200).json();
    assert_eq!(shown["count"], 1);
    let again = alice.get("/messages/").expect(200);
    known(alice, "GET", "/messages/", again.header("etag").unwrap()).expect(304);
}

fn nothing_is_deleted_where_nothing_is_sent(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages.after_reading(AfterReading::Delete)).user("alice");
    let id = alice.add_numbers(2)[0];
    let one = format!("/messages/{id}/");
    known(alice, "GET", "/messages/", "*").expect(304);
    known(alice, "GET", "/messages/", &tag(alice, "/messages/")).expect(304);
    known(alice, "GET", &one, &tag(alice, &one)).expect(304);
    assert_eq!(alice.unread(), "2, 1");
    known(alice, "GET", &one, "\"other\"").expect(200);
    assert_eq!(wait(alice.mailbox.all().list()).unwrap().to_string(), "2");
}

fn what_is_not_there_has_no_tag(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    let id = alice.add("text");
    for (target, status) in [("/messages/1/", 404), ("/messages/?unread=x", 400), ("/messages/x/", 404)] {
        assert_eq!(known(alice, "GET", target, "*").expect(status).header("etag"), None, "{target}");
    }
    let filtered = format!("/messages/{id}/?level=40");
    known(alice, "GET", &filtered, "*").expect(404);
    assert_eq!(alice.unread(), "text");
}

/// Apache's `mod_deflate` changes the tag of a response that it compresses.
fn a_tag_is_known_although_a_server_has_added_a_coding(store: &TestStore) {
    let alice = &Site::new(store, unchanged).user("alice");
    alice.add("text");
    let inner = tag(alice, "/messages/peek/").trim_start_matches("W/").trim_matches('"').to_owned();
    for coding in ["-gzip", "-br", "-zstd", ";gzip"] {
        for weak in ["W/", ""] {
            known(alice, "GET", "/messages/peek/", &format!("{weak}\"{inner}{coding}\"")).expect(304);
        }
    }
    for other in [format!("{inner}-other"), format!("{inner}gzip"), "-gzip".to_owned()] {
        known(alice, "GET", "/messages/peek/", &format!("W/\"{other}\"")).expect(200);
    }
}
