//! The state that all requests share.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

#[cfg(feature = "session")]
use super::live_sessions::LiveSessions;
use super::{trusted_origins::NamedOrigins, unsent::Unsent};

/// What the requests on one configuration, and on its clones, know of each other.
#[derive(Default)]
pub(crate) struct SharedState {
    #[cfg(feature = "session")]
    pub(crate) live_sessions: Arc<LiveSessions>,
    pub(crate) named_origins: NamedOrigins,
    /// Whether the log has said that caches may keep a page with messages.
    pub(crate) said_that_pages_may_be_cached: Arc<OnceLock<()>>,
    pub(crate) unsent: Arc<Unsent>,
}

/// It names sessions and recipients, which a log must not show.
impl fmt::Debug for SharedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedState").finish_non_exhaustive()
    }
}
