//! The inbox: pages that mark nothing, the summary, and the position.

use actix_messages::settings::{Access, AccessRequest, Action, AfterReading, PageSize, UnreadDeletion};
use serde_json::{Value, json};

use crate::support::{TestApp, TestStore, on_every_store};

on_every_store! {
    it_marks_nothing,
    it_is_paged_by_ids,
    it_has_the_messages_with_these_ids,
    its_summary_counts_with_its_filters,
    it_says_what_the_user_may_do,
    its_tag_depends_on_what_is_shown,
    each_user_has_another_key,
}

const INBOX: &str = "/api/messages/inbox/";

fn texts(inbox: &Value) -> Vec<&str> {
    inbox["results"].as_array().unwrap().iter().map(|message| message["message"].as_str().unwrap()).collect()
}

fn it_marks_nothing(store: &TestStore) {
    // The example sets `AfterReading::Nothing` there, so this mounts it with each setting.
    for after in [AfterReading::Mark, AfterReading::Delete, AfterReading::Nothing] {
        let messages =
            actix_messages::MessagesConfig::new(std::sync::Arc::clone(&store.store), crate::support::by_header);
        let (messages, endpoint) = (messages.after_reading(after), actix_messages::Endpoint::Inbox);
        let endpoints = actix_messages::Endpoints::default().with(endpoint);
        let server = crate::support::Server::start(move || {
            actix_web::App::new().app_data(messages.clone()).service(endpoints.at("/messages"))
        });
        let alice = store.mailbox("alice");
        crate::support::wait(async {
            alice.erase().await.unwrap();
            alice.warning("one").await.unwrap();
        });
        for _ in 0..2 {
            let inbox = server.client().request("GET", "/messages/inbox/").header("x-user", "alice").send();
            let inbox = inbox.expect(200).json();
            assert_eq!(inbox["results"][0]["read_at"], Value::Null);
            assert_eq!(inbox["summary"], json!({ "count": 1, "max_level": 30, "max_level_tag": "warning" }));
        }
    }
}

fn it_is_paged_by_ids(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.page_size(PageSize::Limited(2)).max_page_size(3));
    let alice = app.user("alice");
    let ids = ["one", "two", "three", "four", "five"].map(|text| alice.add(20, text));
    let page = |query: &str| alice.get(format!("{INBOX}{query}")).expect(200).json();
    let first = page("");
    assert_eq!((texts(&first), &first["more"]), (vec!["five", "four"], &json!(true)));
    let second = page(&format!("?before={}", ids[3]));
    assert_eq!((texts(&second), &second["more"]), (vec!["three", "two"], &json!(true)));
    // Messages that come or go in between move no other message.
    alice.add(20, "six");
    alice.delete(format!("/api/messages/{}/read/", ids[1]));
    let last = page(&format!("?before={}", ids[1]));
    assert_eq!((texts(&last), &last["more"]), (vec!["one"], &json!(false)));
    assert_eq!(texts(&page(&format!("?before={}", ids[0]))), [""; 0]);
    assert_eq!(texts(&page("?limit=100")).len(), 3);
    assert_eq!(texts(&page("?limit=-1")).len(), 2);
    assert_eq!(texts(&page("?offset=3")).len(), 2);
    let summary = page("?limit=0");
    assert_eq!((texts(&summary).len(), &summary["summary"]["count"], &summary["more"]), (0, &json!(6), &json!(false)));
    alice.get(format!("{INBOX}?before=x")).expect(400);
    let least = page(&format!("?before={}", i64::MIN));
    assert_eq!(texts(&least).len(), 0);
}

fn it_has_the_messages_with_these_ids(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let ids = ["one", "two", "three"].map(|text| alice.add(20, text));
    let theirs = app.user("bob").add(20, "to bob");
    let inbox = alice.get(format!("{INBOX}?ids={},{},{theirs}", ids[0], ids[2])).expect(200).json();
    assert_eq!(texts(&inbox), ["three", "one"]);
    // The summary is that of the mailbox.
    assert_eq!(inbox["summary"]["count"], 3);
    assert!(inbox["at"].as_str().unwrap().starts_with(&format!("{}-", ids[2])));
}

fn its_summary_counts_with_its_filters(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for (level, text) in [(20, "one"), (40, "two"), (30, "three")] {
        alice.add(level, text);
    }
    let inbox = alice.get(format!("{INBOX}?level__gte=30&limit=1")).expect(200).json();
    assert_eq!(texts(&inbox), ["three"]);
    assert_eq!(inbox["summary"], json!({ "count": 2, "unseen": 2, "max_level": 40, "max_level_tag": "error" }));
    assert_eq!(inbox["more"], true);
}

fn it_says_what_the_user_may_do(store: &TestStore) {
    let can = |app: &TestApp| {
        let inbox = app.user("alice").get(INBOX).expect(200).json();
        let mut can =
            inbox["can"].as_array().unwrap().iter().map(|can| can.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        can.sort();
        can
    };
    let all = [
        "archive",
        "archive-selection",
        "delete",
        "delete-selection",
        "list-archive",
        "list-later",
        "mark-read",
        "mark-selection-read",
        "mark-selection-unread",
        "mark-unread",
        "restore",
        "restore-selection",
        "seen",
        "snooze",
        "snooze-selection",
        "stream",
        "tags",
    ];
    assert_eq!(can(&TestApp::new(store)), all);
    let app = TestApp::with(store, |messages| messages.unread_deletion(UnreadDeletion::Allow));
    assert!(can(&app).contains(&"delete-unread".to_owned()));
    let app = TestApp::with(store, |messages| {
        messages.access(Access::check(|asked: &AccessRequest<'_>| {
            matches!(asked.action, Action::Inbox | Action::MarkRead | Action::Stream)
        }))
    });
    assert_eq!(can(&app), ["mark-read", "stream"]);
    let app = TestApp::with(store, |messages| {
        messages.access(Access::check(|asked: &AccessRequest<'_>| asked.action != Action::Inbox))
    });
    app.user("alice").get(INBOX).expect(403);
}

fn its_tag_depends_on_what_is_shown(store: &TestStore) {
    let app = TestApp::new(store);
    let (alice, bob) = (app.user("alice"), app.user("bob"));
    alice.add(20, "one");
    let tag = || alice.get(INBOX).expect(200).header("etag").unwrap().to_owned();
    let first = tag();
    bob.add(20, "to bob");
    bob.request("POST", "/api/messages/read/").send().expect(200);
    assert_eq!(tag(), first);
    alice.request("GET", INBOX).header("If-None-Match", &first).send().expect(304);
    alice.request("POST", "/api/messages/read/").send().expect(200);
    assert_ne!(tag(), first);
    alice.request("GET", INBOX).header("If-None-Match", &first).send().expect(200);
}

fn each_user_has_another_key(store: &TestStore) {
    let app = TestApp::new(store);
    let key =
        |client: &crate::support::Client| client.get(INBOX).expect(200).json()["mailbox"].as_str().unwrap().to_owned();
    let (alice, bob, visitor) = (app.user("alice"), app.user("bob"), app.visitor());
    visitor.add(20, "one");
    let keys = [key(&alice), key(&bob), key(&visitor)];
    assert_eq!(keys, [key(&app.user("alice")), key(&bob), key(&visitor)]);
    assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
    assert!(!keys[0].contains("alice"));
}
