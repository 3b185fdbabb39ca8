//! Endpoints of the application itself: users sign in and out, and cause messages.

use actix_messages::{Error as MessageError, Messages, NewMessage, Recipient};
use actix_session::Session;
use actix_web::{
    Error, HttpRequest, HttpResponse, Responder,
    error::{InternalError, JsonPayloadError},
    get, post, web,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::USER;

#[derive(Debug, Deserialize)]
struct SignIn {
    user: String,
}

/// Signs in a user by name. A real application requires a password.
#[post("/demo/login")]
pub(crate) async fn sign_in(
    body: web::Json<SignIn>,
    session: Session,
    messages: Messages,
) -> Result<HttpResponse, Error> {
    if let Err(error) = Recipient::user(&body.user) {
        return Ok(HttpResponse::BadRequest().json(json!({ "user": [error.to_string()] })));
    }
    session.insert(USER, &body.user)?;
    // Prevents session fixation: the user must not be signed in to a session that another person knows.
    session.renew();
    // The messages from before the sign-in now belong to the user.
    messages.claim().await?;
    Ok(HttpResponse::Ok().json(json!({ "user": body.user })))
}

/// Signs out. The session ends, and the messages bound to it are deleted.
#[post("/demo/logout")]
pub(crate) async fn sign_out(session: Session) -> impl Responder {
    session.purge();
    web::Json(json!({}))
}

/// Returns the name of the signed-in user, for the page.
#[get("/demo/user")]
pub(crate) async fn who(session: Session) -> Result<impl Responder, Error> {
    Ok(web::Json(json!({ "user": session.get::<String>(USER)? })))
}

/// The message that the page's form sends.
#[derive(Debug, Deserialize)]
struct Cause {
    level: i32,
    message: Option<String>,
    #[serde(default)]
    extra_tags: Tags,
}

/// One tag, or a list of tags. `null` and an empty text mean no tags.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Tags {
    #[default]
    None,
    One(String),
    Many(Vec<Value>),
}

impl Tags {
    fn into_texts(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(tag) => Some(tag).filter(|tag| !tag.is_empty()).into_iter().collect(),
            Self::Many(tags) => tags
                .into_iter()
                .map(|tag| match tag {
                    Value::String(text) => text,
                    other => other.to_string(),
                })
                .collect(),
        }
    }
}

/// Adds the message that the form describes.
#[post("/demo/messages", name = "demo:messages")]
pub(crate) async fn cause_message(body: web::Json<Cause>, messages: Messages) -> Result<HttpResponse, MessageError> {
    let Cause { level, message, extra_tags } = body.into_inner();
    let message = NewMessage::new(level, message.unwrap_or_default()).tags(extra_tags.into_texts());
    let id = messages.add(message).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// Answers with 400 if the body is not the expected JSON.
pub(crate) fn unreadable(error: JsonPayloadError, _: &HttpRequest) -> Error {
    let answer = HttpResponse::BadRequest().json(json!({ "detail": error.to_string() }));
    InternalError::from_response(error, answer).into()
}
