//! Sessions that an attacker knows: planted before the login, or kept after the end.

use actix_messages::settings::SessionScoping;
use serde_json::json;

use super::{
    on_every_engine,
    site::{Browser, Logins, Place, Site, Step, say, sign_in},
};
use crate::support::wait;

on_every_engine! {
    who_planted_a_session_is_not_signed_in_with_its_victim,
    who_planted_a_session_sees_nothing_that_was_said_since,
    who_planted_a_session_ends_none_that_was_cleared_at_the_sign_in,
    a_cookie_that_is_sent_again_after_the_end_shows_nothing_of_the_session,
    a_cookie_of_another_site_or_a_forged_one_is_nobodys,
}

/// Creates a session that is in the browsers of both a thief and a victim.
fn planted(place: &Place, scoping: SessionScoping) -> (Site, Browser, Browser) {
    let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
    let thief = site.browser();
    thief.act(&[say("planted")]);
    let victim = Browser { client: thief.client.at(thief.client.address()) };
    (site, thief, victim)
}

fn who_planted_a_session_is_not_signed_in_with_its_victim(place: &Place) {
    let (_site, thief, victim) = planted(place, SessionScoping::Shared);
    let cookie = thief.client.cookie("id");
    victim.act(&[sign_in("alice")]);
    assert_ne!(victim.client.cookie("id"), cookie, "a sign-in gives the session a new key");
    victim.act(&[say("secret")]);
    assert_eq!(thief.list().iter().filter(|text| *text == "secret").count(), 0);
    assert_eq!(place.texts("alice"), ["secret"]);
    assert_eq!(victim.list(), ["secret"]);
}

fn who_planted_a_session_sees_nothing_that_was_said_since(place: &Place) {
    for scoping in [SessionScoping::Shared, SessionScoping::Separate] {
        let (_site, thief, victim) = planted(place, scoping);
        victim.act(&[sign_in("alice"), Step::Claim, say("secret")]);
        assert!(thief.list().iter().all(|text| text == "planted"));
        // The same is true after the thief signs in with the planted session.
        thief.act(&[sign_in("mallory"), Step::Claim]);
        assert!(thief.list().iter().all(|text| text == "planted"), "{:?}", thief.list());
        assert!(place.texts("alice").contains(&"secret".to_owned()));
        erase(place, "alice");
        erase(place, "mallory");
    }
}

fn who_planted_a_session_ends_none_that_was_cleared_at_the_sign_in(place: &Place) {
    for scoping in [SessionScoping::Shared, SessionScoping::Separate] {
        let (_site, thief, victim) = planted(place, scoping);
        victim.act(&[Step::Clear, sign_in("alice"), say("secret")]);
        victim.act(&[say("another")]);
        thief.act(&[Step::Purge]);
        assert_eq!(victim.list(), ["secret", "another"], "{scoping:?}");
        erase(place, "alice");
    }
}

/// Empties a mailbox for the next round.
fn erase(place: &Place, user: &str) {
    wait(place.mailbox(user).erase()).unwrap();
}

fn a_cookie_that_is_sent_again_after_the_end_shows_nothing_of_the_session(place: &Place) {
    for logins in Logins::each() {
        let site = place.start_with(logins, |messages| messages);
        let alice = site.browser_of("alice", "of the session");
        let copy = Browser { client: alice.client.at(alice.client.address()) };
        alice.act(&[Step::SignOut]);
        wait(place.mailbox("alice").info("later")).unwrap();
        let list = copy.list();
        assert!(!list.contains(&"of the session".to_owned()), "the end of a session deletes its messages");
        // A session that exists only in its cookie can't be revoked: see docs/security.md.
        let expected = if place.is_on_cookies() { vec!["later".to_owned()] } else { Vec::new() };
        assert_eq!(list, expected);
        erase(place, "alice");
    }
}

fn a_cookie_of_another_site_or_a_forged_one_is_nobodys(place: &Place) {
    let site = place.start();
    let alice = site.browser_of("alice", "secret");
    let elsewhere = place.start();
    let cookie = alice.client.cookie("id").unwrap();
    let cut = &cookie[..cookie.len() - 1];
    let turned = format!("{cut}{}", if cookie.ends_with('A') { 'B' } else { 'A' });
    for (browser, value) in [(elsewhere.browser(), cookie.as_str()), (site.browser(), cut), (site.browser(), &turned)] {
        for target in ["/messages/", "/messages/peek/"] {
            let answer = browser.client.request("GET", target).header("Cookie", &format!("id={value}")).send();
            assert_eq!(answer.expect(200).json()["count"], json!(0), "{target}");
        }
    }
    assert_eq!(alice.list(), ["secret"]);
}
