//! Selections: the messages that a change applies to.

use actix_messages::{
    Endpoint, Endpoints, Level, MemoryStore, MessagesConfig, NewMessage, Recipient, settings::UnreadDeletion,
};
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

/// Adds the messages 1 to 4 with the levels 20, 25, 30 and 40. The second has a tag.
fn four(user: &User) -> Vec<i64> {
    let levels = [("1", 20), ("2", 25), ("3", 30), ("4", 40)];
    let add = |(text, level): (&str, i32)| {
        let message = NewMessage::new(Level::new(level), text);
        let message = if text == "2" { message.tag("billing") } else { message };
        wait(user.mailbox.add(message)).unwrap().unwrap().value()
    };
    levels.map(add).to_vec()
}

/// Asserts for each line `query -> others` that each verb with this query changes all four messages except `others`.
#[track_caller]
fn assert_select(store: &TestStore, queries: &str) {
    let alice = &Site::new(store, any_deletion).user("alice");
    for line in queries.trim().lines() {
        let (query, others) = line.split_once("->").unwrap();
        let (query, others) = (query.trim(), others.trim());
        wait(alice.mailbox.all().delete()).unwrap();
        let numbered = four(alice).into_iter().zip(1..);
        let query = numbered
            .fold(query.to_owned(), |query, (id, number)| query.replace(&format!("#{number}"), &id.to_string()));
        let count = 4 - others.split(", ").filter(|text| !text.is_empty()).count() as u64;
        assert_eq!(alice.change("POST", &format!("/messages/read/?{query}")), count, "{query}");
        assert_eq!(alice.unread(), others, "{query}");
        wait(alice.mailbox.all().mark_read()).unwrap();
        assert_eq!(alice.change("POST", &format!("/messages/unread/?{query}")), count, "{query}");
        assert_eq!(wait(alice.mailbox.all().read().list()).unwrap().to_string(), others, "{query}");
        assert_eq!(alice.change("DELETE", &format!("/messages/?{query}")), count, "{query}");
        assert_eq!(alice.all(), others, "{query}");
    }
}

fn a_selection_is_narrowed_by_filters(store: &TestStore) {
    // The last query has a value, and this value selects all messages.
    let queries = "
                                                   ->
        level=20                                   -> 4, 3, 2
        level__gte=25&level[lt]=40                 -> 4, 1
        extra_tags=billing                         -> 4, 3, 1
        search=3                                   -> 4, 2, 1
        created_after=2000-01-01&level_tag=warning -> 2, 1
        view=nowhere                               -> 4, 3, 2, 1
        level__lt=99999999999999999999             ->
    ";
    assert_select(store, queries);
}

fn a_selection_is_named_by_ids(store: &TestStore) {
    let queries = "
        ids=#1                                        -> 4, 3, 2
        ids=#1,#3,%20#3,,1,-5,99999999999999999999999 -> 4, 2
        ids=99999999999999999999999                   -> 4, 3, 2, 1
        ids=#1,#4&level=40                            -> 3, 2, 1
        ids=#1,#4&up_to=#2                            -> 4, 3, 2
    ";
    assert_select(store, queries);
}

fn a_selection_is_a_message_and_what_is_older(store: &TestStore) {
    let queries = "
        up_to=#3                       -> 4
        up_to=#1                       -> 4, 3, 2
        up_to=#4&level__gte=30         -> 2, 1
        up_to=1                        -> 4, 3, 2, 1
        up_to=-99999999999999999999999 -> 4, 3, 2, 1
        up_to=99999999999999999999999  ->
    ";
    assert_select(store, queries);
}

fn what_is_unknown_or_says_nothing_changes_nothing(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    alice.add("unread");
    wait(alice.mailbox.all().mark_read()).unwrap();
    alice.add("unread");
    let unknown = ["x", "id", "Ids", "ids[]", "limit", "page", "level__around", ""].map(|name| (name, "1"));
    let unknown = unknown.into_iter().chain([("ordering", "created")]).map(|asked| (asked, "Unknown parameter."));
    let empty = ["ids", "up_to", "level", "search", "unread", "created_after"].map(|name| (name, ""));
    let blank = [("ids", " , ,"), ("level__in", ","), ("extra_tags", " "), ("view[in]", ","), ("search", " , ")];
    let empty = empty.into_iter().chain(blank).map(|asked| (asked, "This parameter may not be empty."));
    let all = [(("unread", "unknown"), "This value selects all messages.")];
    for ((name, value), problem) in unknown.chain(empty).chain(all) {
        for (method, path) in VERBS {
            let target = with_query(path, &[("level__gte", "20"), (name, value)]);
            let refused = alice.send(method, &target, &[]).expect(400);
            assert_eq!(refused.json(), json!({ name: [problem] }), "{method} {target}");
        }
    }
    let refused = alice.send("DELETE", "/messages/?x=1&ids=&x=2&y", &[]).expect(400);
    let (unknown, empty) = (["Unknown parameter."], ["This parameter may not be empty."]);
    let once = serde_json::to_vec(&json!({ "x": unknown, "ids": empty, "y": unknown })).unwrap();
    assert_eq!(refused.body, once, "each name must appear once");
    assert_eq!((alice.unread(), alice.all()), ("unread".into(), "unread, unread".into()));
}

fn what_is_not_valid_changes_nothing(store: &TestStore) {
    let alice = &Site::new(store, any_deletion).user("alice");
    alice.add("text");
    let too_many = vec!["1"; 101].join(",");
    let too_many_problem = "Ensure this list has at most 100 values (it has 101).";
    let no_choice = "Select a valid choice. x is not one of the available choices.";
    let others = [("ids", &*too_many, too_many_problem), ("unread", "x", no_choice)];
    let numbers = [("ids", "x"), ("ids", "1,x"), ("ids", "1.5"), ("up_to", "x"), ("up_to", "1,2"), ("up_to", " ")];
    let numbers = numbers.into_iter().chain([("level", "x")]).map(|(name, value)| (name, value, "Enter a number."));
    for (name, value, problem) in numbers.chain(others) {
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
        assert_eq!(refused, json!({ "body": ["Bodies are not read: select messages with query parameters."] }));
    }
    assert_eq!((alice.unread(), alice.all()), ("another, text".into(), "another, text".into()));
}

/// Some clients and proxies send an empty body in chunks, without its length.
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

/// Over HTTP/2, a request needs no header for its body.
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
