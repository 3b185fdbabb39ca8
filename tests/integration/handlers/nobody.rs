//! Visitors without stored mailboxes: their messages exist only during the request.

use std::sync::Arc;

use actix_messages::{Error, Messages, MessagesConfig, session_key, settings::Visitors};
use actix_session::Session;
use actix_web::{HttpResponse, web};
use serde_json::json;

use crate::support::{Client, Server, TestStore, on_every_store, serve};

on_every_store! {
    what_is_said_to_nobody_is_there_for_the_rest_of_the_request,
    nobody_has_an_empty_mailbox,
    what_is_not_stored_needs_no_session,
    what_is_said_after_the_end_of_a_session_waits_for_who_has_left,
}

fn start(store: &TestStore) -> Server {
    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key("user")).visitors(Visitors::Forget);
    serve(messages, |app| {
        app.route("/greet", web::post().to(greet))
            .route("/mumble", web::post().to(mumble))
            .route("/login", web::post().to(sign_in))
            .route("/logout", web::post().to(sign_out));
    })
}

/// Adds messages that are not stored: one has an empty text, the other a level below the minimum.
async fn mumble(messages: Messages) -> Result<HttpResponse, Error> {
    assert_eq!([messages.info("").await?, messages.debug("Psst.").await?], [None, None]);
    Ok(HttpResponse::Ok().finish())
}

/// Adds two messages, and returns the unread ones.
async fn greet(first: Messages, second: Messages) -> Result<HttpResponse, Error> {
    let ids = [first.info("Hello.").await?, second.debug("Psst.").await?, second.error("Sign in first.").await?];
    assert_eq!(ids.map(|id| id.is_some()), [true, false, true]);
    let unread = first.unread().list().await?;
    Ok(HttpResponse::Ok().json(unread.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

async fn sign_in(session: Session) -> HttpResponse {
    session.insert("user", "alice").unwrap();
    HttpResponse::Ok().finish()
}

async fn sign_out(session: Session, messages: Messages) -> Result<HttpResponse, Error> {
    session.purge();
    messages.info("You are signed out.").await?;
    let unread = messages.unread().list().await?;
    Ok(HttpResponse::Ok().json(unread.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

fn greet_as(client: &Client) -> serde_json::Value {
    client.request("POST", "/greet").send().expect(200).json()
}

fn what_is_said_to_nobody_is_there_for_the_rest_of_the_request(store: &TestStore) {
    let server = start(store);
    let visitor = server.client();
    for _ in 0..2 {
        assert_eq!(greet_as(&visitor), json!(["Sign in first.", "Hello."]));
    }
    assert_eq!(visitor.unread(), 0);
    visitor.request("POST", "/login").send().expect(200);
    assert_eq!(visitor.unread(), 0, "the visitor's message must not get into the user's mailbox");
    assert_eq!(greet_as(&visitor), json!(["Sign in first.", "Hello."]));
    assert_eq!(visitor.unread(), 2);
}

fn nobody_has_an_empty_mailbox(store: &TestStore) {
    let server = start(store);
    let visitor = server.client();
    assert_eq!(visitor.texts("/messages/"), Vec::<String>::new());
    let peek = visitor.get("/messages/peek/").expect(200).json();
    assert_eq!(peek, json!({ "count": 0, "max_level": null, "max_level_tag": "" }));
    visitor.get("/messages/1/").expect(404);
    visitor.delete("/messages/1/").expect(404);
    visitor.get("/messages/?level=x").expect(400);
}

fn what_is_not_stored_needs_no_session(store: &TestStore) {
    let server = start(store);
    let visitor = server.client();
    let answer = visitor.request("POST", "/mumble").send().expect(200);
    assert_eq!(answer.header("set-cookie"), None);
    visitor.request("POST", "/login").send().expect(200);
    let answer = visitor.request("POST", "/mumble").send().expect(200);
    assert_eq!(answer.header("set-cookie"), None);
    let answer = visitor.get("/messages/").expect(200);
    assert_eq!(answer.header("set-cookie"), None, "reading must not set a cookie");
}

fn what_is_said_after_the_end_of_a_session_waits_for_who_has_left(store: &TestStore) {
    let server = start(store);
    let alice = server.client();
    alice.request("POST", "/login").send().expect(200);
    greet_as(&alice);
    let said = alice.request("POST", "/logout").send().expect(200).json();
    assert_eq!(said, json!([]), "messages of alice are visible after the sign-out");
    alice.request("POST", "/login").send().expect(200);
    assert_eq!(alice.texts("/messages/"), ["You are signed out."]);
}
