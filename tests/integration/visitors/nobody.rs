//! Requests without a user and a session: messages exist only during the request, and are read like all others.

use std::sync::Arc;

use actix_messages::{Error, Level, Messages, MessagesConfig, NewMessage, scope};
use actix_web::{
    App, HttpRequest, HttpResponse,
    test::{TestRequest, call_service, init_service, read_body, read_body_json},
    web,
};
use serde_json::{Value, json};

use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    messages_of_nobody_are_read_in_every_way,
    messages_of_nobody_live_for_the_request_alone,
    settings_hold_for_nobody_too,
}

fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| None)
}

async fn read_in_every_way(messages: Messages, other: Messages) -> Result<HttpResponse, Error> {
    messages.info("one").await?;
    other.add(NewMessage::new(Level::WARNING, "two").tag("a")).await?;
    messages.add_all(["three", "four", "five"].map(|text| NewMessage::new(Level::SUCCESS, text))).await?;
    assert_eq!(other.all().list().await?.to_string(), "five, four, three, two, one");
    assert_eq!(messages.unread().count().await?, 5);
    assert!(messages.unread().contains("two").await? && messages.unread().contains(Level::SUCCESS).await?);
    assert_eq!(messages.unread().tagged("a").at_least(Level::WARNING).take().await?.to_string(), "two");
    assert_eq!(other.unread().take_range(1..2).await?.to_string(), "four");
    assert_eq!(other.unread().take_each().next().await?.unwrap().text, "five");
    let shown = other.unread().show(async |messages| Ok::<_, Error>(messages.to_string())).await?;
    assert_eq!(shown, "three, one");
    assert!(messages.unread().is_empty().await?);
    assert_eq!(messages.all().read().delete().await?.len(), 5);
    assert_eq!(messages.claim().await?, 0);
    Ok(HttpResponse::Ok().body("read"))
}

async fn say(messages: Messages) -> Result<HttpResponse, Error> {
    messages.info("one").await?;
    Ok(HttpResponse::Ok().body(messages.all().count().await?.to_string()))
}

/// Adds messages with a minimum level for this request.
async fn say_low(messages: Messages) -> Result<HttpResponse, Error> {
    assert_eq!(messages.info("below the application's").await?, None);
    messages.set_minimum_level(Level::DEBUG);
    messages.debug("above the request's").await?;
    messages.add(NewMessage::new(50, "named")).await?;
    let all = messages.all().list().await?;
    Ok(HttpResponse::Ok().json(all.views().map(|view| format!("{view} {}", view.classes)).collect::<Vec<_>>()))
}

/// Sends these requests one after the other, and returns the bodies of the responses.
async fn bodies(messages: MessagesConfig, paths: &[&str]) -> Vec<String> {
    let app = App::new()
        .app_data(messages)
        .service(scope("/messages"))
        .route("/read", web::get().to(read_in_every_way))
        .route("/say", web::get().to(say))
        .route("/low", web::get().to(say_low));
    let app = init_service(app).await;
    let mut bodies = Vec::new();
    for path in paths {
        let response = call_service(&app, TestRequest::get().uri(path).to_request()).await;
        assert_eq!(response.status(), 200, "{path}");
        bodies.push(String::from_utf8(read_body(response).await.to_vec()).unwrap());
    }
    bodies
}

fn messages_of_nobody_are_read_in_every_way(store: &TestStore) {
    assert_eq!(wait(bodies(config(store), &["/read", "/read"])), ["read", "read"]);
}

fn messages_of_nobody_live_for_the_request_alone(store: &TestStore) {
    assert_eq!(wait(bodies(config(store), &["/say", "/say", "/say"])), ["1", "1", "1"]);
    wait(async {
        let app = init_service(App::new().app_data(config(store)).service(scope("/messages"))).await;
        let list = call_service(&app, TestRequest::get().uri("/messages/").to_request()).await;
        let list: Value = read_body_json(list).await;
        assert_eq!(list, json!({ "count": 0, "next": null, "previous": null, "results": [] }));
    });
}

fn settings_hold_for_nobody_too(store: &TestStore) {
    let names = actix_messages::LevelNames::default().with(50, "critical");
    let messages = config(store).minimum_level(Level::WARNING).level_names(names);
    let body = wait(bodies(messages, &["/low"])).concat();
    assert_eq!(body, r#"["named critical","above the request's debug"]"#);
}
