//! Snoozing: messages that clients put off.

use std::time::Duration;

use actix_messages::{Level, Mailbox, NewMessage, Timestamp};
use serde_json::{Value, json};

use super::{Site, tomorrow};
use crate::support::{TestStore, on_every_store, wait, with_query};

on_every_store! {
    clients_put_off_one_message_or_a_selection,
    a_message_that_is_put_off_can_be_brought_back,
    a_moment_that_is_not_valid_changes_nothing,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Returns a function that sends a `POST` of alice, and her mailbox.
fn alice_on(store: &TestStore) -> (impl Fn(&str, &[(&str, &str)], u16) -> Value, Mailbox) {
    let alice = Site::new(store, |messages| messages).user("alice");
    let mailbox = alice.mailbox.clone();
    let send = move |path: &str, query: &[(&str, &str)], status| {
        alice.send("POST", &with_query(&format!("/messages{path}"), query), &[]).expect(status).json()
    };
    (send, mailbox)
}

fn clients_put_off_one_message_or_a_selection(store: &TestStore) {
    let (send, alice) = alice_on(store);
    let ids = wait(alice.add_all(["1", "2", "3"].map(|text| NewMessage::new(Level::INFO, text))))
        .unwrap()
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    let later = Mailbox::new(alice.recipient().later(), store.store.clone());
    let tomorrow = tomorrow();
    let until = ("until", &*tomorrow.to_string());
    let one = format!("/{}/snooze/", ids[0]);
    assert_eq!(send(&one, &[until], 200), json!({ "count": 1 }));
    assert_eq!(send(&one, &[until], 404), json!({ "detail": "No Message matches the given query." }));
    let waiting = wait(later.all().first()).unwrap().unwrap();
    assert_eq!((waiting.id, waiting.until), (ids[0], Some(tomorrow)));
    let second = ids[1].to_string();
    assert_eq!(send("/snooze/", &[until, ("ids", &second)], 200), json!({ "count": 1 }));
    assert_eq!(
        send(&format!("/{}/snooze/", ids[2]), &[until, ("level", "40")], 404)["detail"],
        "No Message matches the given query."
    );
    assert_eq!(send("/snooze", &[until, ("level", "40")], 200), json!({ "count": 0 }));
    assert_eq!(wait(alice.all().list()).unwrap().to_string(), "3");
    // Any form of a moment, and a day as its midnight.
    let in_two_days = (tomorrow + DAY).to_string();
    assert_eq!(send("/snooze/", &[("until", &in_two_days[..10])], 200), json!({ "count": 1 }));
    let midnight = format!("{}T00:00:00.000000Z", &in_two_days[..10]);
    assert_eq!(wait(later.all().first()).unwrap().unwrap().until.unwrap().to_string(), midnight);
}

fn a_message_that_is_put_off_can_be_brought_back(store: &TestStore) {
    let (send, alice) = alice_on(store);
    let id = wait(alice.info("text")).unwrap().unwrap();
    wait(alice.all().mark_read()).unwrap();
    let before = wait(alice.all().list()).unwrap().to_vec();
    let restore = format!("/{id}/restore/");
    assert_eq!(send(&restore, &[], 404)["detail"], "No Message matches the given query.");
    let tomorrow = tomorrow().to_string();
    assert_eq!(send(&format!("/{id}/snooze/"), &[("until", &*tomorrow)], 200), json!({ "count": 1 }));
    assert_eq!(send(&restore, &[], 200), json!({ "count": 1 }));
    assert_eq!(wait(alice.all().list()).unwrap().to_vec(), before);
    assert_eq!(send(&restore, &[], 404)["detail"], "No Message matches the given query.");
}

fn a_moment_that_is_not_valid_changes_nothing(store: &TestStore) {
    let (send, alice) = alice_on(store);
    let id = wait(alice.info("text")).unwrap().unwrap();
    let (past, year) = (Timestamp::now(), 366 * DAY);
    let too_far = Timestamp::now() + year + Duration::from_secs(60);
    let (past, too_far) = (past.to_string(), too_far.to_string());
    let bad = [
        (vec![], "This parameter is required."),
        (vec![("until", "")], "This parameter is required."),
        (vec![("until", "tomorrow")], "Enter a valid date/time."),
        (vec![("until", "2026-02-30")], "Enter a valid date/time."),
        (vec![("until", &*past)], "Ensure this moment is in the future."),
        (vec![("until", "1970-01-01")], "Ensure this moment is in the future."),
        (vec![("until", &*too_far)], "Ensure this moment is at most 366 days ahead."),
        (vec![("until", "9999-12-31")], "Ensure this moment is at most 366 days ahead."),
    ];
    for (query, problem) in bad {
        for path in [format!("/{id}/snooze/"), "/snooze/".to_owned()] {
            assert_eq!(send(&path, &query, 400), json!({ "until": [problem] }), "{path} {query:?}");
        }
    }
    let in_time = (Timestamp::now() + 366 * DAY).to_string();
    assert_eq!(send("/snooze/", &[("until", &in_time), ("x", "1")], 400), json!({ "x": ["Unknown parameter."] }));
    assert_eq!(wait(alice.all().list()).unwrap().to_string(), "text");
    assert_eq!(send("/snooze/", &[("until", &in_time)], 200), json!({ "count": 1 }));
}
