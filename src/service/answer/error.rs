//! Converts refusals and failures into a status and JSON.

use std::error::Error as StdError;

use super::error_body::ErrorBody;
use crate::{
    error::{Error, SetupError, WithCauses},
    model::InvalidRecipient,
    service::{
        question::{query::QueryError, version::UnknownVersion},
        settings::{live::TooManyStreams, unsent::TooManyUnsentBytes},
    },
    store::StoreError,
    texts::{Phrase, Text, Texts},
};
use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
};

/// The reason why the REST API refuses a request or fails.
///
/// If Django REST framework or drf-messages has the same refusal, the text is the same.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The client does not accept JSON: 406.
    #[error("{}", Text::NotAcceptable.english())]
    NotAcceptable,
    /// A page of another site sent the request: 403.
    #[error("{}", Text::CrossSite.english())]
    CrossSite,
    /// A page of another origin of the same site, such as a sibling subdomain, sent the request: 403.
    #[error("{}", Text::CrossOrigin.english())]
    SameSite,
    /// No user is signed in: 403.
    #[error("{}", Text::NotSignedIn.english())]
    NotSignedIn,
    /// The endpoint does not support the method: 405.
    #[error("{}", method_not_allowed(.method))]
    MethodNotAllowed {
        /// The method of the request.
        method: Method,
    },
    /// The query string is not valid: 400.
    #[error("the query string is invalid")]
    Query(#[from] QueryError),
    /// The endpoint does not exist: 404.
    #[error("{}", Text::NotFound.english())]
    NoSuchPath,
    /// The page does not exist: 404.
    #[error("{}", Text::InvalidPage.english())]
    NoSuchPage,
    /// The cursor is malformed, was signed with another key, or belongs to another list: 404.
    #[error("{}", Text::InvalidCursor.english())]
    InvalidCursor,
    /// The version does not exist: 404 if the path names it, 406 if the `Accept` header names it.
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    /// The application does not permit the action: 403.
    #[error("{}", Text::NotPermitted.english())]
    NotPermitted,
    /// The message does not exist, or does not match the filters: 404.
    #[error("{}", Text::NoSuchMessage.english())]
    NoSuchMessage,
    /// The message is unread, and unread messages may not be deleted: 403.
    #[error("{}", Text::UnreadNotDeletable.english())]
    Unread,
    /// The response can't be serialized: 500.
    #[error("the response can't be serialized")]
    Unwritable(#[from] serde_json::Error),
    /// The response is large, and too many bytes of large responses are not sent yet: 503.
    #[error("too many bytes of large responses are not sent yet")]
    TooManyUnsentBytes,
    /// Too many streams of the mailbox are open: 429.
    #[error("{}", Text::TooManyStreams.english())]
    TooManyStreams,
    /// Too many streams of all mailboxes are open, or the server is about to stop: 503.
    #[error("too many streams are open, or the server is about to stop")]
    StreamsFull,
    /// The operation failed: 500 or 503.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<TooManyUnsentBytes> for Refusal {
    fn from(_: TooManyUnsentBytes) -> Self {
        Self::TooManyUnsentBytes
    }
}

impl From<TooManyStreams> for Refusal {
    fn from(which: TooManyStreams) -> Self {
        match which {
            TooManyStreams::OfMailbox => Self::TooManyStreams,
            TooManyStreams::OfAll => Self::StreamsFull,
        }
    }
}

impl From<SetupError> for Refusal {
    fn from(error: SetupError) -> Self {
        Self::Failed(error.into())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotAcceptable | Self::Version(UnknownVersion::InAccept) => StatusCode::NOT_ACCEPTABLE,
            Self::CrossSite | Self::SameSite | Self::NotSignedIn | Self::NotPermitted | Self::Unread => {
                StatusCode::FORBIDDEN
            }
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::NoSuchPath
            | Self::NoSuchPage
            | Self::InvalidCursor
            | Self::Version(UnknownVersion::InPath)
            | Self::NoSuchMessage => StatusCode::NOT_FOUND,
            Self::Unwritable(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TooManyUnsentBytes | Self::StreamsFull => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooManyStreams => StatusCode::TOO_MANY_REQUESTS,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Failed(error) => error.error_response(),
            Self::Unwritable(_) => log_and_respond(self, self.status_code()),
            _ => respond(self.status_code(), &ErrorBody::of_refusal(self)),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Full { .. } => StatusCode::INSUFFICIENT_STORAGE,
            Self::Recipient(error) => error.status_code(),
            Self::Store(error) => error.status_code(),
            Self::Setup(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Store(error) => error.error_response(),
            Self::Setup(error) => error.error_response(),
            Self::Invalid(_) | Self::Full { .. } | Self::Recipient(_) => {
                respond(self.status_code(), &ErrorBody::of_error(self))
            }
        }
    }
}

/// Responds with 400. An application that takes user ids from another source should validate them first.
impl ResponseError for InvalidRecipient {
    fn status_code(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    fn error_response(&self) -> HttpResponse {
        respond(self.status_code(), &ErrorBody::Detail(self.problem()))
    }
}

/// Responds with 503 and `Retry-After` if the store is unavailable, with 400 if the change breaks a limit, and
/// otherwise with 500. The log has the cause of a 500 or 503.
impl ResponseError for StoreError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed { .. } => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        match self {
            Self::Unavailable { .. } | Self::Failed { .. } => log_and_respond(self, self.status_code()),
            Self::Invalid(invalid) => Error::Invalid(*invalid).error_response(),
        }
    }
}

/// Responds with 500. The log names the fix.
impl ResponseError for SetupError {
    fn error_response(&self) -> HttpResponse {
        log_and_respond(self, self.status_code())
    }
}

/// Logs a failure, and returns a response that does not reveal it to the client.
fn log_and_respond(error: &dyn StdError, status: StatusCode) -> HttpResponse {
    tracing::error!(status = status.as_u16(), "messages: {}", WithCauses(error));
    respond(status, &ErrorBody::of_failure(status))
}

/// Returns the response with this body, in English. A middleware translates it.
fn respond(status: StatusCode, body: &ErrorBody) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    response.json(body.in_texts(&Texts::default()))
}

/// Returns the text for a method that the endpoint does not support.
pub(super) fn method_not_allowed(method: &Method) -> Phrase {
    Phrase::from(Text::MethodNotAllowed).with("method", method)
}

/// Refuses a method that the endpoint does not support.
pub(crate) async fn no_such_method(method: Method) -> Result<HttpResponse, Refusal> {
    Err(Refusal::MethodNotAllowed { method })
}

/// Refuses a path that belongs to no endpoint.
pub(crate) async fn no_such_path() -> Result<HttpResponse, Refusal> {
    Err(Refusal::NoSuchPath)
}
