//! Repeated requests that are answered without a query, if the application permits it.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use actix_messages::{
    Endpoint, Endpoints, MessagesConfig,
    live::{Relay, RelayMessage, Subscriber},
    settings::AfterReading,
};
use actix_messages_diesel::DieselStore;
use tempfile::TempDir;

use super::{Site, User};
use crate::{
    statements::Record,
    support::{TestStore, wait},
};

const LONG: Duration = Duration::from_secs(3600);

const TARGETS: [&str; 3] = ["/messages/", "/messages/inbox/", "/messages/peek/?group=level"];

/// Serves a store, which may be that of another process.
fn alice(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> User {
    let settings = |messages: MessagesConfig| settings(messages.after_reading(AfterReading::Nothing));
    let site = Site::with(store, settings, |routes| {
        let all = Endpoints::default().with(Endpoint::Inbox).with(Endpoint::Marking).with(Endpoint::Archive);
        routes.service(all.at("/messages"));
    });
    site.user("alice")
}

/// The status of a request by a client that has this answer.
#[track_caller]
fn status(user: &User, target: &str, tag: &str) -> u16 {
    user.send("GET", target, &[("if-none-match", tag)]).status
}

#[track_caller]
fn tag(user: &User, target: &str) -> String {
    user.get(target).expect(200).header("etag").unwrap().to_owned()
}

/// Two stores on the same file, as two processes have them.
fn two() -> (TempDir, [TestStore; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let open = || TestStore::of(DieselStore::open(folder.path().join("messages.sqlite")).unwrap());
    let both = [open(), open()];
    (folder, both)
}

#[test]
fn by_default_a_change_of_another_process_is_shown_at_once() {
    let (_folder, [here, there]) = two();
    let alice = alice(&here, |messages| messages);
    for target in TARGETS {
        let tag = tag(&alice, target);
        assert_eq!(status(&alice, target, &tag), 304);
        wait(there.mailbox("alice").info("news")).unwrap();
        assert_eq!(status(&alice, target, &tag), 200, "{target}");
    }
}

#[test]
fn an_answer_is_repeated_without_a_query_until_this_process_changes_the_mailbox() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.sqlite");
    let record = Record::of(&file);
    let store = TestStore::of(DieselStore::open(&file).unwrap());
    let alice = alice(&store, |messages| messages.repeat_answers_for(LONG));
    let changes: [&dyn Fn(); 4] = [
        &|| assert!(alice.add("news") > 0),
        &|| drop(alice.send("POST", "/messages/read/?level=20", &[]).expect(200)),
        &|| drop(alice.send("POST", "/messages/unread/?level=20", &[]).expect(200)),
        &|| assert_eq!(wait(alice.mailbox.all().archive()).unwrap(), 1),
    ];
    for change in changes {
        let tags = TARGETS.map(|target| tag(&alice, target));
        record.take_on_data();
        for (target, tag) in TARGETS.iter().zip(&tags) {
            assert_eq!(status(&alice, target, tag), 304);
            // Another tag, another URL and another user are other answers.
            assert_eq!(status(&alice, target, "W/\"other\""), 200);
            record.take_on_data();
            assert_eq!(status(&alice, target, tag), 304);
            assert_eq!(record.take_on_data().len(), 0, "{target}");
        }
        change();
        for (target, tag) in TARGETS.iter().zip(&tags) {
            assert_eq!(status(&alice, target, tag), 200, "{target}");
        }
    }
}

#[test]
fn a_change_of_another_process_is_shown_after_the_time() {
    let (_folder, [here, there]) = two();
    let time = Duration::from_millis(400);
    let alice = alice(&here, |messages| messages.repeat_answers_for(time));
    let tag = tag(&alice, "/messages/peek/");
    wait(there.mailbox("alice").info("news")).unwrap();
    // It is repeated for the time, unless the machine is slow. After the time, it never is.
    assert!([200, 304].contains(&status(&alice, "/messages/peek/", &tag)));
    thread::sleep(time);
    assert_eq!(status(&alice, "/messages/peek/", &tag), 200);
}

#[test]
fn what_a_relay_tells_is_shown_at_once() {
    let (_folder, [here, there]) = two();
    let alice = alice(&here, |messages| messages.repeat_answers_for(LONG));
    let feed = here.store.feed().unwrap();
    let relay = Arc::new(Between::default());
    assert!(feed.connect(relay.clone()) && there.store.feed().unwrap().connect(relay));
    for target in TARGETS {
        let tag = tag(&alice, target);
        wait(there.mailbox("bob").info("for another user")).unwrap();
        wait(there.mailbox("alice").info("news")).unwrap();
        assert_eq!(status(&alice, target, &tag), 200, "{target}");
    }
}

/// Connects the feeds of one process.
#[derive(Debug, Default)]
struct Between(Mutex<Vec<Subscriber>>);

impl Relay for Between {
    fn publish(&self, messages: &[RelayMessage]) {
        self.0.lock().unwrap().iter().for_each(|subscriber| subscriber.receive(messages));
    }

    fn subscribe(&self, subscriber: Subscriber) {
        self.0.lock().unwrap().push(subscriber);
    }
}

#[test]
fn each_user_has_other_answers() {
    let store = TestStore::memory();
    let settings = |messages: MessagesConfig| messages.repeat_answers_for(LONG);
    let site = Site::with(&store, settings, |routes| {
        routes.service(Endpoints::default().at("/messages"));
    });
    let [alice, bob] = ["alice", "bob"].map(|name| site.user(name));
    alice.add("for alice");
    let (of_alice, of_bob) = (tag(&alice, "/messages/peek/"), tag(&bob, "/messages/peek/"));
    assert_ne!(of_alice, of_bob);
    for _ in 0..2 {
        assert_eq!(status(&alice, "/messages/peek/", &of_bob), 200);
        assert_eq!(status(&bob, "/messages/peek/", &of_alice), 200);
        assert_eq!(status(&bob, "/messages/peek/", &of_bob), 304);
    }
    assert_eq!(alice.send("HEAD", "/messages/peek/", &[("if-none-match", &of_alice)]).status, 304);
}
