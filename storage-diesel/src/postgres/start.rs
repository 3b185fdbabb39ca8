//! Connections to PostgreSQL -> the store on them.

use std::{sync::Arc, time::Duration};

use diesel::pg::PgConnection;

use super::{sql::Store, write_transactions::WriteTransactions};
use crate::{
    error::Cause,
    threads::{Connections, Turns, Workers},
};

/// The store that reads and writes on these.
pub(super) fn store_on(connections: Vec<Connections<PgConnection>>, patience: Duration) -> Result<Store, Cause> {
    // Writes may wait for locks. Those that are one statement leave a quarter of the connections to the reads, and transactions of
    // several statements leave half. Requests about one mailbox leave half of the connections to the others, and its writes half
    // of the transactions.
    let half = (connections.len() / 2).max(1);
    let writes = (connections.len() * 3 / 4).max(1);
    let turns = Turns::new(half, half / 2, patience);
    let workers = Arc::new(Workers::start(connections, patience).map_err(Cause::database)?);
    Ok(Store::new(Arc::clone(&workers), WriteTransactions::new(workers, writes, half, patience), turns, patience))
}
