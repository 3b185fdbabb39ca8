//! Connections to SQLite -> the store on them.

use std::{sync::Arc, time::Duration};

use diesel::sqlite::SqliteConnection;

use super::{group_commit::GroupCommit, sql::Store};
use crate::{
    error::Cause,
    threads::{Connections, Turns, Workers},
};

/// The store that reads and writes on these.
pub(super) fn store_on(
    readers: Vec<Connections<SqliteConnection>>,
    writer: Connections<SqliteConnection>,
    patience: Duration,
) -> Result<Store, Cause> {
    // Requests about one mailbox leave half of the connections to the others.
    let half = readers.len() / 2;
    let turns = Turns::new(half, half, patience);
    let reads = Arc::new(Workers::start(readers, patience).map_err(Cause::database)?);
    let writes = GroupCommit::start(writer, patience).map_err(Cause::database)?;
    Ok(Store::new(reads, writes, turns, patience))
}
