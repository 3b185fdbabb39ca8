//! Holds the settings that both databases share, and applies them when a database is opened.

use std::time::Duration;

use actix_messages::store::MessageDirectory;

use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    migrations::Migrations,
    store::DieselStore,
    table_name::TableName,
};

/// The settings that both databases share.
#[derive(Debug, Clone)]
pub(crate) struct CommonOptions {
    pub(crate) wait_timeout: Duration,
    pub(crate) migrations: Migrations,
    /// The name of the table that the application expects.
    pub(crate) table: Option<String>,
}

impl Default for CommonOptions {
    fn default() -> Self {
        Self { wait_timeout: Duration::from_secs(5), migrations: Migrations::Run, table: None }
    }
}

impl CommonOptions {
    /// Opens a store with `connect`, unless this build uses another table than the application expects.
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

/// Returns the lock timeout of a connection in milliseconds: four fifths of `wait_timeout`. It is shorter than the wait
/// for a connection, so that a request that waits for a lock fails with that reason.
pub(crate) const fn lock_timeout(wait_timeout: Duration) -> u128 {
    wait_timeout.as_millis() * 4 / 5
}
