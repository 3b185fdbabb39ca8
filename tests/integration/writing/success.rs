//! A message if a handler succeeds, and none if it fails.

use actix_messages::{Level, MessagesConfig, NewMessage, SuccessMessage, follow_session, session_key};
use actix_session::{Session, SessionMiddleware, storage::CookieSessionStore};
use actix_web::{
    App, Error, HttpResponse,
    cookie::Key,
    error::{ErrorBadRequest, ErrorInternalServerError, InternalError},
    http::StatusCode,
    middleware::from_fn,
    test::{TestRequest, call_service, init_service, read_body, try_call_service},
    web,
};

use super::{config, texts};
use crate::support::{FailingStore, TestStore, on_every_store, wait};

on_every_store! {
    an_answer_of_2xx_or_3xx_is_a_success,
    an_answer_of_4xx_or_5xx_is_none,
    an_error_is_none_whatever_its_answer,
    an_error_of_a_middleware_is_none,
    the_message_may_be_any,
    who_is_not_signed_in_is_not_told,
}

async fn answer(status: web::Path<u16>) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(*status).unwrap()).finish()
}

async fn fail(status: web::Path<u16>) -> Result<HttpResponse, Error> {
    Err(match *status {
        400 => ErrorBadRequest("no"),
        500 => ErrorInternalServerError("no"),
        status => {
            let answer = HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish();
            InternalError::from_response("no", answer).into()
        }
    })
}

/// Posts to this path as this user, and returns the status of the response.
async fn post(messages: MessagesConfig, user: Option<&str>, path: &str) -> u16 {
    let refused = from_fn(async |_, _: actix_web::middleware::Next<actix_web::body::BoxBody>| {
        Err::<actix_web::dev::ServiceResponse, _>(ErrorInternalServerError("refused"))
    });
    let critical = NewMessage::new(50, "Done.").tag("a");
    let app = App::new()
        .app_data(messages)
        .service(web::resource("/answer/{status}").post(answer).wrap(SuccessMessage::new("Saved.")))
        .service(web::resource("/fail/{status}").post(fail).wrap(SuccessMessage::new("Saved.")))
        .service(web::resource("/refused/{status}").post(answer).wrap(refused).wrap(SuccessMessage::new("Saved.")))
        .service(web::resource("/any/{status}").name("any").post(answer).wrap(SuccessMessage::of(critical)));
    let app = init_service(app).await;
    let request = TestRequest::post().uri(path);
    let request = user.into_iter().fold(request, |request, user| request.insert_header(("x-user", user)));
    match try_call_service(&app, request.to_request()).await {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.as_response_error().status_code().as_u16(),
    }
}

fn an_answer_of_2xx_or_3xx_is_a_success(store: &TestStore) {
    wait(async {
        for (count, status) in (1..).zip([200, 201, 204, 302, 303]) {
            assert_eq!(post(config(store), Some("alice"), &format!("/answer/{status}")).await, status);
            let mailbox = store.mailbox("alice");
            assert_eq!(texts(&mailbox).await, vec!["Saved."; count], "{status}");
            assert_eq!(mailbox.all().first().await.unwrap().unwrap().level, Level::SUCCESS);
        }
    });
}

fn an_answer_of_4xx_or_5xx_is_none(store: &TestStore) {
    wait(async {
        for status in [400, 404, 422, 500, 503] {
            assert_eq!(post(config(store), Some("alice"), &format!("/answer/{status}")).await, status);
        }
        assert!(texts(&store.mailbox("alice")).await.is_empty());
    });
}

fn an_error_is_none_whatever_its_answer(store: &TestStore) {
    wait(async {
        for status in [400, 500, 303, 200] {
            assert_eq!(post(config(store), Some("alice"), &format!("/fail/{status}")).await, status);
        }
        assert!(texts(&store.mailbox("alice")).await.is_empty());
    });
}

fn an_error_of_a_middleware_is_none(store: &TestStore) {
    wait(async {
        assert_eq!(post(config(store), Some("alice"), "/refused/200").await, 500);
        assert!(texts(&store.mailbox("alice")).await.is_empty());
    });
}

fn the_message_may_be_any(store: &TestStore) {
    wait(async {
        assert_eq!(post(config(store), Some("alice"), "/any/200").await, 200);
        let message = store.mailbox("alice").all().first().await.unwrap().unwrap();
        assert_eq!((message.level, message.text.as_str(), message.view.as_str()), (Level::new(50), "Done.", "any"));
        assert_eq!(message.tags, ["a"]);
    });
}

fn who_is_not_signed_in_is_not_told(store: &TestStore) {
    wait(async {
        assert_eq!(post(config(store), None, "/answer/200").await, 200);
        assert!(texts(&store.mailbox("alice")).await.is_empty());
    });
}

#[test]
fn a_message_that_can_not_be_kept_replaces_the_answer() {
    let messages = || config(&TestStore::of(FailingStore::Unavailable));
    assert_eq!(wait(post(messages(), Some("alice"), "/answer/200")), 503);
    assert_eq!(wait(post(messages(), Some("alice"), "/answer/404")), 404);
}

/// If this failure were an error, the session middleware would not save the handler's changes to the session.
#[actix_web::test]
async fn a_logout_stays_one_where_its_message_can_not_be_kept() {
    async fn sign_in(session: Session) -> HttpResponse {
        session.insert("user", "alice").unwrap();
        HttpResponse::NoContent().finish()
    }
    async fn sign_out(session: Session) -> HttpResponse {
        session.purge();
        HttpResponse::NoContent().finish()
    }
    let messages = MessagesConfig::new(FailingStore::Unavailable, session_key("user"));
    async fn user(session: Session) -> HttpResponse {
        HttpResponse::Ok().json(session.get::<String>("user").unwrap())
    }
    let app = App::new()
        .app_data(messages)
        .route("/in", web::post().to(sign_in))
        .route("/user", web::get().to(user))
        .service(web::resource("/out").post(sign_out).wrap(SuccessMessage::new("You are out.")))
        .wrap(from_fn(follow_session))
        .wrap(SessionMiddleware::new(CookieSessionStore::default(), Key::generate()));
    let app = init_service(app).await;
    let signed_in = call_service(&app, TestRequest::post().uri("/in").to_request()).await;
    let cookie = signed_in.response().cookies().next().unwrap().into_owned();
    let signed_out = call_service(&app, TestRequest::post().uri("/out").cookie(cookie).to_request()).await;
    assert_eq!(signed_out.status(), StatusCode::SERVICE_UNAVAILABLE);
    // The message has started another session.
    let cookie = signed_out.response().cookies().next().unwrap().into_owned();
    let user = call_service(&app, TestRequest::get().uri("/user").cookie(cookie).to_request()).await;
    assert_eq!(read_body(user).await, "null", "the session has ended");
}
