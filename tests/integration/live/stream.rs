//! Streams over HTTP: what they send, and how a client continues.

use std::time::Duration;

use actix_messages::settings::{AfterReading, Live, SessionScoping};
use serde_json::{Value, json};

use crate::support::{EventSource, TestApp, TestStore, on_every_store};

on_every_store! {
    a_message_appears_at_once_and_stays_unread,
    events_tell_what_happens_in_other_windows,
    filters_apply_as_in_a_list,
    a_client_that_connects_again_gets_what_is_new,
    a_position_that_is_not_understood_counts_as_absent,
    the_inbox_and_the_stream_leave_no_gap,
    a_heartbeat_has_the_summary,
    a_session_sees_its_own_messages,
    the_application_defines_the_json,
    head_opens_no_stream,
}

pub(super) const STREAM: &str = "/api/messages/stream/";

fn ids(data: &Value) -> Vec<i64> {
    data["ids"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect()
}

fn a_message_appears_at_once_and_stays_unread(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    for (header, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "private, no-store, no-transform"),
        ("content-encoding", "identity"),
        ("x-accel-buffering", "no"),
        ("vary", "Accept, Cookie"),
        ("allow", "GET, HEAD, OPTIONS"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(stream.head.header(header), Some(value), "{header}");
    }
    let summary = stream.expect_event("summary");
    let mailbox = &summary["mailbox"];
    assert_eq!(summary, json!({ "count": 0, "unseen": 0, "max_level": null, "max_level_tag": "", "mailbox": mailbox }));

    let id = alice.add_tagged(25, "two\nlines \u{2028}", &["order"]);
    let event = stream.next().unwrap();
    assert_eq!(event.name, "message");
    assert_eq!(event.data, alice.get("/api/messages/").expect(200).json()["results"][0]);
    assert_eq!(event.id, id.to_string());
    let summary = stream.expect_event("summary");
    let expected = json!({
        "count": 1, "unseen": 1, "max_level": 25, "max_level_tag": "success", "mailbox": mailbox,
    });
    assert_eq!(summary, expected);
    assert!(stream.last_id.starts_with(&format!("{id}-")));
    stream.expect_silence();
    assert_eq!(alice.unread(), 1);
    // The session of the client has not changed, and bob's messages are bob's.
    app.user("bob").add(25, "to bob");
    stream.expect_silence();
}

fn events_tell_what_happens_in_other_windows(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let added = ["one", "two", "three"].map(|text| alice.add(30, text));
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    assert_eq!(stream.expect_event("summary")["count"], 3);
    alice.request("POST", format!("/api/messages/{}/read/", added[0])).send().expect(200);
    let read = stream.expect_event("read");
    assert_eq!(ids(&read), added[..1]);
    let listed = alice.get(format!("/api/messages/{}/", added[0])).expect(200).json();
    assert_eq!(read["read_at"], listed["read_at"]);
    assert_eq!(stream.expect_event("summary")["count"], 2);
    alice.request("POST", format!("/api/messages/{}/unread/", added[0])).send().expect(200);
    assert_eq!(stream.expect_event("unread"), json!({ "ids": [added[0]] }));
    assert_eq!(stream.expect_event("summary")["count"], 3);
    // The list at `/messages/` marks what it returns, once it is sent.
    alice.get("/messages/?limit=2").expect(200);
    assert_eq!(ids(&stream.expect_event("read")), added[1..]);
    assert_eq!(stream.expect_event("summary")["count"], 1);
    alice.delete(format!("/api/messages/{}/", added[1])).expect(204);
    assert_eq!(stream.expect_event("deleted"), json!({ "ids": [added[1]] }));
    assert_eq!(stream.expect_event("summary")["count"], 1);
    stream.expect_silence();
}

fn filters_apply_as_in_a_list(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "before");
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?level__gte=30&search=order")).expect(200);
    assert_eq!(stream.expect_event("summary")["count"], 0);
    alice.add(20, "order one");
    alice.add(40, "another");
    stream.expect_silence();
    let id = alice.add(40, "order two");
    assert_eq!(stream.expect_event("message")["id"], id);
    assert_eq!(stream.expect_event("summary")["count"], 1);
    stream.expect_silence();
    let refused = EventSource::open(&alice, &format!("{STREAM}?level__gte=x")).expect(400);
    assert_eq!(refused.head.header("content-type"), Some("application/json"));
}

fn a_client_that_connects_again_gets_what_is_new(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "one");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    stream.expect_event("summary");
    let before = stream.last_id.clone();
    drop(stream);
    alice.add(20, "two");
    alice.add(20, "three");
    // The header counts, not the address of the first connection.
    let target = format!("{STREAM}?after=1");
    let mut stream = EventSource::with(&alice, &target, &[("Last-Event-ID", &before)]).expect(200);
    assert_eq!(stream.expect_event("message")["message"], "two");
    let in_between = stream.last_id.clone();
    assert_eq!(stream.expect_event("message")["message"], "three");
    assert_eq!(stream.expect_event("summary")["count"], 3);
    stream.expect_silence();
    let last = stream.last_id.clone();
    drop(stream);

    let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={last}")).expect(200);
    stream.expect_event("summary");
    stream.expect_silence();
    drop(stream);

    // Cut between two messages: the rest comes, and nothing twice. Nothing shows what has happened to older ones.
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={in_between}")).expect(200);
    assert_eq!(stream.expect_event("message")["message"], "three");
    stream.expect_event("summary");
    assert_eq!(stream.expect_event("resync"), json!({}));
    stream.expect_silence();
    drop(stream);

    alice.request("POST", "/api/messages/read/").send().expect(200);
    alice.add(20, "four");
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={last}")).expect(200);
    assert_eq!(stream.expect_event("message")["message"], "four");
    assert_eq!(stream.expect_event("summary")["count"], 1);
    stream.expect_event("resync");
    stream.expect_silence();
}

fn a_position_that_is_not_understood_counts_as_absent(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "one");
    for position in ["yesterday", "-1", "1-", "99999999999999999999999", "%00", "1796079789227046-zz"] {
        let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={position}")).expect(200);
        assert_eq!(stream.expect_event("summary")["count"], 1, "{position}");
        stream.expect_silence();
    }
}

fn the_inbox_and_the_stream_leave_no_gap(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "one");
    let inbox = alice.get("/api/messages/inbox/").expect(200).json();
    let at = inbox["at"].as_str().unwrap();
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={at}")).expect(200);
    let summary = stream.expect_event("summary");
    assert_eq!((&summary["count"], &summary["mailbox"]), (&json!(1), &inbox["mailbox"]));
    stream.expect_silence();
    drop(stream);
    alice.add(20, "two");
    let mut stream = EventSource::open(&alice, &format!("{STREAM}?after={at}")).expect(200);
    assert_eq!(stream.expect_message(), "two");
    stream.expect_silence();
    // With the same filters, also for a mailbox without messages.
    let bob = app.user("bob");
    let filters = "unread=true&level__gte=30";
    let inbox = bob.get(format!("/api/messages/inbox/?{filters}")).expect(200).json();
    bob.add(40, "to bob");
    let mut stream =
        EventSource::open(&bob, &format!("{STREAM}?{filters}&after={}", inbox["at"].as_str().unwrap())).expect(200);
    assert_eq!(stream.expect_message(), "to bob");
    stream.expect_silence();
}

fn a_heartbeat_has_the_summary(store: &TestStore) {
    let live = Live::default().heartbeat(Duration::from_secs(1));
    let app = TestApp::with(store, |messages| messages.live(live));
    let alice = app.user("alice");
    alice.add(20, "one");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    for _ in 0..3 {
        assert_eq!(stream.expect_event("summary")["count"], 1);
    }
}

fn a_session_sees_its_own_messages(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.session_scoping(SessionScoping::Separate));
    let (here, there) = (app.user("alice"), app.user("alice"));
    let mut stream = EventSource::open(&here, STREAM).expect(200);
    assert_eq!(stream.expect_event("summary")["count"], 0);
    there.add(20, "there");
    stream.expect_silence();
    here.add(20, "here");
    assert_eq!(stream.expect_event("message")["message"], "here");
    assert_eq!(stream.expect_event("summary")["count"], 1);
    there.request("POST", "/api/messages/read/").send().expect(200);
    stream.expect_silence();
    here.request("POST", "/api/messages/read/").send().expect(200);
    assert_eq!(ids(&stream.expect_event("read")).len(), 1);
    stream.expect_event("summary");
    // A session does not learn which messages of another one are gone.
    let deleted = there.get("/api/messages/").json()["results"][0]["id"].as_i64().unwrap();
    there.delete(format!("/api/messages/{deleted}/")).expect(204);
    assert_eq!(stream.expect_event("resync"), json!({}));
}

fn the_application_defines_the_json(store: &TestStore) {
    let app = TestApp::with(store, |messages| {
        let represent = |request: &actix_web::HttpRequest, message: &actix_messages::MessageJson<'_>| json!({ "id": message.id, "of": request.path(), "text": message.text });
        messages.represent(represent).after_reading(AfterReading::Delete)
    });
    let alice = app.user("alice");
    let mut stream = EventSource::open(&alice, STREAM).expect(200);
    stream.expect_event("summary");
    let id = alice.add(20, "one");
    assert_eq!(stream.expect_event("message"), json!({ "id": id, "of": STREAM, "text": "one" }));
    assert_eq!(alice.unread(), 1);
}

fn head_opens_no_stream(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.live(Live::default().max_streams_per_mailbox(1)));
    let alice = app.user("alice");
    for _ in 0..2 {
        let head = alice.request("HEAD", STREAM).header("accept", "text/event-stream").send().expect(200);
        assert_eq!(head.header("content-type"), Some("text/event-stream"));
    }
    EventSource::open(&alice, STREAM).expect(200);
}
