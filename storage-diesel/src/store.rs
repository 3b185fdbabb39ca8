//! The store, whichever database it is on.

use std::{ops::Deref, sync::Arc};

use actix_messages::MessageDirectory;

use crate::{OpenError, address::ShownAddress, error::Cause, table_name::TableName};

/// Messages in a database, through Diesel and a pool of connections. Cloning it clones the handle, not the data.
///
/// Statements run on threads of the store's own, one for each connection, which end when it is dropped; a free one is waited
/// for, for a bounded time. The Tokio runtime that it is used in, as Actix has one, needs its timers (`enable_time`).
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageDirectory>);

impl DieselStore {
    /// Wraps a store that was opened, or says of which database it could not be. The table is logged, since nobody would
    /// notice an empty table beside the one that is meant.
    pub(crate) fn opened(
        store: Result<impl MessageDirectory, Cause>,
        table: TableName,
        address: ShownAddress,
    ) -> Result<Self, OpenError> {
        match store {
            Ok(store) => {
                tracing::info!(%table, database = address.text(), "messages are stored in this table");
                Ok(Self(Arc::new(store)))
            }
            Err(cause) => Err(address.error(cause)),
        }
    }
}

/// It is used as the store that it holds.
impl Deref for DieselStore {
    type Target = dyn MessageDirectory;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
