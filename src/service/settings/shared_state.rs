//! The state that all requests share.

use std::{
    fmt,
    sync::{Arc, Once},
};

#[cfg(feature = "session")]
use super::live_sessions::LiveSessions;
use super::{trusted_origins::NamedOrigins, unsent::Unsent};

/// What the requests on one configuration, and on its clones, know of each other.
pub(crate) struct SharedState {
    #[cfg(feature = "session")]
    pub(crate) live_sessions: Arc<LiveSessions>,
    pub(crate) named_origins: NamedOrigins,
    /// Whether the log has said that caches may keep a page with messages.
    pub(crate) said_that_pages_may_be_cached: Arc<Once>,
    pub(crate) unsent: Arc<Unsent>,
}

impl Default for SharedState {
    fn default() -> Self {
        Self {
            #[cfg(feature = "session")]
            live_sessions: Arc::default(),
            named_origins: NamedOrigins::default(),
            said_that_pages_may_be_cached: Arc::new(Once::new()),
            unsent: Arc::default(),
        }
    }
}

/// It names sessions and recipients, which a log must not show.
impl fmt::Debug for SharedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedState").finish_non_exhaustive()
    }
}
