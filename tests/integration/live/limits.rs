//! Streams that are refused.

use actix_messages::settings::{Access, Live};

use super::stream::STREAM;
use crate::support::{EventSource, TestApp, TestStore, on_every_store};

on_every_store! {
    a_mailbox_has_some_streams_at_most,
    there_are_some_streams_at_most,
    pages_of_other_origins_open_no_stream,
    a_long_query_is_refused,
    a_client_has_to_accept_events_or_json,
    a_user_has_to_be_signed_in_where_that_is_required,
}

fn a_mailbox_has_some_streams_at_most(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let mut streams = (0..8).map(|_| EventSource::open(&alice, STREAM).expect(200)).collect::<Vec<_>>();
    EventSource::open(&alice, STREAM).expect(429);
    EventSource::open(&app.user("bob"), STREAM).expect(200);
    // A stream whose client is gone makes room once the server notices, at the latest when it sends something.
    streams.pop();
    streams[0].expect_event("summary");
    for _ in 0..100 {
        alice.add(20, "one");
        if EventSource::open(&alice, STREAM).head.status == 200 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("there is no room for another stream");
}

fn there_are_some_streams_at_most(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.live(Live::default().max_streams(4)));
    let visitors = [(); 3].map(|()| {
        let visitor = app.visitor();
        visitor.add(20, "one");
        visitor
    });
    let _first = [0, 1].map(|number: usize| EventSource::open(&visitors[number], STREAM).expect(200));
    let refused = EventSource::open(&visitors[2], STREAM).expect(503);
    assert_eq!(refused.head.header("retry-after"), Some("1"));
    let _others = ["alice", "bob"].map(|user| EventSource::open(&app.user(user), STREAM).expect(200));
    EventSource::open(&app.user("eve"), STREAM).expect(503);
}

fn pages_of_other_origins_open_no_stream(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.trusted_origin("https://app.example.com"));
    let alice = app.user("alice");
    for (name, value) in [
        ("Origin", "https://evil.example.com"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        EventSource::with(&alice, STREAM, &[(name, value)]).expect(403);
    }
    let own = format!("http://{}", app.address());
    for (name, value) in [("Origin", "https://app.example.com"), ("Origin", &own), ("Sec-Fetch-Site", "same-origin")] {
        EventSource::with(&alice, STREAM, &[(name, value)]).expect(200);
    }
}

fn a_long_query_is_refused(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let query = |bytes: usize| format!("{STREAM}?{:x<bytes$}", "x=");
    EventSource::open(&alice, &query(2048)).expect(200);
    EventSource::open(&alice, &query(2049)).expect(400);
}

fn a_client_has_to_accept_events_or_json(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for accept in ["text/event-stream", "text/*", "*/*", "application/json", "text/html, text/event-stream;q=0.1"] {
        EventSource::with(&alice, STREAM, &[("Accept", accept)]).expect(200);
    }
    for accept in ["text/html", "text/event-stream;q=0", "image/*"] {
        EventSource::with(&alice, STREAM, &[("Accept", accept)]).expect(406);
    }
    EventSource::open(&alice, "/api/messages/").expect(406);
}

fn a_user_has_to_be_signed_in_where_that_is_required(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.access(Access::SignedIn));
    let visitor = app.visitor();
    visitor.add(20, "one");
    EventSource::open(&visitor, STREAM).expect(403);
    EventSource::open(&app.user("alice"), STREAM).expect(200);
}
