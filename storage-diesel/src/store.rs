//! The store, whichever database it is on.

use std::{ops::Deref, sync::Arc};

use actix_messages::MessageDirectory;

/// Messages in a database, through Diesel and a pool of connections. Cloning it clones the handle, not the data.
///
/// Statements run on threads of the store's own, one for each connection, which end when it is dropped; a free one is waited
/// for, for a bounded time. The Tokio runtime that it is used in, as Actix has one, needs its timers (`enable_time`).
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageDirectory>);

impl DieselStore {
    pub(crate) fn new(store: impl MessageDirectory) -> Self {
        Self(Arc::new(store))
    }
}

/// It is used as the store that it holds.
impl Deref for DieselStore {
    type Target = dyn MessageDirectory;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
