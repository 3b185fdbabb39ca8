//! Starts the store on connections to SQLite.

use std::{sync::Arc, time::Duration};

use diesel::sqlite::SqliteConnection;

use super::{group_commit::GroupCommit, sql::Store};
use crate::{
    error::Cause,
    threads::{Connections, Turns, Workers},
};

/// Starts the store on these connections.
pub(super) fn store_on(
    readers: Vec<Connections<SqliteConnection>>,
    writer: Connections<SqliteConnection>,
    wait_timeout: Duration,
) -> Result<Store, Cause> {
    // The requests for one mailbox use at most half of the connections.
    let half = readers.len() / 2;
    let turns = Turns::new(half, half, wait_timeout);
    let reads = Arc::new(Workers::start(readers, wait_timeout).map_err(Cause::database)?);
    let writes = GroupCommit::start(writer, wait_timeout).map_err(Cause::database)?;
    Ok(Store::new(reads, writes, turns, wait_timeout))
}
