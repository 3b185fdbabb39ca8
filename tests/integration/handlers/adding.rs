//! Messages that a handler adds.

use std::sync::Arc;

use actix_messages::{Error, Messages, MessagesConfig, NewMessage, Recipient};
use actix_web::{App, HttpResponse, web};
use serde_json::{Value, json};

use crate::support::{FailingStore, Response, Server, TestStore, by_header, on_every_store};

on_every_store! {
    each_level_has_a_method,
    tags_are_kept_in_their_order,
    the_view_is_the_name_of_the_matched_resource,
    a_message_below_the_minimum_level_is_not_stored,
    an_empty_message_is_not_stored,
    a_message_that_breaks_a_limit_is_a_bad_request_that_names_the_field,
    a_handler_can_write_to_somebody_else,
    a_handler_can_read_without_marking,
}

/// An application with handlers at `POST /act/{what}` that add messages for the user.
fn start(store: &TestStore) -> Server {
    start_with(MessagesConfig::new(Arc::clone(&store.store), by_header))
}

fn start_with(messages: MessagesConfig) -> Server {
    Server::start(move || {
        App::new()
            .app_data(messages.clone())
            .service(actix_messages::scope("/messages"))
            .service(web::resource("/act/{what}").route(web::post().to(act)))
            .service(web::resource("/named").name("shop:cart").route(web::post().to(act_named)))
            .service(web::resource("/long").name(&"ö".repeat(70)).route(web::post().to(act_named)))
            .service(web::resource("/tell/{whom}").name("tell").route(web::post().to(tell)))
            .service(web::resource("/count").route(web::get().to(count)))
    })
}

async fn act(what: web::Path<String>, messages: Messages) -> Result<HttpResponse, Error> {
    let id = match what.as_str() {
        "debug" => messages.debug("text").await?,
        "info" => messages.info("text").await?,
        "success" => messages.success("text").await?,
        "warning" => messages.warning("text").await?,
        "error" => messages.error("text").await?,
        "tagged" => messages.add(NewMessage::new(27, "text").tag("b").tags(["a", "b"]).tag("ü")).await?,
        "viewed" => messages.add(NewMessage::new(27, "text").view("elsewhere")).await?,
        "empty" => messages.error("").await?,
        "long" => messages.info("a".repeat(1025)).await?,
        "long-tag" => messages.add(NewMessage::new(20, "text").tag("a".repeat(129))).await?,
        "long-view" => messages.add(NewMessage::new(20, "text").view("a".repeat(65))).await?,
        _ => return Ok(HttpResponse::NotFound().finish()),
    };
    Ok(HttpResponse::Ok().json(json!({ "id": id })))
}

async fn act_named(messages: Messages) -> Result<HttpResponse, Error> {
    messages.info("text").await?;
    Ok(HttpResponse::Ok().finish())
}

async fn tell(whom: web::Path<String>, messages: MessagesConfig) -> Result<HttpResponse, Error> {
    let mailbox = messages.mailbox(Recipient::user(whom)?);
    let ids = [mailbox.debug("Psst.").await?, mailbox.info("Hello.").await?];
    Ok(HttpResponse::Ok().json(ids))
}

async fn count(messages: Messages) -> Result<HttpResponse, actix_web::Error> {
    let mailbox = messages.mailbox()?;
    let unread = mailbox.unread().list().await?;
    Ok(HttpResponse::Ok().json(unread.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

fn send(server: &Server, method: &str, target: &str, user: &str) -> Response {
    server.client().request(method, target).header("x-user", user).send()
}

fn newest(server: &Server) -> Value {
    send(server, "GET", "/messages/?limit=1", "alice").expect(200).json()["results"][0].clone()
}

fn total(server: &Server, user: &str) -> Value {
    send(server, "GET", "/messages/peek/", user).expect(200).json()["count"].clone()
}

fn each_level_has_a_method(store: &TestStore) {
    let server = start_with(MessagesConfig::new(Arc::clone(&store.store), by_header).minimum_level(0));
    for (name, level) in [("debug", 10), ("info", 20), ("success", 25), ("warning", 30), ("error", 40)] {
        let id = send(&server, "POST", &format!("/act/{name}"), "alice").expect(200).json()["id"].clone();
        let message = newest(&server);
        assert_eq!((&message["id"], &message["message"]), (&id, &"text".into()));
        assert_eq!((&message["level"], &message["level_tag"]), (&level.into(), &name.into()));
    }
    assert_eq!(total(&server, "bob"), 0);
}

fn tags_are_kept_in_their_order(store: &TestStore) {
    let server = start(store);
    send(&server, "POST", "/act/tagged", "alice").expect(200);
    let message = newest(&server);
    assert_eq!(message["extra_tags"], json!(["b", "a", "b", "ü"]));
    assert_eq!((&message["level"], &message["level_tag"]), (&27.into(), &"".into()));
}

fn the_view_is_the_name_of_the_matched_resource(store: &TestStore) {
    let server = start(store);
    for (path, view) in
        [("/named", "shop:cart"), ("/long", &"ö".repeat(64)), ("/act/info", ""), ("/act/viewed", "elsewhere")]
    {
        send(&server, "POST", path, "alice").expect(200);
        assert_eq!(newest(&server)["view"], view, "{path}");
    }
}

fn a_message_below_the_minimum_level_is_not_stored(store: &TestStore) {
    let server = start_with(MessagesConfig::new(Arc::clone(&store.store), by_header).minimum_level(25));
    for name in ["debug", "info"] {
        assert_eq!(send(&server, "POST", &format!("/act/{name}"), "alice").expect(200).json()["id"], Value::Null);
    }
    assert_eq!(total(&server, "alice"), 0);
    assert!(send(&server, "POST", "/act/success", "alice").expect(200).json()["id"].is_i64());
    assert_eq!(total(&server, "alice"), 1);
}

fn an_empty_message_is_not_stored(store: &TestStore) {
    let server = start(store);
    assert_eq!(send(&server, "POST", "/act/empty", "alice").expect(200).json()["id"], Value::Null);
    assert_eq!(total(&server, "alice"), 0);
}

fn a_message_that_breaks_a_limit_is_a_bad_request_that_names_the_field(store: &TestStore) {
    let server = start(store);
    for (what, field, limit) in [("long", "message", 1024), ("long-tag", "extra_tags", 128), ("long-view", "view", 64)]
    {
        let refused = send(&server, "POST", &format!("/act/{what}"), "alice").expect(400).json();
        let problem = format!("Ensure this value has at most {limit} characters (it has {}).", limit + 1);
        assert_eq!(refused, json!({ field: [problem] }));
    }
    assert_eq!(total(&server, "alice"), 0);
}

fn a_handler_can_write_to_somebody_else(store: &TestStore) {
    let server = start(store);
    let ids = send(&server, "POST", "/tell/bob", "alice").expect(200).json();
    assert!(ids[0].is_null(), "the minimum level also applies to other mailboxes");
    assert_eq!((total(&server, "alice"), total(&server, "bob")), (0.into(), 1.into()));
    let message = send(&server, "GET", &format!("/messages/{}/", ids[1]), "bob").expect(200).json();
    assert_eq!((&message["message"], &message["view"]), (&"Hello.".into(), &"".into()));
    send(&server, "POST", &format!("/tell/{}", "x".repeat(129)), "alice").expect(400);
}

fn a_handler_can_read_without_marking(store: &TestStore) {
    let server = start(store);
    send(&server, "POST", "/act/info", "alice").expect(200);
    for _ in 0..2 {
        assert_eq!(send(&server, "GET", "/count", "alice").expect(200).json(), json!(["text"]));
    }
    newest(&server);
    assert_eq!(send(&server, "GET", "/count", "alice").expect(200).json(), json!([]));
}

#[test]
fn a_failure_of_the_store_in_a_handler_is_a_failure_of_the_server() {
    for (store, status) in [(FailingStore::Unavailable, 503), (FailingStore::Broken, 500)] {
        let server = start_with(MessagesConfig::new(store, by_header));
        for (method, path) in [("POST", "/act/info"), ("POST", "/tell/bob"), ("GET", "/count")] {
            let answer = send(&server, method, path, "alice").expect(status);
            assert_eq!(answer.header("retry-after"), (status == 503).then_some("1"));
            assert!(!String::from_utf8(answer.body).unwrap().contains("fire"));
        }
        // Messages that are not stored do not reach the failing store.
        send(&server, "POST", "/act/debug", "alice").expect(200);
        send(&server, "POST", "/act/empty", "alice").expect(200);
        send(&server, "POST", "/act/long", "alice").expect(400);
    }
}
