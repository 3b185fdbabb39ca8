//! Pages with messages: no cache may show them to other users.

use std::sync::Arc;

use actix_messages::{Error, Messages, MessagesConfig, Recipient, private_pages, session_key, settings::Visitors};
use actix_web::{
    App, HttpRequest, HttpResponse,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service},
    web,
};

use crate::support::{Log, Server, TestStore, by_header, on_every_store, serve, wait};

on_every_store! {
    a_page_that_shows_messages_is_kept_by_nobody,
    a_page_that_counts_messages_is_kept_by_no_shared_cache,
    a_page_without_messages_says_nothing,
    what_the_handler_has_decided_stays,
    with_sessions_no_middleware_more_is_needed,
    a_page_that_marks_once_sent_needs_no_middleware,
}

/// Reads messages by the method that the path names.
async fn page(messages: Messages, way: web::Path<String>) -> Result<HttpResponse, Error> {
    let unread = messages.unread();
    match way.as_str() {
        "list" => drop(messages.all().list().await?),
        "page" => drop(messages.all().page(&actix_messages::PageRequest::first(1)).await?),
        "first" => drop(unread.first().await?),
        "take" => drop(unread.take().await?),
        "take_first" => drop(unread.take_first().await?),
        "take_range" => drop(unread.take_range(0..1).await?),
        "taking" => drop(unread.take_each().next().await?),
        "show" => unread.show(async |_| Ok::<_, Error>(())).await?,
        "mailbox" => drop(messages.mailbox()?.unread().list().await?),
        "count" => drop(unread.count().await?),
        "is_empty" => drop(unread.is_empty().await?),
        "summarize" => drop(messages.mailbox()?.all().summarize().await?),
        "count_and_list" => {
            messages.all().list().await?;
            unread.count().await?;
        }
        "add" => drop(messages.info("text").await?),
        "mark" => drop(unread.mark_read().await?),
        "delete" => drop(unread.delete().await?),
        "none" => {}
        "own" => {
            unread.take().await?;
            return Ok(HttpResponse::Ok().insert_header(("cache-control", "max-age=60")).finish());
        }
        "sent" => {
            let shown = unread.list().await?;
            return Ok(messages.mark_once_sent(&shown, HttpResponse::Ok().body(shown.to_string())).await?);
        }
        "sent_own" => {
            let page = HttpResponse::Ok().insert_header(("cache-control", "private")).finish();
            return Ok(messages.mark_once_sent(&unread.list().await?, page).await?);
        }
        other => unreachable!("{other}"),
    }
    Ok(HttpResponse::Ok().finish())
}

fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), by_header)
}

/// The `Cache-Control` of each of these pages behind the middleware `private_pages`.
fn policies(store: &TestStore, ways: &[&str]) -> Vec<Option<String>> {
    wait(store.mailbox("alice").info("text")).unwrap();
    let app = App::new().app_data(config(store)).route("/{way}", web::get().to(page)).wrap(from_fn(private_pages));
    wait(async {
        let app = init_service(app).await;
        let mut policies = Vec::new();
        for way in ways {
            let request = TestRequest::with_uri(&format!("/{way}")).insert_header(("x-user", "alice")).to_request();
            let response = call_service(&app, request).await;
            policies.push(response.headers().get("cache-control").map(|policy| policy.to_str().unwrap().to_owned()));
        }
        policies
    })
}

#[track_caller]
fn are(store: &TestStore, ways: &[&str], expected: Option<&str>) {
    for (way, policy) in ways.iter().zip(policies(store, ways)) {
        assert_eq!(policy.as_deref(), expected, "{way}");
    }
}

fn a_page_that_shows_messages_is_kept_by_nobody(store: &TestStore) {
    let ways = ["list", "page", "first", "take", "take_first", "take_range", "taking", "show", "mailbox", "sent"];
    are(store, &ways, Some("private, no-store"));
    are(store, &["count_and_list"], Some("private, no-store"));
}

/// Such a page may stay in the back/forward cache of the browser.
fn a_page_that_counts_messages_is_kept_by_no_shared_cache(store: &TestStore) {
    are(store, &["count", "is_empty", "summarize"], Some("private, no-cache"));
}

fn a_page_without_messages_says_nothing(store: &TestStore) {
    are(store, &["add", "mark", "delete", "none"], None);
}

fn what_the_handler_has_decided_stays(store: &TestStore) {
    are(store, &["own"], Some("max-age=60"));
    are(store, &["sent_own"], Some("private"));
}

fn with_sessions_no_middleware_more_is_needed(store: &TestStore) {
    let messages = MessagesConfig::new(Arc::clone(&store.store), session_key("user"));
    for messages in [messages.clone(), messages.visitors(Visitors::Forget)] {
        let server = serve(messages, |app| {
            app.route("/{way}", web::get().to(page));
        });
        let client = server.client();
        let policy = |path: &str| client.get(path).expect(200).header("cache-control").map(str::to_owned);
        assert_eq!(policy("/take").as_deref(), Some("private, no-store"));
        assert_eq!(policy("/count").as_deref(), Some("private, no-cache"));
        assert_eq!(policy("/none"), None);
        assert_eq!(policy("/messages/").as_deref(), Some("private, no-cache"), "the REST surface sets its own");
    }
}

fn a_page_that_marks_once_sent_needs_no_middleware(store: &TestStore) {
    let messages = config(store);
    let server = Server::start(move || App::new().app_data(messages.clone()).route("/{way}", web::get().to(page)));
    for (way, policy) in [("sent", "private, no-store"), ("sent_own", "private")] {
        let answer = server.client().request("GET", format!("/{way}")).header("x-user", "alice").send();
        assert_eq!(answer.expect(200).header("cache-control"), Some(policy));
    }
}

#[test]
fn a_page_that_takes_messages_and_has_no_middleware_is_told_of_it() {
    let log = Log::default();
    let messages =
        MessagesConfig::new(actix_messages::MemoryStore::new(), |_: &HttpRequest| Recipient::user("alice").ok());
    let server = Server::start({
        let log = log.clone();
        move || {
            log.follow_this_thread();
            App::new().app_data(messages.clone()).route("/{way}", web::get().to(page))
        }
    });
    let ask = |way: &str| drop(server.client().get(way).expect(200));
    ["/list", "/count", "/sent", "/add"].into_iter().for_each(ask);
    let said = || log.text().matches("private_pages").count();
    assert_eq!(said(), 0, "{}", log.text());
    ["/take", "/take"].into_iter().for_each(ask);
    assert_eq!(said(), 1, "{}", log.text());
}
