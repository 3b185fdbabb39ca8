//! The store, whichever database it is on.

use std::{ops::Deref, sync::Arc};

use actix_messages::MessageDirectory;

use crate::name::TableName;

/// Messages in a database, through Diesel and a pool of connections. Cloning it clones the handle, not the data.
///
/// Statements run on threads of the store's own, one for each connection, which end when it is dropped; a free one is waited
/// for, for a bounded time. The Tokio runtime that it is used in, as Actix has one, needs its timers (`enable_time`).
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageDirectory>);

impl DieselStore {
    /// Says which table it is: an empty one beside the one that is meant would be found by nobody.
    pub(crate) fn opened(store: impl MessageDirectory, table: TableName, database: &str) -> Self {
        tracing::info!(%table, database, "messages are stored in this table");
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
