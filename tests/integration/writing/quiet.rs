//! Code that can't know whether its application uses messages.

use actix_messages::{Error, Messages, NewMessage, QuietMessages};
use actix_web::{
    App, HttpResponse,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};

use super::{config, texts};
use crate::support::{FailingStore, Log, TestStore, on_every_store, wait};

on_every_store! {
    where_messages_are_installed_they_are_added,
    what_is_wrong_with_a_message_is_said_all_the_same,
}

async fn quietly(messages: QuietMessages) -> Result<HttpResponse, Error> {
    let ids = [
        messages.debug("debug").await?,
        messages.info("info").await?,
        messages.success("success").await?,
        messages.warning("warning").await?,
        messages.error("error").await?,
        messages.add(NewMessage::new(50, "fifty")).await?,
    ];
    Ok(HttpResponse::Ok().json(ids.map(|id| id.is_some())))
}

async fn wrongly(messages: QuietMessages) -> Result<HttpResponse, Error> {
    messages.info("a".repeat(1025)).await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn loudly(messages: Messages) -> Result<HttpResponse, Error> {
    messages.info("info").await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sends a request of alice to this path, and returns the status and the body of the response.
async fn post(messages: Option<actix_messages::MessagesConfig>, path: &str) -> (u16, String) {
    let app = messages.into_iter().fold(App::new(), App::app_data);
    let app = app
        .route("/quietly", web::post().to(quietly))
        .route("/wrongly", web::post().to(wrongly))
        .route("/loudly", web::post().to(loudly));
    let app = init_service(app).await;
    let request = TestRequest::post().uri(path).insert_header(("x-user", "alice")).to_request();
    let response = call_service(&app, request).await;
    (response.status().as_u16(), String::from_utf8(read_body(response).await.to_vec()).unwrap())
}

fn where_messages_are_installed_they_are_added(store: &TestStore) {
    wait(async {
        let answer = post(Some(config(store)), "/quietly").await;
        assert_eq!(answer, (200, "[false,true,true,true,true,true]".to_owned()));
        assert_eq!(texts(&store.mailbox("alice")).await, ["info", "success", "warning", "error", "fifty"]);
    });
}

fn what_is_wrong_with_a_message_is_said_all_the_same(store: &TestStore) {
    wait(async {
        assert_eq!(post(Some(config(store)), "/wrongly").await.0, 400);
        assert!(texts(&store.mailbox("alice")).await.is_empty());
    });
}

#[test]
fn where_messages_are_not_installed_nothing_happens() {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let answer = post(None, "/quietly").await;
        assert_eq!(answer, (200, "[false,false,false,false,false,false]".to_owned()));
        assert!(log.text().contains("message skipped: messages are not installed"), "{}", log.text());
        assert!(!log.text().contains("ERROR"), "{}", log.text());
        assert_eq!(post(None, "/wrongly").await.0, 204);
        assert_eq!(post(None, "/loudly").await.0, 500, "`Messages` reports the missing configuration");
    });
}

#[test]
fn a_store_that_fails_is_not_hushed_up() {
    let messages = config(&TestStore::of(FailingStore::Unavailable));
    assert_eq!(wait(post(Some(messages), "/quietly")).0, 503);
}
