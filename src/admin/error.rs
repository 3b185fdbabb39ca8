//! The errors of the admin -> a status and a page.

use actix_web::{
    Error as ActixError, HttpResponse, ResponseError,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{ALLOW, RETRY_AFTER},
    },
    middleware::Next,
};

use super::{
    changes::Done,
    document::{answer, error_page},
};
use crate::{
    error::{Error, SetupError, WithCauses},
    service::settings::config::texts_of,
    store::StoreError,
    texts::{Text, Texts},
};

/// The reason why the admin refuses a request, or fails.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.explanation(&Texts::default()))]
pub(crate) enum AdminError {
    NotStaff,
    CrossSite,
    SameSite,
    NoSuchPage,
    NoSuchMessage,
    /// Has the supported methods.
    NoSuchMethod(&'static str),
    UnreadableForm,
    /// Has the text for the page.
    InvalidForm(Text),
    #[error(transparent)]
    Failed(#[from] Error),
    /// The store failed after a part of the change was done.
    #[error("{} before the store failed", done.sentence(&Texts::default()).trim_end_matches('.'))]
    PartlyDone {
        done: Done,
        source: Error,
    },
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
    /// Renders the page. `root` is the relative path to the root of the admin.
    pub(crate) fn page(&self, texts: &Texts, root: &str) -> String {
        let title = match self.status_code() {
            StatusCode::BAD_REQUEST => Text::AdminBadRequest,
            StatusCode::FORBIDDEN => Text::AdminForbidden,
            StatusCode::NOT_FOUND => Text::AdminNotFound,
            StatusCode::METHOD_NOT_ALLOWED => Text::AdminMethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => Text::AdminPayloadTooLarge,
            StatusCode::INTERNAL_SERVER_ERROR => Text::AdminServerError,
            StatusCode::SERVICE_UNAVAILABLE => Text::AdminUnavailable,
            _ => Text::AdminOtherError,
        };
        error_page(texts, texts.get(title), &self.explanation(texts), root)
    }

    /// Returns the text for the page. It has no details of a server error.
    fn explanation(&self, texts: &Texts) -> String {
        let again = match self.status_code() {
            StatusCode::SERVICE_UNAVAILABLE => Text::AdminTryAgain,
            _ => Text::AdminFailed,
        };
        let text = match self {
            Self::NotStaff => Text::AdminOnlyStaff,
            Self::CrossSite => Text::AdminCrossSite,
            Self::SameSite => Text::AdminCrossOrigin,
            Self::NoSuchPage => Text::AdminNoSuchPage,
            Self::NoSuchMessage => Text::AdminNoSuchMessage,
            Self::NoSuchMethod(_) => Text::AdminNoSuchMethod,
            Self::UnreadableForm => Text::AdminUnreadableForm,
            Self::InvalidForm(text) => *text,
            Self::Failed(_) => again,
            Self::PartlyDone { done, .. } => return format!("{} {}", done.sentence(texts), texts.get(again)),
        };
        texts.get(text).to_owned()
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

    /// Returns the response without its page, which [`render_errors`] adds. Logs a server error, because the page has
    /// no details of it.
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
        response.finish()
    }
}

/// Middleware that renders the page of an [`AdminError`] in the texts of the request.
pub(crate) async fn render_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    let response = next.call(request).await?;
    let error = response.response().error().and_then(|error| error.as_error::<AdminError>());
    let page = error.map(|error| error.page(&texts_of(response.request()), "./"));
    Ok(match page {
        Some(page) => response.map_body(|_, _| BoxBody::new(page)).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}
