//! Starts the store on connections to PostgreSQL.

use std::{sync::Arc, time::Duration};

use diesel::pg::PgConnection;

use super::{citus::is_distributed, sql::Store, write_transactions::WriteTransactions};
use crate::{
    error::Cause,
    threads::{Connections, Turns, Workers},
};

/// Starts the store on these connections. The `first` one is used to find out whether the tables are distributed.
pub(super) fn store_on(
    connections: Vec<Connections<PgConnection>>,
    first: &mut PgConnection,
    wait_timeout: Duration,
) -> Result<Store, Cause> {
    // Writes may wait for locks, so they leave connections to the reads: single statements leave a quarter,
    // transactions of several statements leave half. The requests for one mailbox use at most half of the connections,
    // and its writes at most a quarter.
    let half = (connections.len() / 2).max(1);
    let writes = (connections.len() * 3 / 4).max(1);
    let is_distributed = is_distributed(first)?;
    let turns = Turns::new(half, half / 2, wait_timeout);
    let workers = Arc::new(Workers::start(connections, wait_timeout).map_err(Cause::database)?);
    let writes = WriteTransactions::new(Arc::clone(&workers), [writes, half], is_distributed, wait_timeout);
    Ok(Store::new(workers, writes, turns, wait_timeout))
}
