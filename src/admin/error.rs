//! The errors of the admin -> a status and a page.

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

/// The reason why the admin refuses a request, or fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AdminError {
    #[error("Only staff may see this page.")]
    NotStaff,
    #[error("The request came from another site, so nothing was changed.")]
    CrossSite,
    #[error(
        "The request came from another origin of this site, so nothing was changed. To allow that origin, the server has \
         to configure it as a `trusted_origin`."
    )]
    SameSite,
    #[error("This page does not exist.")]
    NoSuchPage,
    #[error("This message no longer exists, or never existed.")]
    NoSuchMessage,
    /// Has the supported methods.
    #[error("This page does not support that method.")]
    NoSuchMethod(&'static str),
    #[error("The form is too large or incomplete. Nothing was changed.")]
    UnreadableForm,
    #[error("The form is invalid: {0} Nothing was changed.")]
    InvalidForm(&'static str),
    #[error(transparent)]
    Failed(#[from] Error),
    /// The store failed after a part of the change was done.
    #[error("{done} before the store failed")]
    PartlyDone { done: String, source: Error },
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SetupError> for AdminError {
    fn from(error: SetupError) -> Self {
        Self::Failed(error.into())
    }
}

impl AdminError {
    /// Returns the text for the page. It has no details of a server error.
    fn explanation(&self) -> String {
        let again = match self.status_code() {
            StatusCode::SERVICE_UNAVAILABLE => "The messages are not available right now. Try again in a moment.",
            _ => "Something went wrong on the server. Its log has the details.",
        };
        match self {
            Self::Failed(_) => again.to_owned(),
            Self::PartlyDone { done, .. } => format!("{done}. {again}"),
            refusal => refusal.to_string(),
        }
    }
}

impl ResponseError for AdminError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotStaff | Self::CrossSite | Self::SameSite => StatusCode::FORBIDDEN,
            Self::NoSuchPage | Self::NoSuchMessage => StatusCode::NOT_FOUND,
            Self::NoSuchMethod(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnreadableForm => StatusCode::PAYLOAD_TOO_LARGE,
            Self::InvalidForm(_) => StatusCode::BAD_REQUEST,
            Self::Failed(error) => error.status_code(),
            Self::PartlyDone { source, .. } => source.status_code(),
        }
    }

    /// Logs a server error, because the page has no details of it.
    fn error_response(&self) -> HttpResponse {
        let status = self.status_code();
        if status.is_server_error() {
            tracing::error!(status = status.as_u16(), "messages admin: {}", WithCauses(self));
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
