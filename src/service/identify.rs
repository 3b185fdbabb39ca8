//! Who is asking: `HttpRequest` -> `Recipient`.

use actix_web::HttpRequest;

use crate::{Recipient, SetupError};

/// Says whose mailbox a request is about. Any closure from a request to an `Option<Recipient>` does, whatever the
/// authentication; [`session_key`](crate::session_key) is ready-made.
///
/// It is asked each time a mailbox is opened, so that a message that is added right after a login belongs to the
/// user who has just signed in. It must be quick: what takes long belongs into a middleware that leaves its result
/// in the request's extensions.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, Recipient};
/// use actix_web::{HttpMessage, HttpRequest};
///
/// #[derive(Clone)]
/// struct SignedIn(u64); // put there by a middleware of the application
///
/// let config = MessagesConfig::new(MemoryStore::new(), |request: &HttpRequest| {
///     let SignedIn(number) = request.extensions().get::<SignedIn>()?.clone();
///     Recipient::user(number).ok()
/// });
/// ```
pub trait Identify: Send + Sync + 'static {
    /// The recipient; `None` where nobody is signed in.
    ///
    /// # Errors
    ///
    /// [`SetupError`] where the application lacks what is needed to tell.
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError>;
}

impl<F> Identify for F
where
    F: Fn(&HttpRequest) -> Option<Recipient> + Send + Sync + 'static,
{
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError> {
        Ok(self(request))
    }
}
