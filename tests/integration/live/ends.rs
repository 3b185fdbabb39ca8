//! When a stream ends.

use std::{
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    MessagesConfig, Recipient, Timestamp, session_key,
    settings::{AfterLogout, Live},
};
use actix_messages_demo::{USER, app};
use actix_web::cookie::Key;

use super::stream::STREAM;
use crate::support::{EventSource, Server, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_stream_ends_with_its_session,
    a_stream_ends_with_its_session_also_if_its_messages_stay,
    nothing_is_sent_that_was_created_after_the_logout,
    a_stream_ends_when_another_user_signs_in,
    a_stream_of_a_visitor_ends_at_the_sign_in,
    a_stream_ends_with_its_mailbox,
    the_application_ends_streams,
    a_stream_ends_at_the_expiry_of_its_token,
    a_stream_ends_after_a_while_and_a_client_misses_nothing,
    streams_do_not_delay_the_stop_of_the_server,
}

/// The end of a session has to reach its streams within this time. A test machine may be slow.
const SOON: Duration = Duration::from_secs(5);

fn open(client: &crate::support::Client) -> EventSource {
    let mut stream = EventSource::open(client, STREAM).expect(200);
    stream.expect_event("summary");
    stream
}

fn a_stream_ends_with_its_session(store: &TestStore) {
    let app = TestApp::new(store);
    let (here, there) = (app.user("alice"), app.user("alice"));
    let (mut stream, mut second, mut other) = (open(&here), open(&here), open(&there));
    here.sign_out();
    stream.expect_end(SOON);
    second.expect_end(SOON);
    there.add(20, "one");
    assert_eq!(other.expect_message(), "one");
    // The next request has no session.
    EventSource::open(&here, STREAM).expect(204);
}

fn a_stream_ends_with_its_session_also_if_its_messages_stay(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_logout(AfterLogout::Keep));
    let alice = app.user("alice");
    alice.add(20, "one");
    let mut stream = open(&alice);
    alice.sign_out();
    stream.expect_end(SOON);
}

fn nothing_is_sent_that_was_created_after_the_logout(store: &TestStore) {
    let app = TestApp::new(store);
    for _ in 0..20 {
        let (here, there) = (app.user("alice"), app.user("alice"));
        let mut stream = open(&here);
        thread::scope(|scope| {
            let adding =
                scope.spawn(move || (0..20).map(|_| (there.add(20, "one"), Instant::now())).collect::<Vec<_>>());
            here.sign_out();
            let end = Timestamp::now();
            while let Some(event) = stream.next() {
                if event.name == "message" {
                    assert!(event.data["id"].as_i64().unwrap() <= end.as_micros(), "created after the logout");
                }
            }
            adding.join().unwrap();
        });
    }
}

fn a_stream_ends_when_another_user_signs_in(store: &TestStore) {
    let app = TestApp::new(store);
    let client = app.user("alice");
    let mut stream = open(&client);
    client.sign_in("bob");
    stream.expect_end(SOON);
    let mut stream = open(&client);
    app.user("alice").add(20, "to alice");
    stream.expect_silence();
    client.add(20, "to bob");
    assert_eq!(stream.expect_message(), "to bob");
}

fn a_stream_of_a_visitor_ends_at_the_sign_in(store: &TestStore) {
    let app = TestApp::new(store);
    let client = app.visitor();
    EventSource::open(&client, STREAM).expect(204);
    assert_eq!(client.cookie("sessionid"), None, "no stream makes a session");
    client.add(20, "one");
    let mut stream = open(&client);
    client.add(20, "two");
    assert_eq!(stream.expect_message(), "two");
    client.sign_in("alice");
    stream.expect_end(SOON);
    let mut stream = EventSource::open(&client, &format!("{STREAM}?after=0")).expect(200);
    assert_eq!(stream.expect_event("message")["message"], "one");
    assert_eq!(stream.expect_event("message")["message"], "two");
}

fn a_stream_ends_with_its_mailbox(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let mut stream = open(&alice);
    wait(store.mailbox("alice").erase()).unwrap();
    // The stream may still tell that something has changed.
    while let Some(event) = stream.next() {
        assert_eq!(event.name, "resync");
    }
}

fn the_application_ends_streams(store: &TestStore) {
    let messages = MessagesConfig::new(store.store.clone(), session_key(USER));
    let (settings, key) = (messages.clone(), Key::generate());
    let server = Server::start(move || app(settings.clone(), key.clone()));
    let sign_in = |user: &str| {
        let client = server.client();
        client.sign_in(user);
        client
    };
    let (alice, bob) = (sign_in("alice"), sign_in("bob"));
    let (mut stream, mut other) = (open(&alice), open(&bob));
    assert_eq!(messages.live_counters().streams, 2);
    messages.end_streams(&Recipient::user("alice").unwrap());
    stream.expect_end(SOON);
    other.expect_silence();
    // The client may connect again.
    let mut stream = open(&alice);
    messages.stop_streams();
    stream.expect_end(SOON);
    other.expect_end(SOON);
    let refused = EventSource::open(&alice, STREAM).expect(503);
    assert_eq!(refused.head.header("retry-after"), Some("1"));
    drop((stream, other));
    let start = Instant::now();
    while messages.live_counters().streams > 0 {
        assert!(start.elapsed() < SOON);
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(messages.live_counters().feed.watches, 0);
}

fn a_stream_ends_at_the_expiry_of_its_token(store: &TestStore) {
    let app = TestApp::with(store, |messages| {
        messages.live(Live::default().expires_at(|request| {
            let seconds = request.headers().get("x-seconds")?.to_str().ok()?.parse::<i64>().ok()?;
            Some(Timestamp::from_micros(Timestamp::now().as_micros() + seconds * 1_000_000))
        }))
    });
    let alice = app.user("alice");
    let mut stream = EventSource::with(&alice, STREAM, &[("x-seconds", "1")]).expect(200);
    stream.expect_event("summary");
    let start = Instant::now();
    stream.expect_end(SOON);
    assert!(start.elapsed() > Duration::from_millis(700), "{:?}", start.elapsed());
    // An expiry in the past.
    let mut stream = EventSource::with(&alice, STREAM, &[("x-seconds", "-1")]).expect(200);
    stream.expect_end(SOON);
    open(&alice).expect_silence();
}

fn a_stream_ends_after_a_while_and_a_client_misses_nothing(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.live(Live::default().max_duration(Duration::from_millis(200))));
    let alice = app.user("alice");
    thread::scope(|scope| {
        let added = scope.spawn(|| {
            let add = |number: u64| {
                thread::sleep(Duration::from_millis(number * 7 % 30));
                alice_adds(&app, number)
            };
            (0..60).map(add).collect::<Vec<_>>()
        });
        let (mut got, mut last, mut streams) = (Vec::new(), "0".to_owned(), 0);
        while got.len() < 60 {
            let mut stream = EventSource::with(&alice, STREAM, &[("Last-Event-ID", &last)]).expect(200);
            streams += 1;
            while let Some(event) = stream.next() {
                if event.name == "message" {
                    got.push(event.data["id"].as_i64().unwrap());
                }
            }
            last = stream.last_id;
        }
        assert_eq!(got, added.join().unwrap());
        assert!(streams > 1);
    });
}

fn alice_adds(app: &TestApp, number: u64) -> i64 {
    app.user("alice").add(20, &number.to_string())
}

fn streams_do_not_delay_the_stop_of_the_server(store: &TestStore) {
    let messages = MessagesConfig::new(store.store.clone(), session_key(USER));
    let (settings, key) = (messages.clone(), Key::generate());
    let server = Server::start(move || app(settings.clone(), key.clone()));
    let client = server.client();
    client.sign_in("alice");
    let mut stream = open(&client);
    messages.stop_streams();
    let start = Instant::now();
    server.stop();
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    stream.expect_end(SOON);
}
