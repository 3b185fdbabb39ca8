//! Filters that are restricted or switched off.

use actix_messages::{
    MessagesConfig, OrderKey,
    settings::{Filter, ListFilters, Lookup},
};
use serde_json::json;

use super::{Site, User, texts};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    a_list_ignores_a_filter_that_is_switched_off,
    a_change_refuses_a_filter_that_is_switched_off,
    a_filter_keeps_the_lookups_that_it_is_left,
    a_list_is_ordered_by_the_keys_that_there_are,
}

fn narrowed(filters: ListFilters) -> impl FnOnce(MessagesConfig) -> MessagesConfig {
    |messages| messages.filters(filters)
}

/// Adds an info message, and then an error message.
fn two(user: &User) {
    user.add("info");
    wait(user.mailbox.error("error")).unwrap();
}

const OFF: [(Filter, &str, &str); 11] = [
    (Filter::Unread, "unread", "false"),
    (Filter::LevelTag, "level_tag", "error"),
    (Filter::Level, "level", "20"),
    (Filter::Level, "level__gte", "x"),
    (Filter::ExtraTags, "extra_tags", "x"),
    (Filter::View, "view[contains]", "x"),
    (Filter::Read, "read_after", "2000-01-01"),
    (Filter::Read, "read_before", "nonsense"),
    (Filter::Created, "created_after", "2100-01-01"),
    (Filter::Created, "created_before", "2000-01-01"),
    (Filter::Search, "search", "x"),
];

fn a_list_ignores_a_filter_that_is_switched_off(store: &TestStore) {
    for (number, (filter, name, value)) in OFF.into_iter().enumerate() {
        let user = &Site::new(store, narrowed(ListFilters::default().without(filter))).user(&number.to_string());
        two(user);
        let list = user.send("HEAD", &format!("/messages/?{name}={value}"), &[]).expect(200);
        assert_eq!(list.header("etag"), user.send("HEAD", "/messages/", &[]).header("etag"), "{name}");
        let shown = user.get(&format!("/messages/?{name}={value}")).expect(200).json();
        assert_eq!(texts(&shown), "error, info", "{name}");
    }
}

fn a_change_refuses_a_filter_that_is_switched_off(store: &TestStore) {
    for (number, (filter, name, value)) in OFF.into_iter().enumerate() {
        let user = &Site::new(store, narrowed(ListFilters::default().without(filter))).user(&number.to_string());
        let id = user.add("text");
        for (method, path) in [
            ("POST", "/messages/read/".to_owned()),
            ("POST", "/messages/unread/".to_owned()),
            ("DELETE", "/messages/".to_owned()),
            ("POST", format!("/messages/{id}/read/")),
        ] {
            let refused = user.send(method, &format!("{path}?{name}={value}"), &[]).expect(400).json();
            assert_eq!(refused, json!({ name: ["Unknown parameter."] }), "{method} {path}");
        }
        assert_eq!(user.unread(), "text");
    }
}

fn a_filter_keeps_the_lookups_that_it_is_left(store: &TestStore) {
    let filters = ListFilters::default().only_lookups(Filter::Level, [Lookup::Gte, Lookup::In]);
    let user = &Site::new(store, narrowed(filters)).user("alice");
    two(user);
    for (query, shown) in [
        ("level__gte=40", "error"),
        ("level[gte]=40", "error"),
        ("level__in=20", "info"),
        ("level=20", "error, info"),
        ("level__exact=20", "error, info"),
        ("level__lt=x", "error, info"),
        ("level__gte=40&level__lte=20", "error"),
        ("level_tag=error", "error"),
    ] {
        assert_eq!(texts(&user.get(&format!("/messages/?{query}")).expect(200).json()), shown, "{query}");
    }
    assert_eq!(user.change("POST", "/messages/unread/?level__gte=40"), 1);
    let refused = user.send("POST", "/messages/unread/?level=20&level[lt]=30&level__in=20", &[]).expect(400).json();
    assert_eq!(refused, json!({ "level": ["Unknown parameter."], "level[lt]": ["Unknown parameter."] }));
    assert_eq!(user.unread(), "error");
}

fn a_list_is_ordered_by_the_keys_that_there_are(store: &TestStore) {
    let by_level = ListFilters::default().ordered_by([OrderKey::Level]);
    let user = &Site::new(store, narrowed(by_level)).user("alice");
    two(user);
    user.add("last");
    for (order, shown) in [
        ("level", "last, info, error"),
        ("-level", "error, last, info"),
        ("created", "last, error, info"),
        ("created,-level", "error, last, info"),
    ] {
        assert_eq!(texts(&user.get(&format!("/messages/?ordering={order}")).json()), shown, "{order}");
    }
    let user = &Site::new(store, narrowed(ListFilters::default().ordered_by([]))).user("alice");
    for order in ["level", "created", "-read_at"] {
        assert_eq!(texts(&user.get(&format!("/messages/?ordering={order}")).json()), "last, error, info", "{order}");
    }
}
