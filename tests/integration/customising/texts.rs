//! Texts that an application replaces, chosen for each request.

use std::sync::Arc;

use actix_messages::{
    Error, MemoryStore, Messages, MessagesConfig, Recipient, Text, Texts,
    endpoints::translate_errors,
    settings::{MailboxBound, PageSize, Pagination},
};
use actix_web::{
    HttpRequest, HttpResponse,
    http::header::ACCEPT_LANGUAGE,
    middleware::from_fn,
    web::{self, ServiceConfig},
};
use serde_json::json;

use super::Site;
use crate::support::{FailingStore, TestStore, on_every_store};

on_every_store! {
    a_refusal_is_in_the_language_of_the_request,
    an_error_of_a_handler_is_translated,
}

/// Texts in another language if the client asks for it: `¿`, the English text in capitals except its placeholders, `?`.
fn in_two_languages(messages: MessagesConfig) -> MessagesConfig {
    let english = Arc::new(Texts::default());
    let loud = Text::ALL.iter().map(|text| (*text, format!("¿{}?", in_capitals(text.english()))));
    let loud = Arc::new(loud.collect::<Texts>());
    assert_eq!(loud.missing().count(), 0);
    messages.texts(move |request: &HttpRequest| {
        let is_loud = request.headers().get(ACCEPT_LANGUAGE).is_some_and(|language| language == "x-loud");
        Arc::clone(if is_loud { &loud } else { &english })
    })
}

fn in_capitals(text: &str) -> String {
    let mut in_placeholder = false;
    let capital = |char: char| {
        in_placeholder = char == '{' || (in_placeholder && char != '}');
        if in_placeholder { char } else { char.to_ascii_uppercase() }
    };
    text.chars().map(capital).collect()
}

const LOUD: (&str, &str) = ("accept-language", "x-loud");

fn a_refusal_is_in_the_language_of_the_request(store: &TestStore) {
    let alice = &Site::new(store, |messages| in_two_languages(messages).page_size(PageSize::Limited(5))).user("alice");
    let refused = [
        ("GET", "/messages/?level=x", 400, json!({ "level": ["¿ENTER A NUMBER.?"] })),
        (
            "GET",
            "/messages/?level_tag=%7Blimit%7D",
            400,
            json!({ "level_tag": ["¿SELECT A VALID CHOICE. {limit} IS NOT ONE OF THE AVAILABLE CHOICES.?"] }),
        ),
        (
            "GET",
            &format!("/messages/?search={}", "a".repeat(4097)),
            400,
            json!(["¿ENSURE THE SEARCH HAS AT MOST 4096 CHARACTERS (IT HAS 4097).?"]),
        ),
        ("POST", "/messages/read/?x=1&x=2", 400, json!({ "x": ["¿UNKNOWN PARAMETER.?"] })),
        ("GET", "/messages/1/", 404, json!({ "detail": "¿NO MESSAGE MATCHES THE GIVEN QUERY.?" })),
        ("GET", "/messages/what/is/this", 404, json!({ "detail": "¿NOT FOUND.?" })),
        ("PUT", "/messages/", 405, json!({ "detail": "¿METHOD \"PUT\" NOT ALLOWED.?" })),
    ];
    for (method, target, status, body) in &refused {
        let answer = alice.send(method, target, &[LOUD]).expect(*status);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {target}");
        assert_eq!(answer.json(), *body, "{method} {target}");
        let english = alice.get(target);
        assert!(!String::from_utf8_lossy(&english.body).contains('¿'), "{method} {target}");
    }
    let problem = alice.send("GET", "/messages/?level=x", &[LOUD, ("accept", "application/problem+json, */*")]);
    let problem = problem.expect(400).json();
    assert_eq!(problem["detail"], "¿SOME PARAMETERS ARE NOT VALID.?");
    assert_eq!(problem["errors"], json!({ "level": ["¿ENTER A NUMBER.?"] }));
    let cross_site = alice.send("DELETE", "/messages/", &[LOUD, ("origin", "https://evil.example")]).expect(403);
    assert_eq!(cross_site.json(), json!({ "detail": "¿CROSS-SITE REQUEST REFUSED.?" }));
    let not_json = alice.send("GET", "/messages/", &[LOUD, ("accept", "text/html")]).expect(406);
    assert_eq!(not_json.json(), json!({ "detail": "¿COULD NOT SATISFY THE REQUEST ACCEPT HEADER.?" }));
}

async fn add(text: web::Json<String>, messages: Messages) -> Result<HttpResponse, Error> {
    messages.info(text.into_inner()).await?;
    Ok(HttpResponse::Created().finish())
}

async fn add_for_nobody(_: Messages) -> actix_web::Result<HttpResponse> {
    Recipient::user("")?;
    Ok(HttpResponse::Created().finish())
}

fn routes(routes: &mut ServiceConfig) {
    let translated = web::resource("/notes").route(web::post().to(add)).route(web::put().to(add_for_nobody));
    routes.service(translated.wrap(from_fn(translate_errors)));
    routes.service(web::resource("/plain").route(web::post().to(add)));
}

fn an_error_of_a_handler_is_translated(store: &TestStore) {
    let full = |messages| in_two_languages(messages).mailbox_bound(MailboxBound::Refuse { at_most: 1 });
    let alice = Site::with(store, full, routes).user("alice");
    let long = "a".repeat(1025);
    let send = |method: &str, target: &str, text: &str, headers: &[(&str, &str)]| {
        let call = alice.client.request(method, target).header("x-user", "alice").json(&json!(text));
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send()
    };
    let too_long = "Ensure this value has at most 1024 characters (it has 1025).";
    let loud = json!({ "message": [format!("¿{}?", too_long.to_ascii_uppercase())] });
    assert_eq!(send("POST", "/notes", &long, &[LOUD]).expect(400).json(), loud);
    assert_eq!(send("POST", "/notes", &long, &[]).expect(400).json(), json!({ "message": [too_long] }));
    assert_eq!(send("POST", "/plain", &long, &[LOUD]).expect(400).json(), json!({ "message": [too_long] }));
    let problem = send("POST", "/notes", &long, &[LOUD, ("accept", "application/json, application/problem+json")])
        .expect(400)
        .json();
    assert_eq!((&problem["detail"], &problem["errors"]), (&json!("¿THE MESSAGE IS NOT VALID.?"), &loud));
    let nobody = send("PUT", "/notes", "", &[LOUD]).expect(400).json();
    assert!(nobody["detail"].as_str().unwrap().starts_with("¿INVALID RECIPIENT OF 0 BYTES"), "{nobody}");
    send("POST", "/notes", "The first", &[LOUD]).expect(201);
    let refused = send("POST", "/notes", "The second", &[LOUD]).expect(507).json();
    assert_eq!(refused, json!({ "detail": "¿THE MAILBOX IS FULL.?" }));
}

#[test]
fn a_failure_is_translated_and_tells_nothing() {
    for (store, status, detail) in [
        (FailingStore::Broken, 500, "¿A SERVER ERROR OCCURRED.?"),
        (FailingStore::Unavailable, 503, "¿SERVICE TEMPORARILY UNAVAILABLE, TRY AGAIN LATER.?"),
    ] {
        let alice = &Site::new(&TestStore::of(store), in_two_languages).user("alice");
        let answer = alice.send("GET", "/messages/", &[LOUD]).expect(status);
        assert_eq!(answer.json(), json!({ "detail": detail }));
        assert_eq!(answer.header("retry-after"), (status == 503).then_some("1"));
    }
}

#[test]
fn a_page_that_does_not_exist_is_refused_in_the_language_of_the_request() {
    let store = TestStore::of(MemoryStore::new());
    let paged = |messages| in_two_languages(messages).pagination(Pagination::PageNumber);
    let alice = &Site::new(&store, paged).user("alice");
    let answer = alice.send("GET", "/messages/?page=7", &[LOUD]).expect(404);
    assert_eq!(answer.json(), json!({ "detail": "¿INVALID PAGE.?" }));
}
