//! The settings that each database has, and how they are applied when a database is opened.

use std::time::Duration;

use actix_messages::store::MessageDirectory;

use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    migrations::Migrations,
    store::DieselStore,
    table_name::TableName,
};

/// The settings of a store on any database.
#[derive(Debug, Clone)]
pub(crate) struct CommonOptions {
    pub(crate) patience: Duration,
    pub(crate) migrations: Migrations,
    /// The name of the table that the application expects.
    pub(crate) table: Option<String>,
}

impl Default for CommonOptions {
    fn default() -> Self {
        Self { patience: Duration::from_secs(5), migrations: Migrations::Run, table: None }
    }
}

impl CommonOptions {
    /// Opens a store by `connect`, unless the build chose another table than the application expects.
    pub(crate) fn open<Store: MessageDirectory>(
        &self,
        table: TableName,
        address: ShownAddress,
        connect: impl FnOnce() -> Result<Store, Cause>,
    ) -> Result<DieselStore, OpenError> {
        let store = match &self.table {
            Some(expected) if *expected != table.to_string() => {
                Err(Cause::OtherTable { table: table.to_string(), expected: expected.clone() })
            }
            _ => connect(),
        };
        DieselStore::opened(store, table, address)
    }
}

/// Returns how many milliseconds a connection waits for a lock. That is shorter than the wait for a connection, so that a
/// request that waits for a lock is told so.
pub(crate) const fn lock_timeout(patience: Duration) -> u128 {
    patience.as_millis() * 4 / 5
}
