//! Finds out who is asking: `HttpRequest` -> `Recipient`.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use crate::{error::SetupError, model::Recipient};

/// An extension of the closures that find the recipient of a request, whatever the authentication: closures from a request to
/// an `Option<Recipient>`, such as [`session_key`](crate::session_key). `None` means that nobody is signed in.
/// [`MessagesConfig::new`](crate::MessagesConfig::new) takes such a closure, so there is no need to implement this trait.
///
/// The closure is called each time that a mailbox is opened, so that a message that is added right after a login belongs to
/// the user who has just signed in. It must be quick: slow work belongs into a middleware that leaves its result in the
/// request's extensions.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, Recipient};
/// use actix_web::HttpMessage;
///
/// #[derive(Clone)]
/// struct SignedIn(u64); // put there by a middleware of the application
///
/// let config = MessagesConfig::new(MemoryStore::new(), |request| {
///     let SignedIn(number) = request.extensions().get::<SignedIn>()?.clone();
///     Recipient::user(number).ok()
/// });
/// ```
pub trait Identify: Send + Sync + Sized + 'static {
    /// Returns the recipient; `None` if nobody is signed in.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if the application lacks what is needed to tell.
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError>;

    /// Asks another one if this one finds nobody: a token first, say, and then the session.
    ///
    /// ```
    /// # #[cfg(feature = "session")] {
    /// use actix_messages::{Identify, MemoryStore, MessagesConfig, Recipient, session_key};
    /// use actix_web::HttpRequest;
    ///
    /// fn bearer(request: &HttpRequest) -> Option<Recipient> {
    ///     let token = request.headers().get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    ///     // .. look the token up ..
    ///     # let user = token;
    ///     Recipient::user(user).ok()
    /// }
    ///
    /// let config = MessagesConfig::new(MemoryStore::new(), bearer.or(session_key("user")));
    /// # }
    /// ```
    fn or(
        self,
        other: impl Identify,
    ) -> impl Fn(&HttpRequest) -> Result<Option<Recipient>, SetupError> + Send + Sync + 'static {
        move |request: &HttpRequest| match self.identify(request)? {
            None => other.identify(request),
            found => Ok(found),
        }
    }
}

impl<Who, Found> Identify for Who
where
    Who: Fn(&HttpRequest) -> Found + Send + Sync + 'static,
    Found: Identified,
{
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError> {
        self(request).into_result()
    }
}

/// What a closure that says who is asking may return: an `Option<Recipient>`, or a `Result` of that.
pub trait Identified {
    /// Returns the recipient; `None` if nobody is signed in.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if the application lacks what is needed to tell.
    fn into_result(self) -> Result<Option<Recipient>, SetupError>;
}

impl Identified for Option<Recipient> {
    fn into_result(self) -> Result<Option<Recipient>, SetupError> {
        Ok(self)
    }
}

impl Identified for Result<Option<Recipient>, SetupError> {
    fn into_result(self) -> Result<Option<Recipient>, SetupError> {
        self
    }
}

/// The closure that an application has chosen.
#[derive(Clone)]
pub(crate) struct Identifier(Arc<Closure>);

type Closure = dyn Fn(&HttpRequest) -> Result<Option<Recipient>, SetupError> + Send + Sync;

impl Identifier {
    pub(crate) fn new(who: impl Identify) -> Self {
        Self(Arc::new(move |request| who.identify(request)))
    }

    /// Returns the recipient; `None` if nobody is signed in.
    pub(crate) fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError> {
        (self.0)(request)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(..)")
    }
}
