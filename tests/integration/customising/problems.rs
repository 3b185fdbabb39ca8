//! Problem details: error responses in the form of RFC 9457, for clients that accept it.

use actix_messages::{
    Error, Level, MemoryStore, MessagesConfig, NewMessage, Recipient,
    endpoints::admit,
    settings::{Access, AccessRequest, Versioning},
};
use actix_web::{
    App, HttpRequest, HttpResponse,
    error::InternalError,
    middleware::from_fn,
    test::{TestRequest, call_and_read_body_json, init_service},
    web,
};
use serde_json::{Value, json};

use super::Site;
use crate::support::{FailingStore, TestStore, on_every_store};

on_every_store! {
    a_refusal_is_a_problem_for_who_asks_so,
    a_refusal_is_as_before_for_who_does_not,
    a_version_that_is_not_there_is_a_problem,
    what_succeeds_is_no_problem,
}

const BOTH: &str = "application/json, application/problem+json";

/// Refused requests: method, target, status, the members of the problem details, and the body in plain JSON.
fn refused() -> Vec<(&'static str, &'static str, u16, Value, Value)> {
    let invalid = "Some parameters are not valid.";
    let number = json!({ "level": ["Enter a number."] });
    let unknown = json!({ "x": ["Unknown parameter."] });
    let nul = "Null characters are not allowed.";
    let plain = |detail: &str| (json!({ "detail": detail }), json!({ "detail": detail }));
    let row = |method, target, status, (problem, body)| (method, target, status, problem, body);
    vec![
        row("GET", "/messages/?level=x", 400, (json!({ "detail": invalid, "errors": number }), number)),
        row("POST", "/messages/read/?x=1&x=2", 400, (json!({ "detail": invalid, "errors": unknown }), unknown)),
        row(
            "GET",
            "/messages/?search=%00",
            400,
            (json!({ "detail": invalid, "errors": { "search": [nul] } }), json!([nul])),
        ),
        row("GET", "/messages/1/", 404, plain("No Message matches the given query.")),
        row("GET", "/messages/x/", 404, plain("Not found.")),
        row("GET", "/messages/what/is/this", 404, plain("Not found.")),
        row("GET", "/messages/peek/", 403, plain("You do not have permission to perform this action.")),
        row("PUT", "/messages/", 405, plain("Method \"PUT\" not allowed.")),
    ]
}

fn without_peek(messages: MessagesConfig) -> MessagesConfig {
    messages.access(Access::check(|asked: &AccessRequest<'_>| asked.action != actix_messages::settings::Action::Peek))
}

fn problem(status: u16, details: Value) -> Value {
    let title = match status {
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        500 => "Internal Server Error",
        _ => "Service Unavailable",
    };
    let mut problem = json!({ "type": "about:blank", "title": title, "status": status });
    problem.as_object_mut().unwrap().extend(details.as_object().unwrap().clone());
    problem
}

fn a_refusal_is_a_problem_for_who_asks_so(store: &TestStore) {
    let alice = &Site::new(store, without_peek).user("alice");
    for (method, target, status, details, _) in refused() {
        for accept in [BOTH, "application/problem+json;q=0.5, */*;q=0.1", "APPLICATION/Problem+JSON,application/*"] {
            let answer = alice.send(method, target, &[("accept", accept)]).expect(status);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {target}");
            assert_eq!(answer.json(), problem(status, details.clone()), "{method} {target}");
            assert_eq!(answer.header("vary"), Some("Accept, Cookie"), "{method} {target}");
        }
    }
    let cross_site = [("accept", BOTH), ("origin", "https://evil.example")];
    let answer = alice.send("DELETE", "/messages/", &cross_site).expect(403);
    assert_eq!(answer.json(), problem(403, json!({ "detail": "Cross-site request refused." })));
}

fn a_refusal_is_as_before_for_who_does_not(store: &TestStore) {
    let alice = &Site::new(store, without_peek).user("alice");
    for (method, target, status, _, body) in refused() {
        for accept in ["application/json", "*/*", "application/*", "application/problem+json;q=0, */*"] {
            let answer = alice.send(method, target, &[("accept", accept)]).expect(status);
            assert_eq!(answer.header("content-type"), Some("application/json"), "{method} {target}");
            assert_eq!(answer.json(), body, "{method} {target}");
        }
        assert_eq!(alice.send(method, target, &[]).expect(status).json(), body, "{method} {target}");
    }
    let none = json!({ "detail": "Could not satisfy the request Accept header." });
    for accept in ["text/html", "application/problem+json", "text/html, application/problem+json"] {
        let answer = alice.send("GET", "/messages/", &[("accept", accept)]).expect(406);
        assert_eq!(answer.header("content-type"), Some("application/json"), "the original responds with JSON");
        assert_eq!(answer.json(), none);
    }
}

fn a_version_that_is_not_there_is_a_problem(store: &TestStore) {
    let versioned = |messages: MessagesConfig| messages.versioning(Versioning::accept(["1"], "1"));
    let alice = &Site::new(store, versioned).user("alice");
    let accept = "application/json; version=2, application/problem+json";
    let answer = alice.send("GET", "/messages/", &[("accept", accept)]).expect(406);
    assert_eq!(answer.json(), problem(406, json!({ "detail": "Invalid version in \"Accept\" header." })));
}

fn what_succeeds_is_no_problem(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages).user("alice");
    let id = alice.add("text");
    for target in ["/messages/", "/messages/peek/", &format!("/messages/{id}/")] {
        let answer = alice.send("GET", target, &[("accept", BOTH)]).expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
    alice.send("GET", "/messages/", &[("accept", BOTH), ("if-none-match", "*")]).expect(304);
    alice.send("DELETE", &format!("/messages/{id}/"), &[("accept", BOTH)]).expect(204);
}

#[test]
fn a_failure_is_a_problem_that_tells_nothing() {
    for (store, status, detail) in [
        (FailingStore::Broken, 500, "A server error occurred."),
        (FailingStore::Unavailable, 503, "Service temporarily unavailable, try again later."),
    ] {
        let alice = &Site::new(&TestStore::of(store), |messages| messages).user("alice");
        for (method, target) in [
            ("GET", "/messages/"),
            ("GET", "/messages/peek/"),
            ("GET", "/messages/1/"),
            ("DELETE", "/messages/1/"),
            ("DELETE", "/messages/"),
            ("POST", "/messages/read/"),
            ("POST", "/messages/1/unread/"),
        ] {
            let answer = alice.send(method, target, &[("accept", BOTH)]).expect(status);
            assert_eq!(answer.json(), problem(status, json!({ "detail": detail })), "{method} {target}");
            assert_eq!(answer.header("retry-after").is_some(), status == 503);
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
            let plain = alice.send(method, target, &[]).expect(status);
            assert_eq!(plain.json(), json!({ "detail": detail }), "{method} {target}");
        }
    }
}

#[actix_web::test]
async fn what_an_application_refuses_beside_the_endpoints_is_told_whole() {
    async fn too_long() -> Result<HttpResponse, Error> {
        Err(NewMessage::new(Level::INFO, "a".repeat(1025)).check().unwrap_err().into())
    }
    async fn full() -> Result<HttpResponse, Error> {
        Err(Error::Full { at_most: 1 })
    }
    async fn nobody() -> Result<HttpResponse, Error> {
        Ok(HttpResponse::Ok().body(Recipient::user("")?.key()))
    }
    async fn own() -> Result<HttpResponse, actix_web::Error> {
        let answer = HttpResponse::Conflict().json(json!({ "mine": true }));
        Err(InternalError::from_response("conflict", answer).into())
    }
    let messages = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| None);
    let admitted = |path: &str| web::resource(path.to_owned()).wrap(from_fn(admit));
    let app = App::new()
        .app_data(messages)
        .service(admitted("/too_long").get(too_long))
        .service(admitted("/full").get(full))
        .service(admitted("/nobody").get(nobody))
        .service(admitted("/own").get(own));
    let app = init_service(app).await;
    let at_most = json!({ "message": ["Ensure this value has at most 1024 characters (it has 1025)."] });
    let mut full = problem(507, json!({ "detail": "The mailbox is full." }));
    full["title"] = "Insufficient Storage".into();
    for (path, expected) in [
        ("/too_long", problem(400, json!({ "detail": "The message is not valid.", "errors": at_most }))),
        ("/full", full),
        ("/nobody", problem(400, json!({ "detail": Recipient::user("").unwrap_err().to_string() }))),
        ("/own", json!({ "mine": true })),
    ] {
        let request = TestRequest::get().uri(path).insert_header(("accept", BOTH)).to_request();
        assert_eq!(call_and_read_body_json::<_, _, Value>(&app, request).await, expected, "{path}");
    }
}
