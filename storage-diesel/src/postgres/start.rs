//! Connections to PostgreSQL -> the store on them.

use std::{sync::Arc, time::Duration};

use diesel::pg::PgConnection;

use super::{citus::is_distributed, sql::Store, write_transactions::WriteTransactions};
use crate::{
    error::Cause,
    threads::{Connections, Turns, Workers},
};

/// The store that reads and writes on these. The `first` connection knows where the tables are.
pub(super) fn store_on(
    connections: Vec<Connections<PgConnection>>,
    first: &mut PgConnection,
    patience: Duration,
) -> Result<Store, Cause> {
    // Writes may wait for locks. Those that are one statement leave a quarter of the connections to the reads, and transactions of
    // several statements leave half. Requests about one mailbox leave half of the connections to the others, and its writes half
    // of the transactions.
    let half = (connections.len() / 2).max(1);
    let writes = (connections.len() * 3 / 4).max(1);
    let is_distributed = is_distributed(first)?;
    let turns = Turns::new(half, half / 2, patience);
    let workers = Arc::new(Workers::start(connections, patience).map_err(Cause::database)?);
    let writes = WriteTransactions::new(Arc::clone(&workers), [writes, half], is_distributed, patience);
    Ok(Store::new(workers, writes, turns, patience))
}
