//! Reading: only sent messages are marked or deleted, and a message that is deleted after reading is sent once.

use std::{collections::BTreeMap, sync::Arc, thread};

use actix_messages::{Clock, Level, NewMessage, settings::AfterReading, store::Insertion};
use serde_json::Value;

use super::meanwhile::{Event, Meanwhile};
use crate::support::{Client, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_list_marks_exactly_the_messages_of_its_answer,
    a_message_that_arrives_during_a_list_stays_unread,
    the_first_reading_wins,
    the_first_reading_wins_when_two_read_at_the_same_moment,
    reading_a_message_that_is_deleted_meanwhile_does_not_bring_it_back,
    head_marks_and_deletes_nothing,
    deleting_what_is_read_deletes_exactly_what_was_returned,
    deleting_what_is_read_spares_what_arrives_meanwhile,
    a_message_that_somebody_else_got_is_not_sent_again,
    of_concurrent_readers_each_message_reaches_one,
}

/// An application in which this event happens during each request.
fn interrupted(store: &TestStore, event: Event) -> TestApp {
    TestApp::new(&store.behind(|store| Meanwhile { store, event }))
}

fn a_list_marks_exactly_the_messages_of_its_answer(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    for (level, text) in [(20, "one"), (30, "two"), (30, "three"), (40, "four"), (30, "five")] {
        alice.add(level, text);
    }
    assert_eq!(alice.texts("/messages/?level=30&limit=1&offset=1"), ["three"]);
    assert_eq!(alice.texts("/messages/?unread=false&ordering=created"), ["three"]);
    assert_eq!(alice.unread(), 4);
    alice.get("/messages/?limit=2&search=nothing");
    alice.get("/messages/?limit=2&offset=100");
    assert_eq!(alice.unread(), 4);
    alice.get("/messages/?limit=2");
    assert_eq!(alice.texts("/messages/?unread=true&ordering=created"), ["one", "two"]);
}

fn a_message_that_arrives_during_a_list_stays_unread(store: &TestStore) {
    TestApp::new(store).user("alice").add(20, "old");
    let app = interrupted(store, Event::Arrival("new"));
    let alice = app.user("alice");
    let list = alice.get("/messages/").expect(200).json();
    assert_eq!((&list["count"], &list["results"][0]["message"]), (&1.into(), &"old".into()));
    assert_eq!(alice.unread(), 1);
    assert_eq!(TestApp::new(store).user("alice").texts("/messages/?unread=true"), ["new"]);
}

fn the_first_reading_wins(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    let one = format!("/messages/{id}/");
    assert_eq!(alice.get(&one).json()["read_at"], Value::Null, "the response shows the state before the mark");
    let first = alice.get(&one).json()["read_at"].clone();
    assert!(first.is_string());
    assert_eq!(alice.get("/messages/").json()["results"][0]["read_at"], first);
    assert_eq!(alice.get(&one).json()["read_at"], first);
    assert_eq!(alice.get("/messages/?unread=false").json()["results"][0]["read_at"], first);
}

fn the_first_reading_wins_when_two_read_at_the_same_moment(store: &TestStore) {
    let app = interrupted(store, Event::Reading);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    alice.get(format!("/messages/{id}/")).expect(200);
    let message = TestApp::new(store).user("alice").get(format!("/messages/{id}/")).json();
    assert_eq!(message["read_at"], message["created"]);
}

fn reading_a_message_that_is_deleted_meanwhile_does_not_bring_it_back(store: &TestStore) {
    let app = interrupted(store, Event::Deletion);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    alice.get(format!("/messages/{id}/")).expect(200);
    TestApp::new(store).user("alice").get(format!("/messages/{id}/")).expect(404);
}

fn head_marks_and_deletes_nothing(store: &TestStore) {
    for after in [AfterReading::Mark, AfterReading::Delete] {
        let app = TestApp::with(store, |messages| messages.after_reading(after));
        let alice = app.user(&format!("{after:?}"));
        let id = alice.add(20, "text");
        for target in ["/messages/".to_owned(), "/messages".to_owned(), format!("/messages/{id}/")] {
            let head = alice.request("HEAD", &target).send().expect(200);
            assert!(head.body.is_empty());
            assert_eq!(head.header("content-type"), Some("application/json"));
        }
        alice.request("HEAD", "/messages/1/").send().expect(404);
        assert_eq!(alice.unread(), 1);
        assert_eq!(alice.texts("/messages/"), ["text"]);
    }
}

fn deleting_what_is_read_deletes_exactly_what_was_returned(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Delete));
    let alice = app.user("alice");
    let bob = app.user("bob");
    let ids = ["one", "two", "three", "four", "five"].map(|text| alice.add(20, text));
    bob.add(20, "bob's");
    // One message was already read, in an application that keeps read messages.
    wait(store.mailbox("alice").all().containing("two").mark_read()).unwrap();

    assert_eq!(alice.texts("/messages/?limit=1"), ["five"]);
    alice.get(format!("/messages/{}/", ids[3])).expect(200);
    alice.get(format!("/messages/{}/", ids[3])).expect(404);
    assert_eq!(alice.texts("/messages/?unread=true&ordering=created"), ["one", "three"]);
    assert_eq!(alice.texts("/messages/"), ["two"], "a read message is returned once before it is deleted");
    assert_eq!(alice.texts("/messages/"), Vec::<String>::new());
    assert_eq!(bob.texts("/messages/"), ["bob's"]);
}

fn deleting_what_is_read_spares_what_arrives_meanwhile(store: &TestStore) {
    TestApp::new(store).user("alice").add(20, "old");
    let interrupted = store.behind(|store| Meanwhile { store, event: Event::Arrival("new") });
    let app = TestApp::with(&interrupted, |messages| messages.after_reading(AfterReading::Delete));
    assert_eq!(app.user("alice").texts("/messages/"), ["old"]);
    assert_eq!(TestApp::new(store).user("alice").texts("/messages/"), ["new"]);
}

fn a_message_that_somebody_else_got_is_not_sent_again(store: &TestStore) {
    let interrupted = store.behind(|store| Meanwhile { store, event: Event::Deletion });
    let app = TestApp::with(&interrupted, |messages| messages.after_reading(AfterReading::Delete));
    let alice = app.user("alice");
    for text in ["one", "two"] {
        alice.add(20, text);
    }
    assert_eq!(alice.texts("/messages/"), ["one"], "another client got the newest message");
    let id = alice.add(20, "three");
    alice.get(format!("/messages/{id}/")).expect(404);
}

fn of_concurrent_readers_each_message_reaches_one(store: &TestStore) {
    const MESSAGES: usize = 60;
    let messages = (0..MESSAGES).map(|number| NewMessage::new(Level::INFO, number.to_string()).check().unwrap());
    let alice = store.mailbox("alice");
    wait(store.store.insert(Insertion::new([alice.recipient().clone()], messages), &Clock::default())).unwrap();
    let app = TestApp::with(store, |messages| messages.after_reading(AfterReading::Delete));
    let app = Arc::new(app);
    let readers = (0..4).map(|_| {
        let app = Arc::clone(&app);
        thread::spawn(move || read_until_empty(&app.user("alice")))
    });
    let mut seen = BTreeMap::<String, usize>::new();
    for text in readers.collect::<Vec<_>>().into_iter().flat_map(|reader| reader.join().unwrap()) {
        *seen.entry(text).or_default() += 1;
    }
    assert_eq!(seen.len(), MESSAGES);
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
}

fn read_until_empty(client: &Client) -> Vec<String> {
    let mut all = Vec::new();
    loop {
        let list = client.get("/messages/?limit=7").expect(200).json();
        let texts = list["results"].as_array().unwrap().iter().map(|message| message["message"].as_str().unwrap());
        all.extend(texts.map(str::to_owned));
        if list["count"] == 0 {
            return all;
        }
    }
}
