//! The store, on any database.

use std::{ops::Deref, sync::Arc};

use actix_messages::store::MessageDirectory;

use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    table_name::TableName,
};

/// Messages in a database, through Diesel. Cloning it clones the handle, not the data.
///
/// Statements run on threads of the store, one for each connection, which end when the store is dropped. A request waits for a
/// free thread for a bounded time. The Tokio runtime that the store is used in needs its timers (`enable_time`); that of Actix
/// has them.
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageDirectory>);

impl DieselStore {
    /// Wraps a store that was opened, or adds the address to the cause of a failure. The name of the table is logged, since an
    /// empty table beside the right one would not be noticed otherwise.
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

/// Gives access to the verbs.
impl Deref for DieselStore {
    type Target = dyn MessageDirectory;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
