//! Identifies the recipient of a request: `HttpRequest` -> `Recipient`.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use crate::{error::SetupError, model::Recipient};

/// Identifies the recipient of a request, for any kind of authentication.
///
/// Every closure from a request to an `Option<Recipient>` implements this trait, for example
/// [`session_key`](crate::session_key). `None` means that no user is signed in.
/// [`MessagesConfig::new`](crate::MessagesConfig::new) takes such a closure, so applications need not implement the
/// trait.
///
/// The closure is called each time a mailbox is opened. So a message that is added right after a login belongs to the
/// user who has just signed in. The closure must be fast: do slow work in a middleware that puts its result into the
/// request's extensions.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, Recipient};
/// use actix_web::HttpMessage;
///
/// #[derive(Clone)]
/// struct SignedIn(u64); // set by a middleware of the application
///
/// let config = MessagesConfig::new(MemoryStore::new(), |request| {
///     let SignedIn(number) = request.extensions().get::<SignedIn>()?.clone();
///     Recipient::user(number).ok()
/// });
/// ```
pub trait Identify: Send + Sync + Sized + 'static {
    /// Returns the recipient, or `None` if no user is signed in.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if the application's setup lacks something that the closure needs, such as a middleware.
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError>;

    /// Calls `other` if this closure returns `None`: for example first the token, then the session.
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

/// The return type of a closure that identifies the recipient: an `Option<Recipient>`, or a `Result` of it.
pub trait Identified {
    /// Returns the recipient, or `None` if no user is signed in.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if the application's setup lacks something that the closure needs, such as a middleware.
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

/// The closure with which the application identifies recipients.
#[derive(Clone)]
pub(crate) struct Identifier(Arc<Closure>);

type Closure = dyn Fn(&HttpRequest) -> Result<Option<Recipient>, SetupError> + Send + Sync;

impl Identifier {
    pub(crate) fn new(who: impl Identify) -> Self {
        Self(Arc::new(move |request| who.identify(request)))
    }

    /// Returns the recipient, or `None` if no user is signed in.
    pub(crate) fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError> {
        (self.0)(request)
    }
}

impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identifier(..)")
    }
}
