//! What the application does beside its messages: people sign in and out, and cause messages.

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

/// Signs in whoever says their name. A real application asks for a proof.
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
    // Whoever knew the session before must not have it now (session fixation).
    session.renew();
    // What they were told before they signed in is theirs now.
    messages.claim().await?;
    Ok(HttpResponse::Ok().json(json!({ "user": body.user })))
}

/// Signs out: the session ends, and so do the messages bound to it.
#[post("/demo/logout")]
pub(crate) async fn sign_out(session: Session) -> impl Responder {
    session.purge();
    web::Json(json!({}))
}

/// Who is signed in, for the page to show.
#[get("/demo/user")]
pub(crate) async fn who(session: Session) -> Result<impl Responder, Error> {
    Ok(web::Json(json!({ "user": session.get::<String>(USER)? })))
}

/// A message as the page's form sends it.
#[derive(Debug, Deserialize)]
struct Cause {
    level: i32,
    message: Option<String>,
    #[serde(default)]
    extra_tags: Tags,
}

/// One tag, or a list of them; nothing and an empty text are none.
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

/// Does something that has something to say.
#[post("/demo/messages", name = "demo:messages")]
pub(crate) async fn cause_message(body: web::Json<Cause>, messages: Messages) -> Result<HttpResponse, MessageError> {
    let Cause { level, message, extra_tags } = body.into_inner();
    let message = NewMessage::new(level, message.unwrap_or_default()).tags(extra_tags.into_texts());
    let id = messages.add(message).await?;
    Ok(HttpResponse::Created().json(json!({ "id": id })))
}

/// A body that is not the JSON that was asked for.
pub(crate) fn unreadable(error: JsonPayloadError, _: &HttpRequest) -> Error {
    let answer = HttpResponse::BadRequest().json(json!({ "detail": error.to_string() }));
    InternalError::from_response(error, answer).into()
}
