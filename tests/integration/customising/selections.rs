//! Selections: which messages a change is about.

use actix_messages::{Endpoint, Endpoints, Level, MemoryStore, MessagesConfig, NewMessage, Recipient, UnreadDeletion};
use actix_web::{
    App, HttpRequest,
    http::Method,
    test::{TestRequest, call_service, init_service},
};
use serde_json::json;

use super::{Site, User};
use crate::support::{Connection, TestStore, on_every_store, wait, with_query};

on_every_store! {
    a_selection_is_narrowed_by_filters,
    a_selection_is_named_by_ids,
    a_selection_is_a_message_and_what_is_older,
    what_is_unknown_or_says_nothing_changes_nothing,
    what_is_not_valid_changes_nothing,
    what_is_said_in_a_body_changes_nothing,
    a_body_in_chunks_may_be_empty,
}

const VERBS: [(&str, &str); 3] = [("POST", "/messages/read/"), ("POST", "/messages/unread/"), ("DELETE", "/messages/")];

fn any_deletion(messages: MessagesConfig) -> MessagesConfig {
    messages.unread_deletion(UnreadDeletion::Allow)
}

/// Messages 1 to 4 of the levels 20, 25, 30 and 40, of which the second has a tag.
fn four(user: &User) -> Vec<i64> {
    let levels = [("1", 20), ("2", 25), ("3", 30), ("4", 40)];
    let add = |(text, level): (&str, i32)| {
        let message = NewMessage::new(Level::new(level), text);
        let message = if text == "2" { message.tag("billing") } else { message };
        wait(user.mailbox.add(message)).unwrap().unwrap().value()
    };
    levels.map(add).to_vec()
}

/// Says what the query selects, by all verbs alike.
#[track_caller]
fn assert_selects(user: &User, query: &str, others: &str, count: u64) {
    wait(user.mailbox.all().delete()).unwrap();
    let ids = four(user);
    let query = (1..=4)
        .fold(query.to_owned(), |query, number| query.replace(&format!("#{number}"), &ids[number - 1].to_string()));
    assert_eq!(user.change("POST", &format!("/messages/read/?{query}")), count, "{query}");
    assert_eq!(user.unread(), others, "{query}");
    wait(user.mailbox.all().mark_read()).unwrap();
    assert_eq!(user.change("POST", &format!("/messages/unread/?{query}")), count, "{query}");
    assert_eq!(wait(user.mailbox.all().read().list()).unwrap().to_string(), others, "{query}");
    assert_eq!(user.change("DELETE", &format!("/messages/?{query}")), count, "{query}");
    assert_eq!(user.all(), others, "{query}");
}

fn a_selection_is_narrowed_by_filters(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    assert_selects(alice, "", "", 4);
    assert_selects(alice, "level=20", "4, 3, 2", 1);
    assert_selects(alice, "level__gte=25&level[lt]=40", "4, 1", 2);
    assert_selects(alice, "extra_tags=billing", "4, 3, 1", 1);
    assert_selects(alice, "search=3", "4, 2, 1", 1);
    assert_selects(alice, "created_after=2000-01-01&level_tag=warning", "2, 1", 2);
    assert_selects(alice, "view=nowhere", "4, 3, 2, 1", 0);
    // These mean all messages by their value, not by having none.
    assert_selects(alice, "level__lt=99999999999999999999", "", 4);
}

fn a_selection_is_named_by_ids(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    assert_selects(alice, "ids=#1", "4, 3, 2", 1);
    assert_selects(alice, "ids=#1,#3,%20#3,,1,-5,99999999999999999999999", "4, 2", 2);
    assert_selects(alice, "ids=99999999999999999999999", "4, 3, 2, 1", 0);
    assert_selects(alice, "ids=#1,#4&level=40", "3, 2, 1", 1);
    assert_selects(alice, "ids=#1,#4&up_to=#2", "4, 3, 2", 1);
}

fn a_selection_is_a_message_and_what_is_older(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    assert_selects(alice, "up_to=#3", "4", 3);
    assert_selects(alice, "up_to=#1", "4, 3, 2", 1);
    assert_selects(alice, "up_to=#4&level__gte=30", "2, 1", 2);
    assert_selects(alice, "up_to=1", "4, 3, 2, 1", 0);
    assert_selects(alice, "up_to=-99999999999999999999999", "4, 3, 2, 1", 0);
    assert_selects(alice, "up_to=99999999999999999999999", "", 4);
}

fn what_is_unknown_or_says_nothing_changes_nothing(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    alice.add("unread");
    wait(alice.mailbox.all().mark_read()).unwrap();
    alice.add("unread");
    for (name, value, problem) in [
        ("x", "1", "Unknown parameter."),
        ("id", "1", "Unknown parameter."),
        ("Ids", "1", "Unknown parameter."),
        ("ids[]", "1", "Unknown parameter."),
        ("limit", "1", "Unknown parameter."),
        ("page", "1", "Unknown parameter."),
        ("ordering", "created", "Unknown parameter."),
        ("level__around", "1", "Unknown parameter."),
        ("", "1", "Unknown parameter."),
        ("ids", "", "This parameter may not be empty."),
        ("ids", " , ,", "This parameter may not be empty."),
        ("up_to", "", "This parameter may not be empty."),
        ("level", "", "This parameter may not be empty."),
        ("level__in", ",", "This parameter may not be empty."),
        ("extra_tags", " ", "This parameter may not be empty."),
        ("view[in]", ",", "This parameter may not be empty."),
        ("search", "", "This parameter may not be empty."),
        ("search", " , ", "This parameter may not be empty."),
        ("unread", "", "This parameter may not be empty."),
        ("unread", "unknown", "This means all messages."),
        ("created_after", "", "This parameter may not be empty."),
    ] {
        for (method, path) in VERBS {
            let target = with_query(path, &[("level__gte", "20"), (name, value)]);
            let refused = alice.send(method, &target, &[]).expect(400);
            assert_eq!(refused.json(), json!({ name: [problem] }), "{method} {target}");
        }
    }
    let refused = alice.send("DELETE", "/messages/?x=1&ids=&x=2&y", &[]).expect(400);
    let (unknown, empty) = (["Unknown parameter."], ["This parameter may not be empty."]);
    let once = serde_json::to_vec(&json!({ "x": unknown, "ids": empty, "y": unknown })).unwrap();
    assert_eq!(refused.body, once, "each name once");
    assert_eq!((alice.unread(), alice.all()), ("unread".into(), "unread, unread".into()));
}

fn what_is_not_valid_changes_nothing(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    alice.add("text");
    let too_many = vec!["1"; 101].join(",");
    for (name, value, problem) in [
        ("ids", "x", "Enter a number."),
        ("ids", "1,x", "Enter a number."),
        ("ids", "1.5", "Enter a number."),
        ("ids", &too_many, "Ensure this list has at most 100 values (it has 101)."),
        ("up_to", "x", "Enter a number."),
        ("up_to", "1,2", "Enter a number."),
        ("up_to", " ", "Enter a number."),
        ("level", "x", "Enter a number."),
        ("unread", "x", "Select a valid choice. x is not one of the available choices."),
    ] {
        for (method, path) in VERBS {
            let refused = alice.send(method, &with_query(path, &[(name, value)]), &[]).expect(400);
            assert_eq!(refused.json(), json!({ name: [problem] }), "{method} {name}={value}");
        }
    }
    assert_eq!((alice.unread(), alice.all()), ("text".into(), "text".into()));
}

fn what_is_said_in_a_body_changes_nothing(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    let id = alice.add("text");
    alice.add("another");
    for (method, path) in VERBS {
        let call = alice.client.request(method, path).header("x-user", "alice").json(&json!({ "ids": [id] }));
        let refused = call.send().expect(400).json();
        assert_eq!(refused, json!({ "body": ["Bodies are not read: parameters say what is meant."] }));
    }
    assert_eq!((alice.unread(), alice.all()), ("another, text".into(), "another, text".into()));
}

/// Some clients and proxies send a body of unknown length that turns out to be empty.
fn a_body_in_chunks_may_be_empty(store: &TestStore) {
    let site = Site::new(store, any_deletion);
    let alice = &site.user("alice");
    alice.add("text");
    let send = |(method, path): (&str, &str), chunks: &str| {
        let head = format!("{method} {path} HTTP/1.1\r\nHost: a\r\nX-User: {}\r\n", alice.name);
        let request = format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n");
        Connection::to(alice.client.address()).send(request.as_bytes()).unwrap()
    };
    for verb in VERBS {
        send(verb, "1\r\n{\r\n").expect(400);
        assert_eq!(alice.all(), "text");
        assert_eq!(send(verb, "").expect(200).json(), json!({ "count": 1 }), "{verb:?}");
    }
    assert_eq!(alice.all(), "");
}

/// As over HTTP/2, where a body needs no length.
#[actix_web::test]
async fn a_body_that_nothing_announces_changes_nothing() {
    let who = |_: &HttpRequest| Recipient::user("alice").ok();
    let messages = any_deletion(MessagesConfig::new(MemoryStore::new(), who));
    let mailbox = messages.mailbox(Recipient::user("alice").unwrap());
    mailbox.add_all(["read", "unread"].map(|text| NewMessage::new(Level::INFO, text))).await.unwrap();
    mailbox.all().containing("unread").mark_read().await.unwrap();
    let before = mailbox.all().list().await.unwrap();
    let endpoints = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion).at("/messages");
    let app = init_service(App::new().app_data(messages).service(endpoints)).await;
    let send = async |method: &str, path: &str, body: &'static str| {
        let request = TestRequest::with_uri(path).method(method.parse::<Method>().unwrap()).set_payload(body);
        call_service(&app, request.to_request()).await.status().as_u16()
    };
    for (method, path) in VERBS {
        assert_eq!(send(method, path, "{\"ids\": [1]}").await, 400, "{method} {path}");
        assert!(before.iter().eq(&mailbox.all().list().await.unwrap()));
    }
    for (method, path) in VERBS {
        assert_eq!(send(method, path, "").await, 200, "{method} {path}");
    }
    assert!(mailbox.all().is_empty().await.unwrap());
}
