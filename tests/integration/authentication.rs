//! Authentication by various middlewares: each user sees only their own messages. Also throttling.

use std::{num::NonZeroU32, sync::Arc};

use actix_identity::Identity;
use actix_messages::{ACTIX_IDENTITY_KEY, Identify, MessagesConfig, Recipient, scope, session_key, settings::Access};
use actix_session::Session;
use actix_web::{
    App, Error, FromRequest, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::ErrorUnauthorized,
    http::header::{RETRY_AFTER, TryIntoHeaderValue},
    middleware::{Next, from_fn},
    web,
};
use actix_web_httpauth::{
    extractors::{basic::BasicAuth, bearer::BearerAuth},
    headers::authorization::Basic,
    middleware::HttpAuthentication,
};
use governor::{DefaultKeyedRateLimiter, Quota, clock::Clock};
use serde_json::json;

use crate::support::{
    Client, Response, Server, TestStore, by_header, on_every_store, serve, serve_with_identity, wait,
};

on_every_store! {
    with_actix_session_each_user_sees_only_their_own_messages,
    with_actix_identity_each_user_sees_only_their_own_messages,
    with_a_bearer_token_each_user_sees_only_their_own_messages,
    with_basic_authentication_each_user_sees_only_their_own_messages,
    who_asks_too_often_is_told_when_to_come_back_and_has_read_nothing,
}

fn with_actix_session_each_user_sees_only_their_own_messages(store: &TestStore) {
    async fn sign_in(claim: web::Path<(String, String)>, session: Session) -> Result<HttpResponse, Error> {
        let (user, password) = claim.into_inner();
        session.insert("user", signed_in(&user, &password).ok_or_else(|| ErrorUnauthorized("wrong"))?)?;
        Ok(HttpResponse::NoContent().finish())
    }

    let messages = messages(store, session_key("user"));
    let server = serve(messages, |app| {
        app.route("/login/{user}/{password}", web::post().to(sign_in));
    });
    each_sees_only_their_own(store, |user, password| Person::who_signs_in(&server, user, password));
}

fn with_actix_identity_each_user_sees_only_their_own_messages(store: &TestStore) {
    async fn sign_in(claim: web::Path<(String, String)>, request: HttpRequest) -> Result<HttpResponse, Error> {
        let (user, password) = claim.into_inner();
        let user = signed_in(&user, &password).ok_or_else(|| ErrorUnauthorized("wrong"))?;
        Identity::login(&request.extensions(), user)?;
        Ok(HttpResponse::NoContent().finish())
    }

    let messages = messages(store, session_key(ACTIX_IDENTITY_KEY));
    let server = serve_with_identity(messages, |app| {
        app.route("/login/{user}/{password}", web::post().to(sign_in));
    });
    each_sees_only_their_own(store, |user, password| Person::who_signs_in(&server, user, password));
}

fn with_a_bearer_token_each_user_sees_only_their_own_messages(store: &TestStore) {
    async fn authenticate(
        request: ServiceRequest,
        token: BearerAuth,
    ) -> Result<ServiceRequest, (Error, ServiceRequest)> {
        let claim = token.token().split_once('.').and_then(|(user, secret)| signed_in(user, secret));
        let_in(request, claim)
    }

    let middleware = || HttpAuthentication::bearer(authenticate);
    each_sees_only_their_own_behind(store, middleware, |user, password| format!("Bearer {user}.{password}"));
}

fn with_basic_authentication_each_user_sees_only_their_own_messages(store: &TestStore) {
    async fn authenticate(
        request: ServiceRequest,
        credentials: BasicAuth,
    ) -> Result<ServiceRequest, (Error, ServiceRequest)> {
        let claim = signed_in(credentials.user_id(), credentials.password().unwrap_or_default());
        let_in(request, claim)
    }

    let middleware = || HttpAuthentication::basic(authenticate);
    each_sees_only_their_own_behind(store, middleware, |user, password| {
        let header = Basic::new(user.to_owned(), Some(password.to_owned())).try_into_value().unwrap();
        header.to_str().unwrap().to_owned()
    });
}

fn who_asks_too_often_is_told_when_to_come_back_and_has_read_nothing(store: &TestStore) {
    async fn throttle(
        limiter: web::Data<DefaultKeyedRateLimiter<String>>,
        request: ServiceRequest,
        next: Next<impl MessageBody + 'static>,
    ) -> Result<ServiceResponse<impl MessageBody>, Error> {
        let user = request.headers().get("x-user").and_then(|user| user.to_str().ok()).unwrap_or_default();
        let Err(early) = limiter.check_key(&user.to_owned()) else {
            return Ok(next.call(request).await?.map_into_left_body());
        };
        let wait = early.wait_time_from(limiter.clock().now()).as_secs() + 1;
        let response = HttpResponse::TooManyRequests().insert_header((RETRY_AFTER, wait)).json(json!({}));
        Ok(request.into_response(response).map_into_right_body())
    }

    let messages = messages(store, by_header);
    let limiter = web::Data::new(DefaultKeyedRateLimiter::<String>::keyed(Quota::per_hour(NonZeroU32::MIN)));
    let server = Server::start(move || {
        let scope = scope("/messages").wrap(from_fn(throttle));
        App::new().app_data(messages.clone()).app_data(limiter.clone()).service(scope)
    });
    for user in ["alice", "bob"] {
        wait(store.mailbox(user).info("Read me.")).unwrap();
    }
    let client = server.client();
    let list = |user: &str| client.request("GET", "/messages/").header("x-user", user).send();
    client.request("GET", "/messages/peek/").header("x-user", "alice").send().expect(200);
    let throttled = list("alice").expect(429);
    let seconds = throttled.header("retry-after").unwrap().parse::<u64>().unwrap();
    assert!((3500..=3600).contains(&seconds), "{seconds}");
    assert_eq!(unread(store, "alice"), 1);
    assert_eq!(list("bob").expect(200).json()["count"], 1, "another user is not throttled");
    assert_eq!(unread(store, "bob"), 0);
}

/// The configuration of a REST surface for signed-in users.
fn messages(store: &TestStore, identify: impl Identify) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), move |request| identify.identify(request)).access(Access::SignedIn)
}

/// The user that a middleware has authenticated.
#[derive(Clone)]
struct SignedIn(String);

fn left_by_the_middleware(request: &HttpRequest) -> Option<Recipient> {
    let SignedIn(user) = request.extensions().get::<SignedIn>()?.clone();
    Recipient::user(user).ok()
}

/// Returns the user if the password is correct.
fn signed_in(user: &str, password: &str) -> Option<String> {
    [("alice", "rabbit"), ("bob", "builder")].contains(&(user, password)).then(|| user.to_owned())
}

fn let_in(request: ServiceRequest, user: Option<String>) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    match user {
        Some(user) => {
            request.extensions_mut().insert(SignedIn(user));
            Ok(request)
        }
        None => Err((ErrorUnauthorized("wrong"), request)),
    }
}

/// A client with credentials, which may be wrong.
struct Person {
    client: Client,
    authorization: Option<String>,
}

impl Person {
    fn who_signs_in(server: &Server, user: &str, password: &str) -> Self {
        let client = server.client();
        if !user.is_empty() {
            let status = if signed_in(user, password).is_some() { 204 } else { 401 };
            client.request("POST", format!("/login/{user}/{password}")).send().expect(status);
        }
        Self { client, authorization: None }
    }

    #[track_caller]
    fn ask(&self, method: &str, target: &str) -> Response {
        let call = self.client.request(method, target);
        match &self.authorization {
            Some(credentials) => call.header("Authorization", credentials).send(),
            None => call.send(),
        }
    }

    /// Lists the messages, which marks them as read, and returns their texts.
    #[track_caller]
    fn texts(&self) -> Vec<String> {
        let list = self.ask("GET", "/messages/").expect(200).json();
        let results = list["results"].as_array().unwrap();
        results.iter().map(|message| message["message"].as_str().unwrap().to_owned()).collect()
    }
}

/// The rules that hold with any authentication.
fn each_sees_only_their_own(store: &TestStore, person: impl Fn(&str, &str) -> Person) {
    let of_alice = wait(store.mailbox("alice").info("For Alice.")).unwrap().unwrap();
    wait(store.mailbox("bob").info("For Bob.")).unwrap();
    let message = format!("/messages/{of_alice}/");

    for (user, password) in [("", ""), ("alice", "builder"), ("alice", "rabbit2"), ("mallory", "rabbit")] {
        let stranger = person(user, password);
        for (method, target) in [
            ("GET", "/messages/"),
            ("GET", "/messages/peek/"),
            ("GET", &message),
            ("HEAD", &message),
            ("DELETE", &message),
        ] {
            let answer = stranger.ask(method, target);
            assert!(matches!(answer.status, 401 | 403), "{method} {target} as {user}: {}", answer.status);
            assert!(!String::from_utf8_lossy(&answer.body).contains("For "), "{method} {target} as {user}");
        }
    }
    assert_eq!((unread(store, "alice"), unread(store, "bob")), (1, 1), "a refused request marked messages as read");

    let (alice, bob) = (person("alice", "rabbit"), person("bob", "builder"));
    bob.ask("GET", &message).expect(404);
    bob.ask("DELETE", &message).expect(404);
    assert_eq!(bob.texts(), ["For Bob."]);
    assert_eq!((unread(store, "alice"), unread(store, "bob")), (1, 0), "only bob's is read");
    assert_eq!(alice.texts(), ["For Alice."]);
    alice.ask("DELETE", &message).expect(204);
    assert_eq!(alice.texts(), Vec::<String>::new());
    assert_eq!(bob.texts(), ["For Bob."]);
}

/// The same with a middleware that reads the header `Authorization`.
fn each_sees_only_their_own_behind<T, F, O>(
    store: &TestStore,
    middleware: impl Fn() -> HttpAuthentication<T, F> + Clone + Send + 'static,
    authorization: fn(&str, &str) -> String,
) where
    T: FromRequest + 'static,
    F: Fn(ServiceRequest, T) -> O + 'static,
    O: Future<Output = Result<ServiceRequest, (Error, ServiceRequest)>> + 'static,
{
    let messages = messages(store, left_by_the_middleware);
    let server =
        Server::start(move || App::new().app_data(messages.clone()).service(scope("/messages").wrap(middleware())));
    each_sees_only_their_own(store, |user, password| Person {
        client: server.client(),
        authorization: (!user.is_empty()).then(|| authorization(user, password)),
    });
}

fn unread(store: &TestStore, user: &str) -> u64 {
    wait(store.mailbox(user).unread().count()).unwrap()
}
