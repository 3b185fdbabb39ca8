//! Messages of the very requests that sign in and sign out: none is lost.

use actix_messages::{SessionScoping, Visitors};

use super::{
    on_every_engine,
    site::{Logins, Place, Step, say, sign_in},
};
use crate::support::wait;

on_every_engine! {
    what_is_said_around_a_login_is_kept,
    what_is_said_before_a_login_without_a_claim_waits_for_one,
    what_is_said_around_a_purge_is_there_at_the_next_login,
    what_is_said_around_a_logout_is_there_at_the_next_login,
    what_is_said_to_visitors_that_are_forgotten_is_there_at_the_next_login,
    what_is_said_before_the_first_login_of_a_new_session_is_kept,
}

const SCOPINGS: [SessionScoping; 2] = [SessionScoping::Shared, SessionScoping::Separate];

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

fn what_is_said_around_a_purge_is_there_at_the_next_login(place: &Place) {
    for scoping in SCOPINGS {
        let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
        let alice = site.browser_of("alice", "ends with the session");
        alice.act(&[say("before"), Step::Purge, say("after")]);
        assert!(alice.list().is_empty());
        let again = site.browser();
        again.act(&[sign_in("alice")]);
        assert_eq!(again.list(), ["before", "after"], "{scoping:?}");
        assert_eq!(place.texts("alice"), ["before", "after"]);
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

/// Where the session lives on, what is said after the logout is said to the visitor who is left, and follows them when
/// they sign in again.
fn what_is_said_around_a_logout_is_there_at_the_next_login(place: &Place) {
    for scoping in SCOPINGS {
        for logins in Logins::each() {
            let site = place.start_with(logins.clone(), |messages| messages.session_scoping(scoping));
            let alice = site.browser_of("alice", "ends with the session");
            alice.act(&[say("before"), Step::SignOut, say("after")]);
            alice.act(&[sign_in("alice"), Step::Claim]);
            assert_eq!(alice.list(), ["before", "after"], "{scoping:?} {logins:?}");
            wait(place.mailbox("alice").erase()).unwrap();
        }
    }
}

fn what_is_said_to_visitors_that_are_forgotten_is_there_at_the_next_login(place: &Place) {
    for scoping in SCOPINGS {
        for logins in Logins::each() {
            let settings =
                |messages: actix_messages::MessagesConfig| messages.session_scoping(scoping).visitors(Visitors::Forget);
            let site = place.start_with(logins.clone(), settings);
            let alice = site.browser_of("alice", "ends with the session");
            alice.act(&[say("before"), Step::SignOut, say("after")]);
            assert!(alice.list().is_empty());
            let again = site.browser();
            again.act(&[sign_in("alice")]);
            assert_eq!(again.list(), ["before", "after"], "{scoping:?} {logins:?}");
            wait(place.mailbox("alice").erase()).unwrap();
        }
    }
}

fn what_is_said_before_the_first_login_of_a_new_session_is_kept(place: &Place) {
    let site = place.start();
    let browser = site.browser();
    browser.act(&[say("before"), Step::Renew, sign_in("alice"), Step::Claim, Step::Renew]);
    assert_eq!(browser.list(), ["before"]);
    assert!(browser.secret().is_some());
}
