//! Dates: ISO 8601 in the forms that clients use. Ambiguous forms are refused.

use actix_messages::{Level, NewMessage, Timestamp, store::Insertion};
use serde_json::json;

use crate::support::{TestApp, TestStore, on_every_store, wait, with_query};

/// 2026-01-31T12:30:00Z in microseconds.
const MOMENT: i64 = 1_769_862_600_000_000;

on_every_store! {
    a_moment_has_many_spellings,
    a_raw_plus_is_forgiven,
    a_date_alone_is_its_midnight,
    what_is_no_date_in_iso_8601_is_refused,
    extreme_dates_are_no_failure_of_the_server,
}

/// Adds a message for alice that was created at this time.
fn insert_at(store: &TestStore, micros: i64) {
    let alice = store.mailbox("alice");
    let message = NewMessage::new(Level::INFO, "text").check().unwrap();
    wait(
        store
            .store
            .insert(Insertion::new([alice.recipient().clone()], vec![message]), &Timestamp::from_micros(micros).into()),
    )
    .unwrap();
}

fn a_moment_has_many_spellings(store: &TestStore) {
    insert_at(store, MOMENT);
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for spelling in [
        "2026-01-31T12:30:00Z",
        "2026-01-31T12:30:00",
        "2026-01-31T12:30Z",
        "2026-01-31T12:30",
        "2026-01-31 12:30:00Z",
        "2026-01-31 12:30:00",
        "2026-01-31 12:30",
        "2026-01-31T12:30:00.0Z",
        "2026-01-31T12:30:00.000Z",
        "2026-01-31T12:30:00.000000",
        "2026-01-31T12:30:00+00:00",
        "2026-01-31T14:30:00+02:00",
        "2026-01-31T14:30:00+0200",
        "2026-01-31T14:30+02",
        "2026-01-31T07:00:00-05:30",
        "2026-01-31 13:30:00+01:00",
        "2026-02-01T00:30:00+12:00",
    ] {
        // The range includes both ends, so it contains this one moment.
        let parameters = [("created_after", spelling), ("created_before", spelling)];
        assert_eq!(alice.texts(&with_query("/messages/", &parameters)), ["text"], "{spelling}");
    }
    for other in ["2026-01-31T12:30:00.000001Z", "2026-01-31T12:29:59.999999Z", "2026-01-31T12:30:00+02:00"] {
        let parameters = [("created_after", other), ("created_before", other)];
        assert_eq!(alice.texts(&with_query("/messages/", &parameters)), Vec::<String>::new(), "{other}");
    }
}

fn a_raw_plus_is_forgiven(store: &TestStore) {
    insert_at(store, MOMENT);
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for raw in ["2026-01-31T14:30:00+02:00", "2026-01-31T14:30:00.000+02:00", "2026-01-31T14:30+0200"] {
        assert_eq!(alice.texts(&format!("/messages/?created_after={raw}&created_before={raw}")), ["text"], "{raw}");
    }
}

fn a_date_alone_is_its_midnight(store: &TestStore) {
    const DAY: i64 = 86_400_000_000;
    let midnight = MOMENT - MOMENT.rem_euclid(DAY);
    for micros in [midnight - 1, midnight, midnight + 1] {
        insert_at(store, micros);
    }
    let app = TestApp::new(store);
    let alice = app.user("alice");
    assert_eq!(alice.texts("/messages/?created_after=2026-01-31").len(), 2);
    assert_eq!(alice.texts("/messages/?created_before=2026-01-31").len(), 2);
    assert_eq!(alice.texts("/messages/?created_after=2026-02-01").len(), 0);
    assert_eq!(alice.texts("/messages/?created_after=2026-01-31&created_before=2026-01-31").len(), 1);
}

const NO_DATES: &str = "
    01/02/2026
    1/2/2026 12:30
    02-01-2026
    31.01.2026
    Jan 31 2026
    31 January 2026
    yesterday
    1769862600
    2026-02-30
    2026-13-01
    2026-01-31T25:00:00Z
    2026-01-31T12:60
    2026-01-31T12:30:00+99:00
    2026-01-31T12:30:00 CET
    ２０２６-01-31
";

fn what_is_no_date_in_iso_8601_is_refused(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    for text in NO_DATES.trim().lines().map(str::trim) {
        for (field, name) in [
            ("created", "created_after"),
            ("created", "created_before"),
            ("read", "read_after"),
            ("read", "read_before"),
        ] {
            let answer = alice.get(with_query("/messages/", &[(name, text)])).expect(400).json();
            assert_eq!(answer, json!({ field: ["Enter a valid date/time."] }), "{name}={text}");
        }
    }
    assert_eq!(alice.unread(), 1);
}

fn extreme_dates_are_no_failure_of_the_server(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    alice.add(20, "text");
    let count = |name: &str, text: &str| {
        alice.get(with_query("/messages/", &[(name, text)])).expect(200).json()["count"].as_u64().unwrap()
    };
    for early in ["0001-01-01", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00+23:59"] {
        assert_eq!((count("created_after", early), count("created_before", early)), (1, 0), "{early}");
    }
    for late in ["9999-12-31", "9999-12-31T23:59:59.999999-14:00", "9999-12-31T23:59:59-23:59"] {
        assert_eq!((count("created_after", late), count("created_before", late)), (0, 1), "{late}");
    }
    for text in ["10000-01-01", "0000-01-01", "-0001-01-01", "99999999999-01-01", &"9".repeat(2000)] {
        alice.get(with_query("/messages/", &[("read_after", text)])).expect(400);
    }
}
