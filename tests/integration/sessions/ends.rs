//! The end of a session by a purge, a logout or a deadline, and changes that do not end it.

use std::{thread::sleep, time::Duration};

use actix_messages::{
    MessagesConfig,
    settings::{AfterLogout, Visitors},
};
use serde_json::json;

use super::{
    on_every_engine,
    site::{Logins, Place, Step, each_setting, say, sign_in},
};
use crate::support::wait;

on_every_engine! {
    a_purge_deletes_what_is_bound_to_the_session,
    a_purge_deletes_what_is_bound_to_the_session_of_a_visitor,
    to_clear_a_session_deletes_what_is_bound_to_it,
    a_logout_deletes_what_is_bound_to_the_session,
    a_deadline_that_has_passed_deletes_what_is_bound_to_the_session,
    a_deadline_that_has_not_passed_deletes_nothing,
    a_login_that_has_expired_shows_nothing,
    nothing_is_shown_after_the_end_in_the_same_request,
    messages_may_outlive_their_session,
    renewing_deletes_nothing,
    another_user_on_the_same_session_deletes_and_sees_nobodys,
}

/// A deadline that has passed at the next request: actix-identity counts from the full second before the login.
const A_MOMENT: Duration = Duration::from_millis(1);

fn wait_until_it_has_passed() {
    sleep(20 * A_MOMENT);
}

/// Gives alice a message in another session, and a message that is bound to no session.
fn leave_two_elsewhere(place: &Place, site: &super::site::Site) {
    drop(site.browser_of("alice", "elsewhere"));
    wait(place.mailbox("alice").info("unbound")).unwrap();
}

fn a_purge_deletes_what_is_bound_to_the_session(place: &Place) {
    let site = place.start();
    let alice = site.browser_of("alice", "here");
    leave_two_elsewhere(place, &site);
    alice.act(&[say("here, too")]);
    alice.act(&[Step::Purge]);
    assert_eq!(place.texts("alice"), ["elsewhere", "unbound"]);
    assert!(alice.list().is_empty());
}

fn a_purge_deletes_what_is_bound_to_the_session_of_a_visitor(place: &Place) {
    let site = place.start();
    let visitor = site.browser();
    visitor.act(&[say("for a visitor")]);
    visitor.act(&[sign_in("alice"), Step::Claim]);
    assert_eq!(place.texts("alice"), ["for a visitor"]);
    visitor.act(&[Step::Purge]);
    assert!(place.texts("alice").is_empty(), "a claim keeps the message bound to the session");
}

/// Later messages belong to another session.
fn to_clear_a_session_deletes_what_is_bound_to_it(place: &Place) {
    for rest in [Vec::new(), vec!["after"]] {
        let site = place.start();
        let alice = site.browser_of("alice", "of the session");
        alice.act(&[Step::Clear].into_iter().chain(rest.iter().map(|text| say(text))).collect::<Vec<_>>());
        assert_eq!(place.texts("alice"), [""; 0]);
        assert_eq!(alice.list(), rest);
    }
}

fn a_logout_deletes_what_is_bound_to_the_session(place: &Place) {
    for logins in Logins::each() {
        let site = place.start_with(logins.clone(), |messages| messages);
        let alice = site.browser_of("alice", "here");
        leave_two_elsewhere(place, &site);
        alice.act(&[Step::SignOut]);
        assert_eq!(place.texts("alice"), ["elsewhere", "unbound"], "{logins:?}");
        assert!(alice.list().is_empty());
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

/// Returns each way to sign out with each of the two deadlines.
fn with_deadlines(deadline: Duration) -> [Logins; 4] {
    let [purging, removing] = Logins::each();
    let login = |logins: Logins| Logins { login_deadline: Some(deadline), ..logins };
    let visit = |logins: Logins| Logins { visit_deadline: Some(deadline), ..logins };
    [login(purging.clone()), visit(purging), login(removing.clone()), visit(removing)]
}

fn a_deadline_that_has_passed_deletes_what_is_bound_to_the_session(place: &Place) {
    for logins in with_deadlines(A_MOMENT) {
        let site = place.start_with(logins.clone(), |messages| messages);
        let alice = site.browser_of("alice", "here");
        leave_two_elsewhere(place, &site);
        wait_until_it_has_passed();
        assert!(alice.list().is_empty(), "{logins:?}");
        assert_eq!(place.texts("alice"), ["elsewhere", "unbound"], "{logins:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn a_deadline_that_has_not_passed_deletes_nothing(place: &Place) {
    for logins in with_deadlines(Duration::from_secs(24 * 60 * 60)) {
        let site = place.start_with(logins.clone(), |messages| messages);
        let alice = site.browser_of("alice", "here");
        assert_eq!(alice.list(), ["here"], "{logins:?}");
        assert_eq!(place.texts("alice"), ["here"], "{logins:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn a_login_that_has_expired_shows_nothing(place: &Place) {
    for logins in with_deadlines(A_MOMENT) {
        for visitors in [Visitors::Keep { at_most: 100 }, Visitors::Forget] {
            let site = place.start_with(logins.clone(), |messages| messages.visitors(visitors));
            let id = wait(place.mailbox("alice").info("secret")).unwrap().unwrap();
            let expired = || {
                let alice = site.browser_of("alice", "here");
                wait_until_it_has_passed();
                alice.client
            };
            let one = format!("/messages/{id}/");
            assert_eq!(expired().get("/messages/").expect(200).json()["results"], json!([]), "{logins:?}");
            assert_eq!(expired().get("/messages/peek/").expect(200).json()["count"], 0, "{logins:?}");
            expired().get(&one).expect(404);
            expired().delete(&one).expect(404);
            let take = serde_json::to_value([Step::Take]).unwrap();
            assert_eq!(expired().post("/act", &take).expect(200).json(), json!([]), "{logins:?}");
            assert_eq!(wait(place.mailbox("alice").unread().list()).unwrap().to_string(), "secret", "{logins:?}");
            wait(place.mailbox("alice").erase()).unwrap();
        }
    }
}

fn nothing_is_shown_after_the_end_in_the_same_request(place: &Place) {
    for logins in Logins::each() {
        let site = place.start_with(logins, |messages| messages);
        let alice = site.browser_of("alice", "here");
        wait(place.mailbox("alice").info("unbound")).unwrap();
        assert_eq!(alice.act(&[Step::SignOut, Step::Take]), json!([]));
        assert_eq!(place.texts("alice"), ["unbound"]);
        assert_eq!(wait(place.mailbox("alice").unread().count()).unwrap(), 1);
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn messages_may_outlive_their_session(place: &Place) {
    for (scoping, logins) in each_setting() {
        let keep = |messages: MessagesConfig| messages.after_logout(AfterLogout::Keep).session_scoping(scoping);
        let site = place.start_with(logins, keep);
        let alice = site.browser_of("alice", "signed out");
        alice.act(&[Step::SignOut]);
        let alice = site.browser_of("alice", "purged");
        alice.act(&[Step::Purge]);
        assert_eq!(site.list_of("alice"), ["signed out", "purged"], "{scoping:?}");
        wait(place.mailbox("alice").erase()).unwrap();
    }
}

fn renewing_deletes_nothing(place: &Place) {
    let site = place.start();
    let alice = site.browser_of("alice", "one");
    alice.act(&[Step::Renew]);
    alice.act(&[Step::Renew, say("two")]);
    alice.act(&[say("three"), Step::Renew]);
    assert_eq!(place.texts("alice"), ["one", "two", "three"]);
}

fn another_user_on_the_same_session_deletes_and_sees_nobodys(place: &Place) {
    let site = place.start();
    let browser = site.browser_of("alice", "for alice");
    assert_eq!(browser.act(&[sign_in("bob"), Step::Claim, Step::Take]), json!([]));
    assert!(browser.list().is_empty());
    browser.act(&[say("for bob")]);
    assert_eq!(browser.list(), ["for bob"]);
    browser.act(&[sign_in("alice")]);
    assert_eq!(browser.list(), ["for alice"]);
    assert_eq!([place.texts("alice"), place.texts("bob")], [["for alice"], ["for bob"]]);
}
