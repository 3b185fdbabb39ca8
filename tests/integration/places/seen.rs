//! Seen: a position in the inbox, the number of unseen messages, and the other windows.

use actix_messages::{
    Event, MessageId, NewMessage, Since,
    settings::{Live, SessionScoping},
    store::{Insertion, Mark},
};
use serde_json::{Value, json};

use super::post;
use crate::support::{EventSource, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_badge_disappears_and_the_messages_stay_unread,
    it_never_goes_back_and_never_hides_what_comes_later,
    unseen_counts_with_the_filter,
    only_a_scope_with_the_endpoint_counts_unseen,
    hostile_parameters_are_refused,
    other_windows_are_told_at_once,
    a_stream_counts_as_the_inbox_does,
    all_sessions_of_a_user_share_it,
    it_stays_with_the_inbox,
    a_watch_that_does_not_count_is_not_told,
    a_heartbeat_finds_what_was_not_announced,
}

const STREAM: &str = "/api/messages/stream/";

fn unseen(summary: &Value) -> (u64, u64) {
    (summary["count"].as_u64().unwrap(), summary["unseen"].as_u64().unwrap())
}

fn a_badge_disappears_and_the_messages_stay_unread(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let peek = || alice.get("/api/messages/peek/").expect(200).json();
    let summary = || alice.get("/api/messages/inbox/?limit=0").expect(200).json()["summary"].clone();
    assert_eq!(peek(), json!({ "count": 0, "unseen": 0, "max_level": null, "max_level_tag": "" }));
    let ids = ["one", "two", "three"].map(|text| alice.add(30, text));
    let body = alice.get("/api/messages/peek/?group=level").expect(200).body;
    let start = r#"{"count":3,"unseen":3,"max_level":30,"max_level_tag":"warning","levels":["#;
    assert!(String::from_utf8(body).unwrap().starts_with(start));
    let tag = alice.get("/api/messages/peek/").header("etag").unwrap().to_owned();

    assert_eq!(post(&alice, &format!("seen/?up_to={}", ids[1])), json!({ "seen": ids[1] }));
    assert_eq!((unseen(&peek()), unseen(&summary())), ((3, 1), (3, 1)));
    alice.request("GET", "/api/messages/peek/").header("If-None-Match", &tag).send().expect(200);
    // A read message is not unseen, and one that is unread again was seen before.
    post(&alice, &format!("{}/read/", ids[2]));
    assert_eq!(unseen(&peek()), (2, 0));
    post(&alice, "unread/");
    assert_eq!(unseen(&peek()), (3, 1));
    assert_eq!(post(&alice, &format!("seen/?up_to={}", ids[2])), json!({ "seen": ids[2] }));
    assert_eq!((unseen(&peek()), unseen(&summary())), ((3, 0), (3, 0)));
    alice.add(30, "four");
    assert_eq!(unseen(&peek()), (4, 1));
}

fn it_never_goes_back_and_never_hides_what_comes_later(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    assert_eq!(post(&alice, "seen/?up_to=5"), json!({ "seen": null }));
    let ids = ["one", "two"].map(|text| alice.add(20, text));
    for up_to in [i64::MAX.to_string(), "99999999999999999999999999".into(), ids[1].to_string()] {
        assert_eq!(post(&alice, &format!("seen/?up_to={up_to}")), json!({ "seen": ids[1] }));
    }
    for up_to in [ids[0].to_string(), "0".into(), "-1".into(), i64::MIN.to_string()] {
        assert_eq!(post(&alice, &format!("seen/?up_to={up_to}")), json!({ "seen": ids[1] }));
    }
    alice.add(20, "three");
    assert_eq!(unseen(&alice.get("/api/messages/peek/").json()), (3, 1));
    let bob = app.user("bob");
    bob.add(20, "to bob");
    assert_eq!(post(&bob, "seen/?up_to=-5"), json!({ "seen": 0 }));
    assert_eq!(unseen(&bob.get("/api/messages/peek/").json()), (1, 1));
}

fn unseen_counts_with_the_filter(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let ids = [(20, "one"), (40, "two"), (20, "three"), (40, "four")].map(|(level, text)| alice.add(level, text));
    post(&alice, &format!("seen/?up_to={}", ids[1]));
    let inbox = |query: &str| alice.get(format!("/api/messages/inbox/?{query}")).expect(200).json()["summary"].clone();
    assert_eq!(unseen(&inbox("level__gte=40")), (2, 1));
    assert_eq!(unseen(&inbox("search=one")), (1, 0));
    assert_eq!(unseen(&inbox(&format!("ids={}&before={}", ids[0], ids[0]))), (4, 2));
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?level__gte=40")).expect(200);
    assert_eq!(unseen(&stream.expect_event("summary")), (2, 1));
    post(&alice, &format!("seen/?up_to={}", ids[2]));
    stream.expect_silence();
    post(&alice, &format!("seen/?up_to={}", ids[3]));
    assert_eq!(unseen(&stream.expect_event("summary")), (2, 0));
}

fn only_a_scope_with_the_endpoint_counts_unseen(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(30, "one");
    assert_eq!(alice.get("/messages/peek/").json(), json!({ "count": 1, "max_level": 30, "max_level_tag": "warning" }));
    // There, the path is that of a message.
    alice.request("POST", format!("/messages/seen/?up_to={id}")).send().expect(405);
}

fn hostile_parameters_are_refused(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "one");
    for (query, errors) in [
        (String::new(), json!({ "up_to": ["This parameter may not be empty."] })),
        ("?up_to=".into(), json!({ "up_to": ["This parameter may not be empty."] })),
        ("?up_to=x".into(), json!({ "up_to": ["Enter a number."] })),
        ("?up_to=1.5".into(), json!({ "up_to": ["Enter a number."] })),
        ("?up_to=%00".into(), json!({ "up_to": ["Enter a number."] })),
        (
            format!("?up_to={id}&level=20&up_to__gt=5"),
            json!({
                "level": ["Unknown parameter."], "up_to__gt": ["Unknown parameter."],
            }),
        ),
    ] {
        let refused = alice.request("POST", format!("/api/messages/seen/{query}")).send().expect(400);
        assert_eq!(refused.json(), errors, "{query}");
    }
    let many = format!("/api/messages/seen/?up_to={id}{}", "&up_to=1".repeat(1000));
    alice.request("POST", many).send().expect(400);
    alice.get(format!("/api/messages/seen/?up_to={id}")).expect(405);
    let evil = alice.request("POST", format!("/api/messages/seen/?up_to={id}")).header("Sec-Fetch-Site", "cross-site");
    evil.send().expect(403);
    assert_eq!(unseen(&alice.get("/api/messages/peek/").json()), (1, 1));
    // The last value counts, as everywhere.
    assert_eq!(post(&alice, &format!("seen/?up_to=5&up_to={id}")), json!({ "seen": id }));
}

fn other_windows_are_told_at_once(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let ids = ["one", "two"].map(|text| alice.add(20, text));
    let mut windows = [(); 2].map(|()| EventSource::open(&alice, STREAM).expect(200));
    for window in &mut windows {
        assert_eq!(unseen(&window.expect_event("summary")), (2, 2));
    }
    for (up_to, left) in [(ids[0], 1), (ids[1], 0)] {
        post(&alice, &format!("seen/?up_to={up_to}"));
        for window in &mut windows {
            assert_eq!(unseen(&window.expect_event("summary")), (2, left));
        }
    }
    // Nothing has changed.
    post(&alice, &format!("seen/?up_to={}", ids[1]));
    for window in &mut windows {
        window.expect_silence();
    }
    // A client that connects again gets the number, and needs no `resync`: no message has changed.
    let position = windows[0].last_id.clone();
    let three = alice.add(20, "three");
    post(&alice, &format!("seen/?up_to={three}"));
    let mut again = EventSource::with(&alice, STREAM, &[("Last-Event-ID", &position)]).expect(200);
    assert_eq!(again.expect_event("message")["id"], three);
    assert_eq!(unseen(&again.expect_event("summary")), (3, 0));
    again.expect_silence();
}

/// Messages that come, are read, deleted and seen: after each change, the last summary is that of the inbox.
fn a_stream_counts_as_the_inbox_does(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    let mut summary = stream.expect_event("summary");
    let mut ids = Vec::new();
    for step in 0..30 {
        match step % 6 {
            0 | 1 | 3 => ids.push(alice.add(20 + step, "text")),
            2 => drop(post(&alice, &format!("seen/?up_to={}", ids[ids.len() - 2]))),
            4 => drop(post(&alice, &format!("{}/read/", ids[ids.len() - 1]))),
            _ => drop(post(&alice, &format!("{}/archive/", ids[ids.len() - 1]))),
        }
        let inbox = alice.get("/api/messages/inbox/?limit=0").expect(200).json();
        while ["count", "unseen"].iter().any(|key| summary[key] != inbox["summary"][key]) {
            let event = stream.next().unwrap();
            if event.name == "summary" {
                summary = event.data;
            }
        }
    }
}

fn all_sessions_of_a_user_share_it(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.session_scoping(SessionScoping::Separate));
    let [one, other] = [app.user("alice"), app.user("alice")];
    one.add(20, "of one");
    let id = wait(store.mailbox("alice").info("of both")).unwrap().unwrap().value();
    other.add(20, "of the other");
    let peek = |client: &crate::support::Client| unseen(&client.get("/api/messages/peek/").json());
    assert_eq!((peek(&one), peek(&other)), ((2, 2), (2, 2)));
    assert_eq!(post(&one, &format!("seen/?up_to={id}")), json!({ "seen": id }));
    assert_eq!((peek(&one), peek(&other)), ((2, 0), (2, 1)));
}

fn it_stays_with_the_inbox(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let [one, two] = ["one", "two"].map(|text| alice.add(20, text));
    post(&alice, &format!("seen/?up_to={one}"));
    post(&alice, "archive/");
    assert_eq!(unseen(&alice.get("/api/messages/peek/").json()), (0, 0));
    post(&alice, "restore/");
    assert_eq!(unseen(&alice.get("/api/messages/peek/").json()), (2, 1));
    assert_eq!(post(&alice, &format!("seen/?up_to={two}")), json!({ "seen": two }));
    wait(async {
        let mailbox = store.mailbox("alice");
        assert_eq!(mailbox.seen_up_to().await.unwrap(), Some(MessageId::new(two)));
        assert_eq!(mailbox.all().count_unseen().await.unwrap(), 0);
        mailbox.erase().await.unwrap();
        assert_eq!(mailbox.seen_up_to().await.unwrap(), None);
        assert_eq!(mailbox.mark_seen(MessageId::new(1)).await.unwrap(), None);
    });
}

fn a_watch_that_does_not_count_is_not_told(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let id = alice.info("one").await.unwrap().unwrap();
        let mut watch = alice.all().watch(Since::Now).await.unwrap();
        assert!(matches!(watch.next().await, Some(Event::Summary(_))));
        assert_eq!(watch.unseen(), None);
        alice.mark_seen(id).await.unwrap();
        alice.info("two").await.unwrap();
        assert!(matches!(watch.next().await, Some(Event::Message(message)) if message.text == "two"));
    });
}

fn a_heartbeat_finds_what_was_not_announced(store: &TestStore) {
    let app = TestApp::with(store, |messages| {
        messages.live(Live::default().heartbeat(std::time::Duration::from_millis(300)))
    });
    let alice = app.user("alice");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    assert_eq!(unseen(&stream.expect_event("summary")), (0, 0));
    // The store itself tells nothing.
    wait(async {
        let of = store.mailbox("alice").recipient().clone();
        let message = NewMessage::new(20, "one").check().unwrap();
        let clock = actix_messages::Clock::default();
        let inserted = store.store.insert(Insertion::new([of.clone()], [message]), &clock).await.unwrap();
        store.store.advance(&of, &Mark::SEEN, Some(inserted[0][0].id)).await.unwrap();
    });
    let mut last = json!({ "count": 0, "unseen": 0 });
    while unseen(&last) != (1, 0) {
        let event = stream.next().unwrap();
        if event.name == "summary" {
            last = event.data;
        }
    }
}
