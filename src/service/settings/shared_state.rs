//! The state that all requests share.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use super::{live::OpenStreams, trusted_origins::LoggedOrigins, unsent::Unsent};

/// The state that all requests on one configuration and its clones share.
#[derive(Default)]
pub(crate) struct SharedState {
    pub(crate) logged_origins: LoggedOrigins,
    /// Set once the log has warned that caches may store a page with messages.
    pub(crate) warned_about_cached_pages: Arc<OnceLock<()>>,
    /// Set once the log has warned that sessions are not separate, since they are not followed.
    #[cfg(feature = "session")]
    pub(crate) warned_about_unfollowed_sessions: OnceLock<()>,
    pub(crate) unsent: Arc<Unsent>,
    pub(crate) streams: Arc<OpenStreams>,
}

#[cfg(feature = "session")]
impl SharedState {
    /// Warns, once, that a request is not within `follow_session`, although sessions are separate.
    pub(crate) fn warn_about_unfollowed_sessions(&self) {
        if self.warned_about_unfollowed_sessions.set(()).is_ok() {
            tracing::warn!(
                "`SessionScoping::Separate` separates nothing in a request that `follow_session` does not follow: its \
                 messages are bound to no session, so all sessions of the user show them; add \
                 `.wrap(from_fn(follow_session))` to the `App`; this is logged once"
            );
        }
    }
}

/// Shows no fields, because sessions and recipients must not appear in a log.
impl fmt::Debug for SharedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedState").finish_non_exhaustive()
    }
}
