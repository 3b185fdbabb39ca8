//! The ways to identify the user: a closure, a key of the session, actix-identity.

use std::sync::Arc;

use actix_identity::Identity;
use actix_messages::{ACTIX_IDENTITY_KEY, Error, Messages, MessagesConfig, scope, session_key};
use actix_session::Session;
use actix_web::{App, HttpMessage, HttpRequest, HttpResponse, web};
use serde_json::Value;

use crate::support::{Server, TestStore, by_header, on_every_store, serve, serve_with_identity};

on_every_store! {
    actix_identity_says_who_is_asking,
    a_closure_says_who_is_asking,
    a_key_of_the_session_holds_a_text_or_a_number,
}

fn actix_identity_says_who_is_asking(store: &TestStore) {
    async fn sign_in(
        user: web::Path<String>,
        request: HttpRequest,
        messages: Messages,
    ) -> Result<HttpResponse, actix_web::Error> {
        Identity::login(&request.extensions(), user.clone()).map_err(actix_web::error::ErrorInternalServerError)?;
        messages.success(format!("Welcome, {user}.")).await?;
        Ok(HttpResponse::Ok().finish())
    }

    async fn act(messages: Messages) -> Result<HttpResponse, Error> {
        messages.info("Done.").await?;
        Ok(HttpResponse::Ok().finish())
    }

    async fn sign_out(identity: Identity) -> HttpResponse {
        identity.logout();
        HttpResponse::Ok().finish()
    }

    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key(ACTIX_IDENTITY_KEY));
    let server = serve_with_identity(messages, |app| {
        app.route("/login/{user}", web::post().to(sign_in))
            .route("/act", web::post().to(act))
            .route("/logout", web::post().to(sign_out));
    });
    let (phone, laptop) = (server.client(), server.client());
    for browser in [&phone, &laptop] {
        browser.request("POST", "/act").send().expect(200);
        assert_eq!(browser.texts("/messages/"), ["Done."], "a visitor has a separate mailbox");
        browser.request("POST", "/login/alice").send().expect(200);
    }
    phone.request("POST", "/act").send().expect(200);
    let expected = ["Welcome, alice.", "Welcome, alice.", "Done."];
    assert_eq!(laptop.texts("/messages/?ordering=created"), expected);
    phone.request("POST", "/logout").send().expect(200);
    assert_eq!(phone.texts("/messages/"), Vec::<String>::new());
    assert_eq!(laptop.texts("/messages/"), ["Welcome, alice."], "messages bound to the phone's session end with it");
}

fn a_closure_says_who_is_asking(store: &TestStore) {
    // The application needs no session middleware.
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header);
    let server = Server::start(move || App::new().app_data(messages.clone()).service(scope("/messages")));
    crate::support::wait(store.mailbox("alice").info("Hello.")).unwrap();
    let ask = |user: Option<&str>| {
        let client = server.client();
        let call = client.request("GET", "/messages/peek/");
        let call = if let Some(user) = user { call.header("x-user", user) } else { call };
        call.send().expect(200).json()["count"].clone()
    };
    assert_eq!(ask(Some("alice")), 1);
    assert_eq!(ask(Some("bob")), 0);
    assert_eq!(ask(None), 0);
    assert_eq!(ask(Some(&"x".repeat(129))), 0);
}

fn a_key_of_the_session_holds_a_text_or_a_number(store: &TestStore) {
    async fn become_user(user: web::Json<Value>, session: Session) -> HttpResponse {
        session.insert("who", user.into_inner()).unwrap();
        HttpResponse::Ok().finish()
    }

    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key("who"));
    let server = serve(messages, |app| {
        app.route("/become", web::post().to(become_user));
    });
    for user in ["7", "ünï", "00000000-0000-4000-8000-000000000007", "user name"] {
        crate::support::wait(store.mailbox(user).info(user)).unwrap();
    }
    for (value, user) in [
        (7.into(), "7"),
        ("7".into(), "7"),
        ("ünï".into(), "ünï"),
        ("00000000-0000-4000-8000-000000000007".into(), "00000000-0000-4000-8000-000000000007"),
        ("user name".into(), "user name"),
    ] {
        let client = server.client();
        client.post("/become", &value).expect(200);
        assert_eq!(client.texts("/messages/"), [user]);
    }
    let client = server.client();
    client.post("/become", &Value::Null).expect(200);
    assert_eq!(client.unread(), 0);
}
