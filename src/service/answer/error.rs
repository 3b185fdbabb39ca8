//! Refusals and failures: what went wrong -> status and JSON.

use std::error::Error as StdError;

use actix_web::{
    HttpResponse, ResponseError,
    http::{Method, StatusCode, header},
};
use serde_json::json;

use super::page_json::DetailBody;
use crate::{
    error::{Error, SetupError, WithCauses},
    model::InvalidRecipient,
    service::{
        question::{query::QueryError, version::UnknownVersion},
        settings::unsent::TooMuchUnsent,
    },
    store::StoreError,
};

/// What is said of a failure that may soon be over.
const UNAVAILABLE: &str = "Service temporarily unavailable, try again later.";
/// What is said where a mailbox has no room.
pub(crate) const FULL: &str = "The mailbox is full.";
/// What is said of any other failure.
const SERVER_ERROR: &str = "A server error occurred.";

/// Why the REST surface does not do what a request asks. The texts are those of Django REST framework.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The client takes no JSON: 406.
    #[error("Could not satisfy the request Accept header.")]
    NotAcceptable,
    /// A page of another site has sent it: 403.
    #[error("Cross-site request refused.")]
    CrossSite,
    /// A page of another origin of the same site, such as a sibling subdomain, has sent it: 403.
    #[error("Cross-origin request refused: the server has to name this origin as a `trusted_origin`.")]
    SameSite,
    /// Nobody is signed in: 403.
    #[error("Authentication credentials were not provided.")]
    NotSignedIn,
    /// The endpoint does not have the method: 405.
    #[error("Method \"{method}\" not allowed.")]
    MethodNotAllowed {
        /// The method of the request.
        method: Method,
    },
    /// The query string is not valid: 400.
    #[error("the query string is invalid")]
    Query(#[from] QueryError),
    /// There is no such endpoint: 404.
    #[error("Not found.")]
    NoSuchPath,
    /// There is no such page: 404.
    #[error("Invalid page.")]
    NoSuchPage,
    /// The cursor is none, or was not made here for this list: 404.
    #[error("Invalid cursor")]
    InvalidCursor,
    /// There is no such version: 404 or 406.
    #[error(transparent)]
    Version(#[from] UnknownVersion),
    /// The application does not permit it: 403.
    #[error("You do not have permission to perform this action.")]
    NotPermitted,
    /// There is no such message, or the filters don't mean it: 404.
    #[error("No Message matches the given query.")]
    NoSuchMessage,
    /// The message is unread, and unread ones are not deleted: 403.
    #[error("You do not have the permission to delete unread messages")]
    Unread,
    /// The answer can't be written: 500.
    #[error("the answer can't be written")]
    Unwritable(#[from] serde_json::Error),
    /// The answer is large, and too many large answers are not fetched yet: 503.
    #[error("too many bytes of large answers are not fetched yet")]
    TooMuchUnsent,
    /// It failed: 500 or 503.
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<TooMuchUnsent> for Refusal {
    fn from(_: TooMuchUnsent) -> Self {
        Self::TooMuchUnsent
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
            Self::TooMuchUnsent => StatusCode::SERVICE_UNAVAILABLE,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Failed(error) => error.error_response(),
            Self::Query(error) => response.json(error),
            Self::Unwritable(_) => failed(self, self.status_code()),
            Self::TooMuchUnsent => opaque(self.status_code()),
            _ => response.json(DetailBody { detail: &self.to_string() }),
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
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Invalid(invalid) => response.json(json!({ invalid.field(): [invalid.problem()] })),
            Self::Full { .. } => response.json(DetailBody { detail: FULL }),
            Self::Recipient(error) => error.error_response(),
            Self::Store(error) => error.error_response(),
            Self::Setup(error) => error.error_response(),
        }
    }
}

/// 400: an application that takes ids of users from elsewhere checks them before.
impl ResponseError for InvalidRecipient {
    fn status_code(&self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code()).json(DetailBody { detail: &self.to_string() })
    }
}

/// 503 with `Retry-After` if the store is away, 400 if the change breaks a limit, else 500. The log says why.
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
            Self::Unavailable { .. } | Self::Failed { .. } => failed(self, self.status_code()),
            Self::Invalid(invalid) => Error::Invalid(*invalid).error_response(),
        }
    }
}

/// 500; the log names the fix.
impl ResponseError for SetupError {
    fn error_response(&self) -> HttpResponse {
        failed(self, self.status_code())
    }
}

/// The answer to a failure that is not the client's business; the log tells it, since the answer does not.
fn failed(error: &dyn StdError, status: StatusCode) -> HttpResponse {
    tracing::error!(status = status.as_u16(), "messages: {}", WithCauses(error));
    opaque(status)
}

/// The answer that says no more than whether to come back.
fn opaque(status: StatusCode) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, "1"));
    }
    response.json(DetailBody { detail: detail_of(status) })
}

/// What the client is told of a failure.
pub(crate) fn detail_of(status: StatusCode) -> &'static str {
    if status == StatusCode::SERVICE_UNAVAILABLE { UNAVAILABLE } else { SERVER_ERROR }
}

/// A method that the endpoint does not have.
pub(crate) async fn no_such_method(method: Method) -> Result<HttpResponse, Refusal> {
    Err(Refusal::MethodNotAllowed { method })
}

/// What is neither a list, nor peek, nor a message.
pub(crate) async fn no_such_path() -> Result<HttpResponse, Refusal> {
    Err(Refusal::NoSuchPath)
}
