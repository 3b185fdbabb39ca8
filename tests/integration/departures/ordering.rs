//! Orders: each is total, and the same on every store.

use actix_messages::settings::AfterReading;

use crate::support::{Client, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    equal_keys_are_broken_by_newest_first,
    unread_messages_come_first_where_the_time_of_reading_ascends,
    names_that_are_no_keys_are_skipped,
}

/// Adds the messages `a` to `f`, with the levels 20 and 30 in turn. Then reads `b`, and `a` after it.
fn write(store: &TestStore, client: &Client) {
    for (text, level) in ["a", "b", "c", "d", "e", "f"].iter().zip([20, 30].into_iter().cycle()) {
        client.add(level, text);
    }
    for text in ["b", "a"] {
        let marked = wait(store.mailbox("alice").all().containing(text).mark_read()).unwrap();
        assert_eq!(marked.len(), 1);
    }
}

/// Asserts that each value of `ordering` lists the messages in this order.
#[track_caller]
fn assert_orders(store: &TestStore, orders: &[(&str, &str)]) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Nothing));
    let alice = app.user("alice");
    write(store, &alice);
    for (ordering, expected) in orders {
        let listed = alice.texts(&format!("/messages/?ordering={ordering}")).concat();
        assert_eq!(listed, *expected, "{ordering}");
    }
}

fn equal_keys_are_broken_by_newest_first(store: &TestStore) {
    let orders = [
        ("", "fedcba"),
        ("level", "ecafdb"),
        ("-level", "fdbeca"),
        ("level,created", "acebdf"),
        ("-level,read_at", "fdbeca"),
        ("-level,-read_at", "bfdaec"),
    ];
    assert_orders(store, &orders);
}

fn unread_messages_come_first_where_the_time_of_reading_ascends(store: &TestStore) {
    let alone = [("read_at", "fedcba"), ("-read_at", "abfedc")];
    let before_others = [("read_at,created", "cdefba"), ("-read_at,level", "abecfd")];
    assert_orders(store, &[alone, before_others].concat());
}

fn names_that_are_no_keys_are_skipped(store: &TestStore) {
    let unknown = ["nonsense", "id", "-message", "--level", "Level", "%2Blevel", ",,,", "%00", "level;created"];
    let mut orders = unknown.map(|ordering| (ordering, "fedcba")).to_vec();
    orders.extend([("nonsense,created", "abcdef"), ("created,-created", "abcdef")]);
    assert_orders(store, &orders);
}
