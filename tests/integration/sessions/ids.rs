//! The ids of sessions for messages: created when needed, kept while the session lives, and stored only as a digest.

use std::fs;

use actix_messages::settings::SessionScoping;
use actix_messages_diesel::SqliteOptions;
use tempfile::TempDir;

use super::{
    on_every_engine,
    site::{Logins, Place, Step, say, sign_in},
};
use crate::support::{TestStore, wait};

on_every_engine! {
    a_visitor_is_known_from_the_first_message_on,
    a_session_is_known_from_the_sign_in_on,
    of_two_first_messages_at_the_same_moment_none_is_lost,
    a_session_is_the_same_when_its_key_is_renewed,
    a_session_after_the_end_is_another_one,
    each_session_is_known_by_something_else,
    only_a_digest_is_in_the_database,
}

fn a_visitor_is_known_from_the_first_message_on(place: &Place) {
    let site = place.start();
    let visitor = site.browser();
    visitor.act(&[say(""), Step::Take, Step::Claim, Step::Renew]);
    assert_eq!((visitor.list().len(), visitor.client.unread()), (0, 0));
    assert_eq!(visitor.secret(), None);
    visitor.act(&[say("hello")]);
    let secret = visitor.secret().unwrap();
    assert!(secret.len() >= 32, "128 random bits can't be guessed: {secret}");
}

fn a_session_is_known_from_the_sign_in_on(place: &Place) {
    let site = place.start();
    let alice = site.browser();
    alice.act(&[sign_in("alice")]);
    let secret = alice.secret().unwrap();
    alice.act(&[say("hello"), Step::Renew]);
    assert_eq!(alice.secret().unwrap(), secret);
    assert_eq!(alice.list(), ["hello"]);
}

fn of_two_first_messages_at_the_same_moment_none_is_lost(place: &Place) {
    for scoping in [SessionScoping::Shared, SessionScoping::Separate] {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let alice = site.browser();
        alice.act(&[sign_in("alice")]);
        let also_alice = alice.at_the_same_moment();
        alice.act(&[say("one")]);
        also_alice.act(&[say("two")]);
        assert_eq!(alice.list(), ["one", "two"], "{scoping:?}");
        assert_eq!(also_alice.list(), ["one", "two"], "{scoping:?}");
        also_alice.act(&[Step::Purge]);
        assert_eq!(place.texts("alice"), [""; 0], "the end of a session deletes all messages bound to it");
    }
}

fn a_session_is_the_same_when_its_key_is_renewed(place: &Place) {
    let site = place.start();
    let alice = site.browser_of("alice", "one");
    let (secret, cookie) = (alice.secret(), alice.client.cookie("id"));
    alice.act(&[Step::Renew]);
    assert_ne!(alice.client.cookie("id"), cookie);
    assert_eq!(alice.secret(), secret);
    alice.act(&[say("two"), Step::Renew, say("three")]);
    alice.act(&[sign_in("alice")]);
    assert_eq!(alice.secret(), secret);
    assert_eq!(alice.list(), ["one", "two", "three"]);
}

fn a_session_after_the_end_is_another_one(place: &Place) {
    let site = place.start();
    let alice = site.browser_of("alice", "one");
    let first = alice.secret().unwrap();
    alice.act(&[Step::Purge]);
    assert_eq!(alice.secret(), None);
    alice.act(&[sign_in("alice"), say("two")]);
    assert_ne!(alice.secret().unwrap(), first);
}

fn each_session_is_known_by_something_else(place: &Place) {
    let site = place.start();
    let [here, there] = [site.browser_of("alice", "here"), site.browser_of("alice", "there")];
    assert_ne!(here.secret().unwrap(), there.secret().unwrap());
    let bound = wait(place.mailbox("alice").all().list()).unwrap();
    assert!(bound[0].session.is_some() && bound[1].session.is_some());
    assert_ne!(bound[0].session, bound[1].session);
}

fn only_a_digest_is_in_the_database(place: &Place) {
    let folder = TempDir::new().unwrap();
    let store = SqliteOptions::default().open(folder.path().join("messages.sqlite")).unwrap();
    let place = place.with_store(TestStore::of(store));
    let site = place.start();
    let [alice, visitor] = [site.browser_of("alice", "for alice"), site.browser()];
    visitor.act(&[say("for a visitor")]);

    let files = fs::read_dir(folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let files = files.collect::<Vec<_>>().concat();
    let has = |text: &str| files.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(has("for alice") && has("for a visitor"), "these files contain the messages");
    let digest = wait(place.mailbox("alice").all().first()).unwrap().unwrap().session.unwrap();
    assert!(has(digest.as_str()));
    for browser in [&alice, &visitor] {
        assert!(!has(&browser.secret().unwrap()));
        assert!(!has(&browser.client.cookie("id").unwrap()));
    }
    assert_ne!(alice.secret().unwrap(), digest.as_str());
}
