//! Messages from code that can't know whether its application has any.

use std::{
    convert::Infallible,
    future::{Ready, ready},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use super::messages::Messages;
use crate::{
    error::{Error, SetupError},
    mailbox::a_method_for_each_level,
    model::{MessageId, NewMessage},
};

/// The messages of whoever sent the request, for code that is used in many applications: where messages are not
/// installed, adding one does nothing. It is the `fail_silently` of Django.
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
    a_method_for_each_level!(Result<Option<MessageId>, Error>);

    /// Adds a message as [`Messages::add`] does, or does nothing where messages are not installed; the log says so
    /// at debug.
    ///
    /// # Errors
    ///
    /// [`Error`] where messages are installed, but the message breaks a limit or could not be kept.
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
