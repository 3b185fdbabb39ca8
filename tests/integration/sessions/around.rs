//! Messages of the requests that sign in or sign out: none of them is lost.

use actix_identity::config::LogoutBehavior;
use actix_messages::settings::{SessionScoping, Visitors};
use serde_json::json;

use super::{
    on_every_engine,
    site::{Logins, Place, SCOPINGS, Step, each_setting, say, sign_in},
};
use crate::support::wait;

on_every_engine! {
    what_is_said_around_a_login_is_kept,
    what_is_said_before_a_login_without_a_claim_waits_for_one,
    what_is_said_after_a_purge_is_on_the_next_page,
    what_is_said_after_a_logout_is_on_the_next_page,
    what_is_said_around_a_logout_is_there_at_the_next_login,
    a_session_that_goes_on_after_a_logout_is_another_one,
    what_is_said_between_a_logout_and_a_login_is_kept,
    what_is_said_and_claimed_before_a_logout_is_kept,
    what_is_said_to_visitors_that_are_forgotten_is_there_at_the_next_login,
    what_is_said_before_the_first_login_of_a_new_session_is_kept,
    what_is_said_in_a_session_of_one_request_is_there_at_the_next_login,
    a_mailbox_that_a_handler_opens_is_that_of_the_session,
    what_is_said_when_the_answer_is_on_its_way_is_kept_or_refused,
}

fn what_is_said_around_a_login_is_kept(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let browser = site.browser();
        browser.act(&[say("earlier")]);
        browser.act(&[say("before"), sign_in("alice"), Step::Claim, say("after")]);
        assert_eq!(browser.list(), ["earlier", "before", "after"], "{scoping:?}");
        assert_eq!(place.texts("alice"), ["earlier", "before", "after"]);
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn what_is_said_before_a_login_without_a_claim_waits_for_one(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let browser = site.browser();
        browser.act(&[say("before"), sign_in("alice"), say("after")]);
        assert_eq!(browser.list(), ["after"], "{scoping:?}");
        browser.act(&[Step::Claim]);
        assert_eq!(browser.list(), ["before", "after"], "{scoping:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

/// A new session replaces the session that ended. It contains only the id to which the new messages are bound.
fn what_is_said_after_a_purge_is_on_the_next_page(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let alice = site.browser_of("alice", "ends with the session");
        let (secret, old) = (alice.secret(), alice.at_the_same_moment());
        alice.act(&[say("before"), Step::Purge, say("after"), Step::SayInMailbox("that".into())]);
        assert_eq!(alice.list(), ["after", "that"], "{scoping:?}");
        let state = alice.client.get("/state").expect(200).json();
        assert_eq!(state.as_object().unwrap().len(), 1, "{state}");
        assert_ne!(alice.secret(), secret);
        assert!(alice.secret().is_some());
        if !place.is_on_cookies() {
            assert_eq!(old.secret(), None, "the old session is invalid");
        }
        assert_eq!(site.list_of("alice"), ["before"], "{scoping:?}");
        assert_eq!(place.texts("alice"), ["before"]);
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn what_is_said_after_a_logout_is_on_the_next_page(place: &Place) {
    for (scoping, logins) in each_setting() {
        let site = place.start_with(logins.clone(), |messages| messages.session_scoping(scoping));
        let alice = site.browser_of("alice", "ends with the session");
        assert_eq!(alice.act(&[Step::SignOut, say("Good bye."), Step::Take]), json!(["Good bye."]));
        assert!(alice.list().contains(&"Good bye.".to_owned()), "{scoping:?} {logins:?}");
        assert!(place.texts("alice").is_empty());
        // Nothing is left for the next user who signs in here.
        alice.act(&[sign_in("bob")]);
        assert!(alice.list().is_empty());
        alice.act(&[Step::SignOut]);
        assert!(alice.list().is_empty());
    }
}

/// The session itself continues, but messages know it by another id, like another session.
fn a_session_that_goes_on_after_a_logout_is_another_one(place: &Place) {
    let keeping = Logins { logout: LogoutBehavior::DeleteIdentityKeys, ..Logins::default() };
    let site = place.start_with(keeping, |messages| messages);
    let alice = site.browser_of("alice", "hello");
    let first = alice.secret().unwrap();
    alice.act(&[Step::SignOut]);
    assert_eq!(alice.secret(), None);
    alice.act(&[sign_in("alice")]);
    let second = alice.secret().unwrap();
    alice.act(&[Step::SignOut, say("Good bye.")]);
    let third = alice.secret().unwrap();
    assert!(first != second && second != third && third != first);
}

/// All steps are in one request.
fn what_is_said_and_claimed_before_a_logout_is_kept(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let browser = site.browser();
        browser.act(&[say("before"), sign_in("alice"), Step::Claim, say("after"), Step::SignOut]);
        assert_eq!(place.texts("alice"), ["before", "after"], "{scoping:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

/// All steps are in one request. Messages between the logout and the login belong to the visitor, who may claim them.
fn what_is_said_between_a_logout_and_a_login_is_kept(place: &Place) {
    let keeping = || Logins { logout: LogoutBehavior::DeleteIdentityKeys, ..Logins::default() };
    for claims_at_once in [false, true] {
        let site = place.start_with(keeping(), |messages| messages);
        let browser = site.browser_of("alice", "ends with the session");
        let mut steps = vec![Step::SignOut, say("between"), sign_in("bob"), say("to bob")];
        steps.extend(claims_at_once.then_some(Step::Claim));
        browser.act(&steps);
        browser.act(&[Step::Claim]);
        assert_eq!(browser.list(), ["between", "to bob"], "{claims_at_once}");
        assert!(place.texts("alice").is_empty());
        browser.act(&[Step::SignOut]);
        assert!(place.texts("bob").is_empty(), "both messages are bound to the session");
    }
}

/// If the session continues, messages after the logout go to the visitor, and follow at the next login.
fn what_is_said_around_a_logout_is_there_at_the_next_login(place: &Place) {
    for (scoping, logins) in each_setting() {
        let site = place.start_with(logins.clone(), |messages| messages.session_scoping(scoping));
        let alice = site.browser_of("alice", "ends with the session");
        alice.act(&[say("before"), Step::SignOut, say("after")]);
        alice.act(&[sign_in("alice"), Step::Claim]);
        assert_eq!(alice.list(), ["before", "after"], "{scoping:?} {logins:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn what_is_said_to_visitors_that_are_forgotten_is_there_at_the_next_login(place: &Place) {
    for (scoping, logins) in each_setting() {
        let settings =
            |messages: actix_messages::MessagesConfig| messages.session_scoping(scoping).visitors(Visitors::Forget);
        let site = place.start_with(logins.clone(), settings);
        let alice = site.browser_of("alice", "ends with the session");
        alice.act(&[say("before"), Step::SignOut, say("after")]);
        assert!(alice.list().is_empty());
        assert_eq!(site.list_of("alice"), ["before", "after"], "{scoping:?} {logins:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn what_is_said_before_the_first_login_of_a_new_session_is_kept(place: &Place) {
    let site = place.start();
    let browser = site.browser();
    browser.act(&[say("before"), Step::Renew, sign_in("alice"), Step::Claim, Step::Renew]);
    assert_eq!(browser.list(), ["before"]);
    assert!(browser.secret().is_some());
}

fn what_is_said_in_a_session_of_one_request_is_there_at_the_next_login(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        site.browser().act(&[sign_in("alice"), say("hello"), Step::Purge]);
        assert_eq!(site.list_of("alice"), ["hello"], "{scoping:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn a_mailbox_that_a_handler_opens_is_that_of_the_session(place: &Place) {
    let in_mailbox = |text: &str| Step::SayInMailbox(text.to_owned());
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let visitor = site.browser();
        visitor.act(&[in_mailbox("to a visitor")]);
        assert_eq!(visitor.list(), ["to a visitor"]);
        let [here, there] = [site.browser(), site.browser()];
        for browser in [&here, &there] {
            browser.act(&[sign_in("alice"), in_mailbox("to alice")]);
        }
        assert_eq!(here.list().len(), if scoping == SessionScoping::Shared { 2 } else { 1 });
        here.act(&[in_mailbox("before"), Step::Purge, in_mailbox("after")]);
        assert_eq!(place.texts("alice"), ["to alice", "before"], "{scoping:?}");
        assert_eq!(here.list(), ["after"]);
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

/// When the body is sent, the session is already closed, and no user is signed in.
fn what_is_said_when_the_answer_is_on_its_way_is_kept_or_refused(place: &Place) {
    let site = place.start();
    let (alice, visitor) = (site.browser_of("alice", "hello"), site.browser());
    for browser in [&alice, &visitor] {
        let before = browser.list();
        let refusal = browser.say_late(false);
        assert!(refusal.contains("call `messages.mailbox()?` in the handler"), "{refusal}");
        assert_eq!(browser.list(), before);
        let kept = browser.say_late(true);
        assert!(kept.starts_with("Some("), "{kept}");
        assert_eq!(browser.list(), [before, vec!["late".to_owned()]].concat());
    }
}
