//! Defines the store on either database.

use std::{ops::Deref, sync::Arc};

use actix_messages::store::MessageDirectory;

use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    table_name::TableName,
};

/// Stores messages in a database with Diesel. A clone is another handle to the same store.
///
/// Statements run on threads of the store, one thread for each connection. A request waits for a free thread for at
/// most the `wait_timeout` of the options, and then fails with 503. With a pool of the application, its
/// `connection_timeout` is the limit. The threads end when the store is dropped. The Tokio runtime needs its timers
/// (`enable_time`), which the runtime of Actix has.
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageDirectory>);

impl DieselStore {
    /// Wraps an opened store, or adds the address to the cause of the failure. It logs the name of the table, since a
    /// wrong name would otherwise go unnoticed: that table would just be empty.
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

/// Gives access to the methods of the store.
impl Deref for DieselStore {
    type Target = dyn MessageDirectory;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
