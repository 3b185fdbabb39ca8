//! The minimum level of the application and of one request, and the log line of a skipped message.

use actix_messages::{Error, Level, Messages, NewMessage};
use actix_web::{
    App, HttpResponse,
    test::{TestRequest, call_service, init_service},
    web,
};

use super::{alice, config, texts};
use crate::support::{Log, TestStore, on_every_store, wait};

on_every_store! {
    a_minimum_level_of_a_request_is_seen_by_all_extractors_of_the_request,
    a_minimum_level_of_a_request_may_be_higher_too,
    the_minimum_level_of_the_application_counts_everywhere_else,
    a_skipped_message_is_in_the_log_with_the_reason,
}

/// Adds messages of level debug while it raises and lowers the minimum level.
async fn act(one: Messages, other: Messages) -> Result<HttpResponse, Error> {
    one.debug("default").await?;
    one.set_minimum_level(Level::DEBUG);
    one.debug("set, here").await?;
    other.debug("set, there").await?;
    other.set_minimum_level(Level::new(5));
    one.add(NewMessage::new(5, "set again")).await?;
    other.reset_minimum_level();
    one.debug("reset, here").await?;
    other.debug("reset, there").await?;
    one.reset_minimum_level();
    one.info("info").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn leave_it_set(messages: Messages) -> Result<HttpResponse, Error> {
    messages.set_minimum_level(Level::DEBUG);
    messages.debug("while it is set").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn debug(messages: Messages) -> Result<HttpResponse, Error> {
    messages.debug("in another request").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn errors_only(messages: Messages) -> Result<HttpResponse, Error> {
    messages.set_minimum_level(Level::ERROR);
    let batch = [NewMessage::new(Level::WARNING, "warning"), NewMessage::new(Level::ERROR, "error")];
    assert!(matches!(messages.add_all(batch).await?[..], [None, Some(_)]));
    Ok(HttpResponse::NoContent().finish())
}

/// Sends requests of alice to these paths, one after the other.
async fn post(store: &TestStore, paths: &[&str]) {
    let app = App::new()
        .app_data(config(store))
        .route("/act", web::post().to(act))
        .route("/leave-it-set", web::post().to(leave_it_set))
        .route("/debug", web::post().to(debug))
        .route("/errors-only", web::post().to(errors_only));
    let app = init_service(app).await;
    for path in paths {
        let request = TestRequest::post().uri(path).insert_header(("x-user", "alice")).to_request();
        assert_eq!(call_service(&app, request).await.status(), 204);
    }
}

fn a_minimum_level_of_a_request_is_seen_by_all_extractors_of_the_request(store: &TestStore) {
    wait(async {
        post(store, &["/act"]).await;
        assert_eq!(texts(&store.mailbox("alice")).await, ["set, here", "set, there", "set again", "info"]);
    });
}

fn a_minimum_level_of_a_request_may_be_higher_too(store: &TestStore) {
    wait(async {
        post(store, &["/errors-only"]).await;
        assert_eq!(texts(&store.mailbox("alice")).await, ["error"]);
    });
}

fn the_minimum_level_of_the_application_counts_everywhere_else(store: &TestStore) {
    wait(async {
        post(store, &["/leave-it-set", "/debug"]).await;
        assert_eq!(texts(&store.mailbox("alice")).await, ["while it is set"]);
        let strict = config(store).minimum_level(Level::ERROR).mailbox(alice());
        assert_eq!(strict.warning("warning").await.unwrap(), None);
        assert!(strict.error("error").await.unwrap().is_some());
    });
}

fn a_skipped_message_is_in_the_log_with_the_reason(store: &TestStore) {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let messages = config(store);
        let mailbox = messages.mailbox(alice()).view("the view");
        let said = async |message: NewMessage| {
            let before = log.text().len();
            assert_eq!(mailbox.add(message).await.unwrap(), None);
            log.text()[before..].to_owned()
        };
        let empty = said(NewMessage::new(Level::ERROR, "")).await;
        assert!(empty.contains("DEBUG") && empty.contains("message skipped: it is empty"), "{empty}");
        let low = said(NewMessage::new(12, "A secret.")).await;
        for part in ["DEBUG", "message skipped: its level is below the minimum", "level=12", "minimum=20", "the view"] {
            assert!(low.contains(part), "{part} is not in {low}");
        }
        assert_eq!(low.lines().count(), 1);
        assert!(!low.contains("secret"), "{low}");

        let before = log.text().len();
        assert_eq!(messages.broadcast([alice()], NewMessage::new(12, "text")).await.unwrap(), 0);
        assert_eq!(messages.broadcast([], NewMessage::new(Level::INFO, "text")).await.unwrap(), 0);
        let log = &log.text()[before..];
        assert!(log.contains("message skipped: its level is below the minimum"), "{log}");
        assert!(log.contains("message skipped: it has no recipients"), "{log}");
    });
}
