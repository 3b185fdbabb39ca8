//! Sessions: a message bound to a session is visible only in it, and is deleted with it.

use std::sync::Arc;

use actix_messages::{Messages, MessagesConfig, session_key, settings::SessionScoping};
use actix_session::Session;
use actix_web::{Error, HttpResponse, web};

use crate::support::{Server, TestApp, TestStore, on_every_store, serve, wait};

on_every_store! {
    a_message_added_in_the_login_request_is_kept,
    a_message_added_in_the_logout_request_is_kept,
    a_message_bound_to_a_session_is_seen_in_that_session_alone,
    a_message_bound_to_no_session_is_seen_in_all,
    the_end_of_a_session_deletes_its_messages_and_no_others,
    renewing_a_session_deletes_nothing,
    another_user_on_the_same_session_deletes_nothing,
}

/// An application whose handlers add messages while they sign users in and out.
fn start(store: &TestStore) -> Server {
    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key("user"));
    serve(messages, |app| {
        app.route("/login/{user}", web::post().to(sign_in))
            .route("/renew", web::post().to(renew))
            .route("/logout", web::post().to(sign_out));
    })
}

async fn sign_in(user: web::Path<String>, session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    session.renew();
    session.insert("user", user.as_str())?;
    messages.success(format!("Welcome, {user}.")).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn renew(session: Session) -> HttpResponse {
    session.renew();
    HttpResponse::NoContent().finish()
}

async fn sign_out(session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    messages.info("Good bye.").await?;
    session.purge();
    Ok(HttpResponse::NoContent().finish())
}

fn a_message_added_in_the_login_request_is_kept(store: &TestStore) {
    let server = start(store);
    let browser = server.client();
    browser.request("POST", "/login/alice").send().expect(204);
    assert_eq!(browser.texts("/messages/"), ["Welcome, alice."]);
    // The session already has a user and gets another one: the message belongs to the new user.
    browser.request("POST", "/login/bob").send().expect(204);
    assert_eq!(browser.texts("/messages/"), ["Welcome, bob."]);
}

fn a_message_added_in_the_logout_request_is_kept(store: &TestStore) {
    let server = start(store);
    let browser = server.client();
    browser.request("POST", "/login/alice").send().expect(204);
    browser.request("POST", "/logout").send().expect(204);
    assert_eq!(browser.texts("/messages/"), Vec::<String>::new(), "nobody is signed in");
    browser.request("POST", "/login/alice").send().expect(204);
    assert_eq!(browser.texts("/messages/?ordering=created"), ["Good bye.", "Welcome, alice."]);
}

fn a_message_bound_to_a_session_is_seen_in_that_session_alone(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.session_scoping(SessionScoping::Separate));
    let (phone, laptop) = (app.user("alice"), app.user("alice"));
    let id = phone.add(40, "from the phone");
    laptop.add(20, "from the laptop");

    let foreign = format!("/messages/{id}/");
    laptop.get(&foreign).expect(404);
    laptop.delete(&foreign).expect(404);
    assert_eq!(laptop.get("/messages/peek/").json()["max_level"], 20);
    assert_eq!(laptop.texts("/messages/"), ["from the laptop"]);
    assert_eq!((phone.unread(), laptop.unread()), (1, 0), "reading in one session must not mark messages of another");
    assert_eq!(phone.texts("/messages/"), ["from the phone"]);
    phone.delete(&foreign).expect(204);
}

fn a_message_bound_to_no_session_is_seen_in_all(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.session_scoping(SessionScoping::Separate));
    let (phone, laptop) = (app.user("alice"), app.user("alice"));
    phone.add(20, "from the phone");
    wait(store.mailbox("alice").info("from a job")).unwrap();
    assert_eq!(phone.texts("/messages/?ordering=created"), ["from the phone", "from a job"]);
    assert_eq!(laptop.texts("/messages/"), ["from a job"]);
    phone.sign_out();
    laptop.sign_out();
    assert_eq!(app.user("alice").texts("/messages/"), ["from a job"]);
}

fn the_end_of_a_session_deletes_its_messages_and_no_others(store: &TestStore) {
    let app = TestApp::new(store);
    let (phone, laptop, bob) = (app.user("alice"), app.user("alice"), app.user("bob"));
    phone.add(20, "from the phone");
    laptop.add(20, "from the laptop");
    bob.add(20, "bob's");
    phone.sign_out();
    assert_eq!(laptop.texts("/messages/"), ["from the laptop"]);
    assert_eq!(bob.texts("/messages/"), ["bob's"]);
}

fn renewing_a_session_deletes_nothing(store: &TestStore) {
    let server = start(store);
    let browser = server.client();
    browser.request("POST", "/login/alice").send().expect(204);
    for _ in 0..2 {
        browser.request("POST", "/renew").send().expect(204);
    }
    assert_eq!(browser.texts("/messages/"), ["Welcome, alice."]);
}

fn another_user_on_the_same_session_deletes_nothing(store: &TestStore) {
    let app = TestApp::new(store);
    let browser = app.user("alice");
    browser.add(20, "alice's");
    browser.sign_in("bob");
    assert_eq!(browser.texts("/messages/"), Vec::<String>::new());
    browser.add(20, "bob's");
    assert_eq!(app.user("alice").texts("/messages/"), ["alice's"]);
    browser.sign_in("alice");
    assert_eq!(browser.texts("/messages/"), ["alice's"]);
}
