//! Refusals and failures: what went wrong in the admin -> status and a page.

use actix_web::{
    HttpResponse, ResponseError,
    http::{
        StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
};

use super::document::{answer, error_page};
use crate::{
    error::{Error, SetupError, WithCauses},
    store::StoreError,
};

/// Why the admin does not do what a request asks.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("Only staff may see this page.")]
    NotStaff,
    #[error("This came from a page of another site, so nothing was changed.")]
    CrossSite,
    #[error(
        "This came from a page of another origin of this site, so nothing was changed. The server has to name that \
         origin as a `trusted_origin`."
    )]
    SameSite,
    #[error("There is no such page.")]
    NoSuchPage,
    #[error("This message is not there any more, or never was.")]
    NoSuchMessage,
    /// The methods that there are.
    #[error("This page does not know what to do with that method.")]
    NoSuchMethod(&'static str),
    #[error("The form is too long, or did not arrive whole. Nothing was changed.")]
    UnreadableForm,
    #[error("The form says something that it can't say: {0} Nothing was changed.")]
    Nonsense(&'static str),
    #[error(transparent)]
    Failed(#[from] Error),
    /// A change that was done in part before the store failed.
    #[error("{done} before the store failed")]
    HalfDone { done: String, source: Error },
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SetupError> for Trouble {
    fn from(error: SetupError) -> Self {
        Self::Failed(error.into())
    }
}

impl Trouble {
    /// What a person is told. A failure of the server is not their business.
    fn explanation(&self) -> String {
        let again = match self.status_code() {
            StatusCode::SERVICE_UNAVAILABLE => "The messages can't be reached just now. Try again in a moment.",
            _ => "Something went wrong on the server. The log says what.",
        };
        match self {
            Self::Failed(_) => again.to_owned(),
            Self::HalfDone { done, .. } => format!("{done}. {again}"),
            refusal => refusal.to_string(),
        }
    }
}

impl ResponseError for Trouble {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotStaff | Self::CrossSite | Self::SameSite => StatusCode::FORBIDDEN,
            Self::NoSuchPage | Self::NoSuchMessage => StatusCode::NOT_FOUND,
            Self::NoSuchMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnreadableForm => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Nonsense(_) => StatusCode::BAD_REQUEST,
            Self::Failed(error) => error.status_code(),
            Self::HalfDone { source, .. } => source.status_code(),
        }
    }

    /// A failure of the server is logged here, since the page does not tell what happened.
    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            tracing::error!(status = status.as_u16(), "admin of messages: {}", WithCauses(self));
        }
        let mut response = answer(status);
        if let Self::NoSuchMethod(methods) = self {
            response.insert_header((ALLOW, *methods));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((RETRY_AFTER, "1"));
        }
        let title = status.canonical_reason().unwrap_or("Error");
        response.body(error_page(title, &self.explanation(), "./"))
    }
}
