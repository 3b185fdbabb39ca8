//! The mailbox of a visitor: private, bounded, and created by the first message.

use actix_messages::settings::{Access, Visitors};
use serde_json::Value;

use super::cause;
use crate::support::{Client, TestApp, TestStore, on_every_store};

on_every_store! {
    a_visitor_reads_over_rest_what_was_said_to_them,
    a_visitor_reads_in_a_handler_what_was_said_to_them,
    a_visitor_sees_nobody_elses,
    a_user_does_not_see_what_a_visitor_sees,
    reading_makes_no_session,
    what_is_not_stored_makes_no_session,
    the_oldest_go_where_there_are_too_many,
    a_mailbox_may_be_bounded_at_nothing,
    users_have_a_bound_of_their_own,
    visitors_may_be_forgotten,
    visitors_may_be_kept_out,
}

const COOKIE: &str = "sessionid";

fn a_visitor_reads_over_rest_what_was_said_to_them(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    let [one, two] = ["one", "two"].map(|text| visitor.add(20, text));
    assert!(one < two);
    assert_eq!(visitor.unread(), 2);
    assert_eq!(visitor.get(format!("/messages/{one}/")).expect(200).json()["message"], "one");
    assert_eq!(visitor.unread(), 1);
    visitor.delete(format!("/messages/{two}/")).expect(403);
    assert_eq!(visitor.texts("/messages/"), ["two", "one"]);
    visitor.delete(format!("/messages/{two}/")).expect(204);
    assert_eq!(visitor.texts("/messages/"), ["one"]);
}

fn a_visitor_reads_in_a_handler_what_was_said_to_them(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    visitor.add(20, "A note for a visitor.");
    let page = || String::from_utf8(visitor.get("/classic").expect(200).body).unwrap();
    assert!(page().contains("A note for a visitor."));
    assert!(!page().contains("A note for a visitor."), "the page shows the message once");
    assert_eq!(visitor.texts("/messages/"), ["A note for a visitor."]);
}

fn a_visitor_sees_nobody_elses(store: &TestStore) {
    let app = TestApp::new(store);
    let [one, other] = [app.visitor(), app.visitor()];
    let id = one.add(20, "for one");
    other.add(20, "for the other");
    assert_eq!(other.texts("/messages/"), ["for the other"]);
    other.get(format!("/messages/{id}/")).expect(404);
    assert_eq!(one.texts("/messages/"), ["for one"]);
    other.delete(format!("/messages/{id}/")).expect(404);
    assert_eq!(one.texts("/messages/"), ["for one"]);
    assert!(app.visitor().texts("/messages/").is_empty());
}

fn a_user_does_not_see_what_a_visitor_sees(store: &TestStore) {
    let app = TestApp::new(store);
    let [visitor, alice] = [app.visitor(), app.user("alice")];
    visitor.add(20, "for a visitor");
    let id = alice.add(20, "for alice");
    assert_eq!(alice.texts("/messages/"), ["for alice"]);
    assert_eq!(visitor.texts("/messages/"), ["for a visitor"]);
    visitor.get(format!("/messages/{id}/")).expect(404);
    alice.sign_out();
    assert!(alice.texts("/messages/").is_empty());
}

#[track_caller]
fn assert_no_session(visitor: &Client, response: &crate::support::Response) {
    assert_eq!(response.header("set-cookie"), None);
    assert_eq!(visitor.cookie(COOKIE), None);
}

fn reading_makes_no_session(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    for (method, path) in [
        ("GET", "/messages/"),
        ("HEAD", "/messages/"),
        ("GET", "/messages/peek/"),
        ("GET", "/messages/1/"),
        ("DELETE", "/messages/1/"),
        ("GET", "/classic"),
        ("GET", "/demo/user"),
    ] {
        let response = visitor.request(method, path).send();
        assert!([200, 404].contains(&response.status), "{method} {path}");
        assert_no_session(&visitor, &response);
    }
    visitor.add(20, "now");
    let session = visitor.cookie(COOKIE).unwrap();
    assert_eq!(visitor.get("/messages/").header("set-cookie"), None);
    assert_eq!(visitor.cookie(COOKIE), Some(session));
}

fn what_is_not_stored_makes_no_session(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    for (level, text, status) in [(20, String::new(), 201), (10, "low".into(), 201), (20, "a".repeat(1025), 400)] {
        let response = cause(&visitor, level, &text).expect(status);
        assert_no_session(&visitor, &response);
    }
    assert_eq!(visitor.get("/messages/").json()["count"], 0);
}

fn the_oldest_go_where_there_are_too_many(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.visitors(Visitors::Keep { at_most: 3 }));
    let [visitor, another] = [app.visitor(), app.visitor()];
    another.add(20, "another's");
    for text in ["one", "two", "three"] {
        visitor.add(20, text);
    }
    assert_eq!(visitor.texts("/messages/?limit=2"), ["three", "two"]);
    visitor.add(20, "four");
    assert_eq!(visitor.texts("/messages/"), ["four", "three", "two"], "the oldest message goes, read or not");
    visitor.add(20, "five");
    assert_eq!(visitor.texts("/messages/"), ["five", "four", "three"]);
    assert_eq!(another.texts("/messages/"), ["another's"]);
}

fn a_mailbox_may_be_bounded_at_nothing(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.visitors(Visitors::Keep { at_most: 0 }));
    let visitor = app.visitor();
    cause(&visitor, 20, "one").expect(201);
    assert!(visitor.texts("/messages/").is_empty());
}

fn users_have_a_bound_of_their_own(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.visitors(Visitors::Keep { at_most: 1 }));
    let alice = app.user("alice");
    alice.add(20, "one");
    alice.add(20, "two");
    assert_eq!(alice.texts("/messages/"), ["two", "one"]);
}

fn visitors_may_be_forgotten(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.visitors(Visitors::Forget));
    let visitor = app.visitor();
    let response = cause(&visitor, 20, "one").expect(201);
    assert!(response.json()["id"].is_i64(), "the message exists until the end of the request");
    assert_no_session(&visitor, &response);
    assert!(visitor.texts("/messages/").is_empty());
    visitor.sign_in("alice");
    assert!(visitor.texts("/messages/").is_empty());
    visitor.add(20, "two");
    assert_eq!(visitor.texts("/messages/"), ["two"]);
}

fn visitors_may_be_kept_out(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.access(Access::SignedIn));
    let visitor = app.visitor();
    let id = visitor.add(20, "one");
    for (method, path) in [
        ("GET", "/messages/".to_owned()),
        ("GET", "/messages/peek/".to_owned()),
        ("GET", format!("/messages/{id}/")),
        ("DELETE", format!("/messages/{id}/")),
    ] {
        let refused = visitor.request(method, path).send().expect(403).json();
        assert_eq!(refused["detail"], Value::from("Authentication credentials were not provided."));
    }
    visitor.sign_in("alice");
    assert_eq!(visitor.texts("/messages/"), ["one"], "handlers can still add messages for visitors");
}
