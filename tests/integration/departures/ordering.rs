//! Orders: complete, and the same on every store.

use actix_messages::AfterReading;

use crate::support::{Client, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    equal_keys_are_broken_by_newest_first,
    unread_messages_come_first_where_the_time_of_reading_ascends,
    names_that_are_no_keys_are_skipped,
}

/// Messages `a` to `f` in the order of their creation: levels 20 and 30 in turn, `b` read before `a`.
fn write(store: &TestStore, client: &Client) {
    for (text, level) in ["a", "b", "c", "d", "e", "f"].iter().zip([20, 30].into_iter().cycle()) {
        client.add(level, text);
    }
    for text in ["b", "a"] {
        let marked = wait(store.mailbox("alice").all().containing(text).mark_read()).unwrap();
        assert_eq!(marked.len(), 1);
    }
}

#[track_caller]
fn order(client: &Client, ordering: &str) -> String {
    client.texts(&format!("/messages/?ordering={ordering}")).concat()
}

fn equal_keys_are_broken_by_newest_first(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Nothing));
    let alice = app.user("alice");
    write(store, &alice);
    assert_eq!(order(&alice, ""), "fedcba");
    assert_eq!(order(&alice, "level"), "ecafdb");
    assert_eq!(order(&alice, "-level"), "fdbeca");
    assert_eq!(order(&alice, "level,created"), "acebdf");
    assert_eq!(order(&alice, "-level,read_at"), "fdbeca");
    assert_eq!(order(&alice, "-level,-read_at"), "bfdaec");
}

fn unread_messages_come_first_where_the_time_of_reading_ascends(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Nothing));
    let alice = app.user("alice");
    write(store, &alice);
    assert_eq!(order(&alice, "read_at"), "fedcba");
    assert_eq!(order(&alice, "-read_at"), "abfedc");
    assert_eq!(order(&alice, "read_at,created"), "cdefba");
    assert_eq!(order(&alice, "-read_at,level"), "abecfd");
}

fn names_that_are_no_keys_are_skipped(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Nothing));
    let alice = app.user("alice");
    write(store, &alice);
    for ordering in ["nonsense", "id", "-message", "--level", "Level", "%2Blevel", ",,,", "%00", "level;created"] {
        assert_eq!(order(&alice, ordering), "fedcba", "{ordering}");
    }
    assert_eq!(order(&alice, "nonsense,created"), "abcdef");
    assert_eq!(order(&alice, "created,-created"), "abcdef");
}
