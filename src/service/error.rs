//! Refusals and failures: what went wrong -> status and JSON.

use std::error::Error as StdError;

use actix_web::{
    HttpResponse, HttpResponseBuilder, ResponseError,
    http::{Method, StatusCode, header},
};
use serde_json::{Value, json};

use super::query::QueryError;
use crate::{Error, SetupError, StoreError};

/// Why the REST surface does not do what a request asks. The texts are those of Django REST framework.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("Could not satisfy the request Accept header.")]
    NotAcceptable,
    #[error("Cross-site request refused.")]
    CrossSite,
    #[error("Authentication credentials were not provided.")]
    NotSignedIn,
    #[error("Method \"{method}\" not allowed.")]
    MethodNotAllowed { method: Method },
    #[error("the query string is invalid")]
    Query(#[from] QueryError),
    #[error("Not found.")]
    NoSuchPath,
    #[error("No Message matches the given query.")]
    NoSuchMessage,
    #[error("You do not have the permission to delete unread messages")]
    Unread,
    #[error(transparent)]
    Failed(#[from] Error),
}

impl From<SetupError> for Refusal {
    fn from(error: SetupError) -> Self {
        Self::Failed(error.into())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Self::CrossSite | Self::NotSignedIn | Self::Unread => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::Query(_) => StatusCode::BAD_REQUEST,
            Self::NoSuchPath | Self::NoSuchMessage => StatusCode::NOT_FOUND,
            Self::Failed(error) => error.status_code(),
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        match self {
            Self::Failed(error) => error.error_response(),
            Self::Query(error) => response.json(error),
            _ => response.json(json!({ "detail": self.to_string() })),
        }
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::BAD_REQUEST,
            Self::Store(StoreError::Unavailable { .. }) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Store(StoreError::Failed { .. }) | Self::Setup(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A failure of the server is logged here, since its answer does not tell what happened.
    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        let mut response = HttpResponse::build(status);
        match self {
            Self::Invalid(invalid) => response.json(json!({ invalid.field(): [invalid.problem()] })),
            Self::Store(_) | Self::Setup(_) => {
                tracing::error!(error = self as &dyn StdError, status = status.as_u16(), "messages: {self}");
                opaque(&mut response, status)
            }
        }
    }
}

/// The answer to a failure that is not the client's business.
fn opaque(response: &mut HttpResponseBuilder, status: StatusCode) -> HttpResponse {
    let detail: Value = if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header((header::RETRY_AFTER, "1"));
        "Service temporarily unavailable, try again later.".into()
    } else {
        "A server error occurred.".into()
    };
    response.json(json!({ "detail": detail }))
}

/// A method that the endpoint does not have.
pub(crate) async fn no_such_method(method: Method) -> Result<HttpResponse, Refusal> {
    Err(Refusal::MethodNotAllowed { method })
}

/// What is neither a list, nor peek, nor a message.
pub(crate) async fn no_such_path() -> Result<HttpResponse, Refusal> {
    Err(Refusal::NoSuchPath)
}
