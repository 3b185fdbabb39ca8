//! The largest responses that the sender of messages can cause, in bytes, as `docs/security.md` states them.

use std::sync::Arc;

use actix_messages::{
    Admin, Clock, Level, MemoryStore, MessageStore, MessagesConfig, NewMessage, Recipient, store::Insertion,
};
use actix_web::{App, HttpRequest};

use crate::support::{Server, wait, with_query};

/// The sizes stated in the guide, in bytes.
const LIST_OF_1000: usize = 32_000_000;
const LIST_OF_10: usize = 320_000;
const PEEK: usize = 600_000;
const ADMIN_PAGE_OF_50: usize = 15_000_000;
const ADMIN_PAGE_OF_200: usize = 58_000_000;

/// A message with as many of these characters as its limits allow.
fn full_of(character: &str, level: i32) -> NewMessage {
    NewMessage::new(level, character.repeat(NewMessage::MAX_TEXT_CHARS))
        .tags((0..NewMessage::MAX_TAGS).map(|at| character.repeat(if at < 96 { 41 } else { 40 })))
        .view(character.repeat(NewMessage::MAX_VIEW_CHARS))
}

/// A server with the REST surface and the admin, on a user's mailbox with these messages.
fn site(user: &str, messages: impl IntoIterator<Item = NewMessage>) -> Server {
    let store = Arc::new(MemoryStore::new());
    let user = Recipient::user(user).unwrap();
    let messages = messages.into_iter().map(|message| message.check().unwrap());
    wait(store.insert(Insertion::new([user.clone()], messages), &Clock::default())).unwrap();
    let admin = Admin::new(Arc::clone(&store)).staff(|_| Some("Ada".into()));
    let config = MessagesConfig::new(store, move |_: &HttpRequest| Some(user.clone()));
    Server::start(move || {
        App::new().app_data(config.clone()).service(actix_messages::scope("/messages")).service(admin.at("/admin"))
    })
}

#[track_caller]
fn assert_close(what: &str, bytes: usize, stated: usize) {
    println!("{what}: {bytes} bytes");
    assert!(bytes <= stated, "{what}: {bytes} bytes, more than the stated {stated}");
    assert!(bytes * 4 > stated * 3, "{what}: only {bytes} bytes, far less than the stated {stated}");
}

#[test]
fn the_largest_lists_are_as_large_as_the_guide_says() {
    // A control character takes six bytes in JSON, more than any other character.
    let server = site("alice", vec![full_of("\u{1}", i32::MIN); 1000]);
    let list = |query: &str| server.client().get(format!("/messages/{query}")).expect(200).body.len();
    assert_close("a list of 10", list(""), LIST_OF_10);
    assert_close("a list of 1000", list("?limit=1000"), LIST_OF_1000);
    let one_of_each_level = (0..10_000).map(|level| NewMessage::new(Level::new(i32::MIN + level), "text"));
    let server = site("alice", one_of_each_level);
    assert_close("peek", server.client().get("/messages/peek/?group=level").expect(200).body.len(), PEEK);
}

#[test]
fn the_largest_page_of_the_admin_is_as_large_as_the_guide_says() {
    // Such a character takes twelve bytes in a URL, and a quotation mark takes six in HTML.
    let largest = (0..200).map(|number| full_of("\u{10ffff}", i32::MIN + number));
    let server = site(&"\"".repeat(Recipient::MAX_USER_ID_BYTES), largest);
    let page = |limit: &str| {
        let most = "a".repeat(2000);
        let query = with_query("/admin/list", &[("limit", limit), ("level__in", ""), ("ordering", &most)]);
        server.client().get(query).expect(200).body.len()
    };
    assert_close("a page of 50", page("50"), ADMIN_PAGE_OF_50);
    assert_close("a page of 200", page("200"), ADMIN_PAGE_OF_200);
}
