//! Whether the sessions of one user see each other's messages.

use actix_messages::settings::SessionScoping;
use serde_json::json;

use super::{
    on_every_engine,
    site::{Browser, Logins, Place, Site, Step, say, sign_in},
};
use crate::support::wait;

on_every_engine! {
    shared_sessions_see_everything,
    separate_sessions_list_their_own,
    separate_sessions_peek_at_their_own,
    separate_sessions_retrieve_their_own,
    separate_sessions_delete_their_own,
    separate_sessions_take_their_own,
    a_session_without_messages_sees_those_of_no_session,
    the_end_of_one_session_leaves_the_others,
}

/// Gives alice a message in each of two sessions, and a message that is bound to no session.
fn two_sessions(place: &Place, scoping: SessionScoping) -> (Site, [Browser; 2]) {
    let site = place.start_with(Logins::default(), |messages| messages.session_scoping(scoping));
    let browsers = [site.browser_of("alice", "here"), site.browser_of("alice", "there")];
    wait(place.mailbox("alice").info("everywhere")).unwrap();
    (site, browsers)
}

/// Returns the path of the message with this text.
fn path(place: &Place, text: &str) -> String {
    let id = wait(place.mailbox("alice").all().narrow(|filter| filter.with_text(text)).first()).unwrap().unwrap().id;
    format!("/messages/{id}/")
}

fn shared_sessions_see_everything(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Shared);
    assert_eq!(here.client.unread(), 3);
    assert_eq!(here.list(), ["here", "there", "everywhere"]);
    assert_eq!(there.list(), ["here", "there", "everywhere"]);
    there.client.delete(path(place, "here")).expect(204);
    assert_eq!(here.list(), ["there", "everywhere"]);
}

fn separate_sessions_list_their_own(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    assert_eq!(here.list(), ["here", "everywhere"]);
    assert_eq!(there.list(), ["there", "everywhere"]);
    assert_eq!(here.client.get("/messages/").json()["count"], 2);
}

fn separate_sessions_peek_at_their_own(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    assert_eq!((here.client.unread(), there.client.unread()), (2, 2));
    here.list();
    assert_eq!((here.client.unread(), there.client.unread()), (0, 1), "one session has read the message that both see");
}

fn separate_sessions_retrieve_their_own(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    here.client.get(path(place, "there")).expect(404);
    assert_eq!(there.client.unread(), 2);
    assert_eq!(there.client.get(path(place, "there")).expect(200).json()["message"], "there");
    assert_eq!(here.client.get(path(place, "everywhere")).expect(200).json()["message"], "everywhere");
}

fn separate_sessions_delete_their_own(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    here.client.delete(path(place, "there")).expect(404);
    there.list();
    here.client.delete(path(place, "there")).expect(404);
    there.client.delete(path(place, "there")).expect(204);
    there.client.delete(path(place, "everywhere")).expect(204);
    assert_eq!(place.texts("alice"), ["here"]);
}

fn separate_sessions_take_their_own(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    assert_eq!(here.act(&[say("here, too"), Step::Take]), json!(["here", "everywhere", "here, too"]));
    assert_eq!(there.act(&[Step::Take]), json!(["there"]));
}

fn a_session_without_messages_sees_those_of_no_session(place: &Place) {
    let (site, _) = two_sessions(place, SessionScoping::Separate);
    let another = site.browser();
    another.act(&[sign_in("alice")]);
    assert_eq!(another.list(), ["everywhere"]);
}

fn the_end_of_one_session_leaves_the_others(place: &Place) {
    let (_site, [here, there]) = two_sessions(place, SessionScoping::Separate);
    here.act(&[Step::SignOut]);
    assert_eq!(there.list(), ["there", "everywhere"]);
    assert_eq!(place.texts("alice"), ["there", "everywhere"]);
}
