//! Requests without the cookie of a session: requests with a token, and forms on another site.

use std::sync::Arc;

use actix_messages::{Error, Messages, MessagesConfig, Recipient, settings::SessionScoping};
use actix_session::{Session, SessionExt};
use actix_web::{HttpRequest, HttpResponse, web};

use crate::support::{Response, Server, TestStore, on_every_store, serve, wait};

on_every_store! {
    a_user_with_a_token_gets_no_session,
    a_user_with_a_token_sees_their_messages_in_separate_sessions,
    a_user_who_sends_cookies_keeps_a_session,
    a_form_on_another_site_begins_no_session,
    a_form_on_the_own_site_begins_a_session,
}

async fn say(messages: Messages) -> Result<HttpResponse, Error> {
    messages.info("said").await?;
    let here = messages.unread().list().await?;
    Ok(HttpResponse::Ok().body(here.to_string()))
}

async fn sign_in(session: Session) -> HttpResponse {
    session.insert("user", "alice").unwrap();
    HttpResponse::Ok().finish()
}

/// Starts a session without a message.
async fn fill_basket(session: Session) -> HttpResponse {
    session.insert("basket", 1).unwrap();
    HttpResponse::Ok().finish()
}

/// Returns the user of the token or, without a token, the user of the session.
fn user(request: &HttpRequest) -> Option<Recipient> {
    let token = request.headers().get("authorization").and_then(|token| token.to_str().ok()?.strip_prefix("Bearer "));
    let in_session = || request.get_session().get::<String>("user").ok().flatten();
    Recipient::user(token.map(str::to_owned).or_else(in_session)?).ok()
}

fn start(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Server {
    let messages = settings(MessagesConfig::new(Arc::clone(&store.store), user));
    serve(messages, |app| {
        app.route("/say", web::post().to(say))
            .route("/say", web::get().to(say))
            .route("/login", web::post().to(sign_in))
            .route("/basket", web::post().to(fill_basket));
    })
}

fn send(server: &Server, method: &str, headers: &[(&str, &str)]) -> Response {
    let client = server.client();
    let call = headers.iter().fold(client.request(method, "/say"), |call, (name, value)| call.header(name, value));
    call.send().expect(200)
}

const TOKEN: (&str, &str) = ("Authorization", "Bearer alice");

fn a_user_with_a_token_gets_no_session(store: &TestStore) {
    let server = start(store, |messages| messages);
    assert_eq!(send(&server, "POST", &[TOKEN]).header("set-cookie"), None);
    let said = wait(store.mailbox("alice").all().first()).unwrap().unwrap();
    assert_eq!(said.session, None, "no client keeps the session that it would be bound to");
    // A client that has a session and also sends a token keeps the session.
    let browser = server.client();
    browser.request("POST", "/login").send().expect(200);
    browser.request("POST", "/say").header(TOKEN.0, TOKEN.1).send().expect(200);
    let said = wait(store.mailbox("alice").all().first()).unwrap().unwrap();
    assert!(said.session.is_some());
}

fn a_user_with_a_token_sees_their_messages_in_separate_sessions(store: &TestStore) {
    let server = start(store, |messages| messages.session_scoping(SessionScoping::Separate));
    send(&server, "POST", &[TOKEN]);
    let list = server.client().request("GET", "/messages/").header(TOKEN.0, TOKEN.1).send().expect(200).json();
    assert_eq!(list["count"], 1);
}

/// For example, the application may identify the user by a cookie other than the session's.
fn a_user_who_sends_cookies_keeps_a_session(store: &TestStore) {
    let server = start(store, |messages| messages);
    let answer = send(&server, "POST", &[TOKEN, ("Cookie", "theme=dark")]);
    assert!(answer.header("set-cookie").is_some());
    assert!(wait(store.mailbox("alice").all().first()).unwrap().unwrap().session.is_some());
    let forged = send(&server, "POST", &[TOKEN, ("Cookie", "theme=dark"), ("Sec-Fetch-Site", "cross-site")]);
    assert_eq!(forged.header("set-cookie"), None);
}

fn a_form_on_another_site_begins_no_session(store: &TestStore) {
    let server = start(store, |messages| messages.trusted_origin("https://app.example"));
    for headers in [
        &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Origin", "https://evil.example")][..],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "null")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", "https://usercontent.example")],
        &[("Origin", "https://evil.example")],
    ] {
        let answer = send(&server, "POST", headers);
        assert_eq!(answer.header("set-cookie"), None, "a new cookie would sign the user out: {headers:?}");
        assert_eq!(answer.body, b"said", "the message exists until the end of the request");
    }
    // If the request comes with a session, that session is used.
    let visitor = server.client();
    visitor.request("POST", "/say").send().expect(200);
    visitor.request("POST", "/say").header("Sec-Fetch-Site", "cross-site").send().expect(200);
    assert_eq!(visitor.texts("/messages/"), ["said", "said"]);
    // This is also true if the session has no message yet.
    let customer = server.client();
    customer.request("POST", "/basket").send().expect(200);
    customer.request("POST", "/say").header("Sec-Fetch-Site", "cross-site").send().expect(200);
    assert_eq!(customer.texts("/messages/"), ["said"]);
}

fn a_form_on_the_own_site_begins_a_session(store: &TestStore) {
    let server = start(store, |messages| messages.trusted_origin("https://app.example"));
    for headers in [
        &[][..],
        &[("Sec-Fetch-Site", "same-origin")],
        &[("Sec-Fetch-Site", "none")],
        &[("Sec-Fetch-Site", "cross-site"), ("Origin", "https://app.example")],
    ] {
        assert!(send(&server, "POST", headers).header("set-cookie").is_some(), "{headers:?}");
    }
    // A visitor who follows a link from another site gets a session like any other.
    let followed = send(&server, "GET", &[("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Dest", "document")]);
    assert!(followed.header("set-cookie").is_some());
}
