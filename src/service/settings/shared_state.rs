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
    pub(crate) unsent: Arc<Unsent>,
    pub(crate) streams: Arc<OpenStreams>,
}

/// Shows no fields, because sessions and recipients must not appear in a log.
impl fmt::Debug for SharedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedState").finish_non_exhaustive()
    }
}
