//! Steps of the setup that an application has left out.

use actix_messages::{
    MemoryStore, Messages, MessagesConfig, Recipient, follow_session, scope, session_key,
    settings::{Access, SessionScoping, Versioning},
};
use actix_session::Session;
use actix_web::{
    App, Error, HttpRequest, HttpResponse,
    body::MessageBody,
    cookie::Key,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web,
};
use serde_json::{Value, json};

use super::{assert_opaque, assert_says};
use crate::support::{Log, Server, sessions_in_cookies};

/// The requests that need the setup.
const WAYS: [(&str, &str); 6] = [
    ("GET", "/messages/"),
    ("GET", "/messages/peek/"),
    ("GET", "/messages/1/"),
    ("DELETE", "/messages/1/"),
    ("HEAD", "/messages/"),
    ("POST", "/act"),
];

fn config() -> MessagesConfig {
    MessagesConfig::new(MemoryStore::new(), session_key("user"))
}

/// Adds the scope, a handler that adds a message, and a handler that puts any value into the session.
fn routes(routes: &mut web::ServiceConfig) {
    async fn act(messages: Messages) -> Result<HttpResponse, actix_messages::Error> {
        messages.info("Done.").await?;
        Ok(HttpResponse::Ok().finish())
    }

    async fn become_user(user: web::Json<Value>, session: Session) -> HttpResponse {
        session.insert("user", user.into_inner()).unwrap();
        HttpResponse::Ok().finish()
    }

    routes.service(scope("/messages"));
    routes.route("/act", web::post().to(act)).route("/become", web::post().to(become_user));
}

/// Sends each request, and asserts that it fails and that the log names the fix.
#[track_caller]
fn assert_fails<T, B>(app: impl Fn() -> App<T> + Clone + Send + 'static, words: &[&str])
where
    T: ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse<B>, Error = Error, InitError = ()>
        + 'static,
    B: MessageBody + 'static,
{
    for (method, target) in WAYS {
        let (log, app) = (Log::default(), app.clone());
        let followed = log.clone();
        let server = Server::start(move || {
            followed.follow_this_thread();
            app()
        });
        let response = server.client().request(method, target).send();
        if method == "HEAD" {
            response.expect(500);
        } else {
            assert_opaque(response, 500);
        }
        assert_says(&log, words);
        assert_says(&log, &["ERROR", "status=500"]);
    }
}

#[test]
fn missing_settings_are_named_in_the_log() {
    let fix = "messages are not configured: add `.app_data(MessagesConfig::new(";
    assert_fails(|| App::new().configure(routes), &[fix]);
    let key = Key::generate();
    assert_fails(
        move || App::new().configure(routes).wrap(from_fn(follow_session)).wrap(sessions_in_cookies(&key)),
        &[fix],
    );
}

#[test]
fn a_session_that_is_not_followed_is_named_in_the_log() {
    let (messages, key) = (config(), Key::generate());
    assert_fails(
        move || App::new().app_data(messages.clone()).configure(routes).wrap(sessions_in_cookies(&key)),
        &["the middleware `follow_session` is missing: add `.wrap(from_fn(follow_session))`"],
    );
    let messages = config().access(Access::SignedIn);
    assert_fails(
        move || App::new().app_data(messages.clone()).configure(routes),
        &["the middleware `follow_session` is missing: add `.wrap(from_fn(follow_session))`"],
    );
}

#[test]
fn a_missing_session_is_named_in_the_log() {
    let messages = config();
    assert_fails(
        move || App::new().app_data(messages.clone()).configure(routes).wrap(from_fn(follow_session)),
        &["`follow_session` found no session: add `.wrap(SessionMiddleware::..)`"],
    );
}

#[test]
fn a_session_inside_of_what_follows_it_is_named_in_the_log() {
    let (messages, key) = (config(), Key::generate());
    assert_fails(
        move || {
            let app = App::new().app_data(messages.clone()).configure(routes);
            app.wrap(sessions_in_cookies(&key)).wrap(from_fn(follow_session))
        },
        &["`follow_session` found no session", "so that the session middleware encloses it"],
    );
}

#[test]
fn a_value_in_the_session_that_is_no_user_is_named_in_the_log() {
    for user in [
        json!(true),
        json!(["alice"]),
        json!({ "id": 7 }),
        json!(""),
        json!("secret-name".repeat(12)),
        json!("secret-name\0"),
    ] {
        let (messages, key, log) = (config(), Key::generate(), Log::default());
        let followed = log.clone();
        let server = Server::start(move || {
            followed.follow_this_thread();
            let app = App::new().app_data(messages.clone()).configure(routes);
            app.wrap(from_fn(follow_session)).wrap(sessions_in_cookies(&key))
        });
        let client = server.client();
        client.post("/become", &user).expect(200);
        for (method, target) in WAYS.into_iter().filter(|(method, _)| *method != "HEAD") {
            assert_opaque(client.request(method, target).send(), 500);
        }
        assert_says(&log, &["ERROR", "the session's value `user` is not a user id", "a text of 1 to 128 bytes"]);
        assert!(!log.text().contains("secret-name"), "the log contains the value:\n{}", log.text());
    }
}

#[test]
fn an_unknown_path_needs_no_set_up() {
    let server = Server::start(|| App::new().configure(routes));
    server.client().get("/messages/no/such/path").expect(404);
}

#[test]
fn a_closure_needs_no_session() {
    let nobody = |_: &HttpRequest| None::<Recipient>;
    let messages = MessagesConfig::new(MemoryStore::new(), nobody);
    let server = Server::start(move || App::new().app_data(messages.clone()).configure(routes));
    for (method, target) in [("GET", "/messages/"), ("GET", "/messages/peek/"), ("POST", "/act")] {
        server.client().request(method, target).send().expect(200);
    }
}

#[test]
fn a_path_without_a_version_is_named_in_the_log() {
    let messages = config().versioning(Versioning::path(["v1"]));
    let (log, key) = (Log::default(), Key::generate());
    let followed = log.clone();
    let server = Server::start(move || {
        followed.follow_this_thread();
        let app = App::new().app_data(messages.clone()).configure(routes).service(scope("/{version}/inbox"));
        app.wrap(from_fn(follow_session)).wrap(sessions_in_cookies(&key))
    });
    let client = server.client();
    assert_opaque(client.get("/messages/"), 500);
    assert_says(&log, &["ERROR", "the path has no `{version}`", "`/{version}/messages`"]);
    client.get("/v1/inbox/").expect(200);
    client.get("/v2/inbox/").expect(404);
}

#[test]
fn separate_sessions_that_are_not_followed_are_named_in_the_log_once() {
    let by_header = |_: &HttpRequest| Recipient::user("alice").ok();
    let messages = MessagesConfig::new(MemoryStore::new(), by_header).session_scoping(SessionScoping::Separate);
    let log = Log::default();
    let followed = log.clone();
    let server = Server::start(move || {
        followed.follow_this_thread();
        App::new().app_data(messages.clone()).configure(routes)
    });
    let client = server.client();
    client.get("/messages/").expect(200);
    client.get("/messages/peek/").expect(200);
    assert_says(&log, &["WARN", "`SessionScoping::Separate` separates nothing", "`.wrap(from_fn(follow_session))`"]);
    assert_eq!(log.text().matches("separates nothing").count(), 1);
}
