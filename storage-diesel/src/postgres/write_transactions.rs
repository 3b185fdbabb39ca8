//! Writes on PostgreSQL -> a transaction for each, on a part of the connections, whose waits for locks are bounded.

use std::{sync::Arc, time::Duration};

use actix_messages::StoreError;
use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, TransactionManager},
    pg::PgConnection,
};
use tokio::sync::Semaphore;

use super::retry::retry_on_conflict;
use crate::{
    database::WriteQueue,
    error::Failure,
    options::lock_timeout,
    threads::{Connections, Workers, catch_panics, close_after_use, permit_in_time, transaction_depth},
};

/// Writes on a part of the connections: the server commits concurrent transactions together by itself.
#[derive(Debug)]
pub(crate) struct WriteTransactions {
    workers: Workers<PgConnection>,
    places: Arc<Semaphore>,
    begin: Arc<str>,
    patience: Duration,
}

impl WriteTransactions {
    /// Allows `at_once` writes at the same time.
    pub(super) fn new(workers: Workers<PgConnection>, at_once: u32, patience: Duration) -> Self {
        // The number 0 would switch the limit off.
        let milliseconds = lock_timeout(patience).clamp(1, i32::MAX as u128);
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {milliseconds}");
        Self { workers, places: Arc::new(Semaphore::new(at_once as usize)), begin: begin.into(), patience }
    }
}

impl WriteQueue<PgConnection> for WriteTransactions {
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = permit_in_time(&self.places, self.patience).await.ok_or(Failure::Busy)?;
        let begin = Arc::clone(&self.begin);
        let work = move |connections: &Connections<PgConnection>| {
            let _place = place;
            retry_on_conflict(|| in_transaction(connections, &begin, &work))
        };
        self.workers.run(work).await
    }
}

/// Runs a transaction. As long as it has not begun, a connection that is lost is replaced by another one.
fn in_transaction<T>(
    connections: &Connections<PgConnection>,
    begin: &str,
    work: &impl Fn(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let (mut connection, ()) = connections.get_alive(|connection| {
        // If this fails, the transaction may have begun all the same.
        begin_transaction(connection, begin).inspect_err(|_| close_after_use(connection)).map_err(Failure::from)
    })?;
    let done = catch_panics(&mut *connection, work);
    if done.is_ok() {
        AnsiTransactionManager::commit_transaction(&mut *connection)?;
    } else if AnsiTransactionManager::rollback_transaction(&mut *connection).is_err() {
        close_after_use(&mut *connection);
    }
    done
}

/// On a pool for tests, each connection is in the transaction of a test already, whose settings are the application's.
fn begin_transaction(connection: &mut PgConnection, begin: &str) -> QueryResult<()> {
    match transaction_depth(connection)? {
        None => AnsiTransactionManager::begin_transaction_sql(connection, begin),
        Some(_) => AnsiTransactionManager::begin_transaction(connection),
    }
}
