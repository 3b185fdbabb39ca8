//! Extracts messages for code that does not know whether its application uses messages.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::messages::Messages;
use crate::{
    error::{Error, SetupError},
    mailbox::define_level_methods,
    model::{MessageId, NewMessage},
};

/// Adds messages for the user or visitor who sent the request, in code that many applications share.
///
/// If messages are not installed (the application's data has no [`MessagesConfig`](crate::MessagesConfig)), adding one
/// does nothing. It is the equivalent of Django's `fail_silently`.
///
/// ```
/// use actix_messages::{Error, QuietMessages};
/// use actix_web::{HttpResponse, post};
///
/// #[post("/avatar")]
/// async fn upload(messages: QuietMessages) -> Result<HttpResponse, Error> {
///     messages.success("Your picture is uploaded.").await?;
///     Ok(HttpResponse::NoContent().finish())
/// }
/// ```
#[derive(Debug, Clone)]
pub struct QuietMessages(Messages);

impl QuietMessages {
    define_level_methods!(Result<Option<MessageId>, Error>);

    /// Adds a message as [`Messages::add`] does. If messages are not installed, does nothing, and logs this at debug
    /// level.
    ///
    /// # Errors
    ///
    /// Returns [`Error`] if messages are installed, but the message breaks a limit or can't be saved.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        match self.0.add(message).await {
            Err(Error::Setup(SetupError::MissingConfig)) => {
                tracing::debug!("message skipped: messages are not installed");
                Ok(None)
            }
            added => added,
        }
    }
}

impl FromRequest for QuietMessages {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(Messages::of(request))))
    }
}
