//! Writes on PostgreSQL -> a transaction for each, on a part of the connections, whose waits for locks are bounded.

use std::{sync::Arc, time::Duration};

use actix_messages::store::StoreError;
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
    threads::{Connections, Failed, Workers, catch_panics, close_after_use, permit_in_time, transaction_depth},
};

/// Writes on a part of the connections: the server commits concurrent transactions together by itself.
#[derive(Debug)]
pub(crate) struct WriteTransactions {
    workers: Arc<Workers<PgConnection>>,
    places: Arc<Semaphore>,
    begin: Arc<str>,
    patience: Duration,
}

impl WriteTransactions {
    /// Allows `at_once` writes at the same time.
    pub(super) fn new(workers: Arc<Workers<PgConnection>>, at_once: usize, patience: Duration) -> Self {
        // The number 0 would switch the limit off.
        let milliseconds = lock_timeout(patience).clamp(1, i32::MAX as u128);
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {milliseconds}");
        Self { workers, places: Arc::new(Semaphore::new(at_once)), begin: begin.into(), patience }
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
    connections.run(|connection| {
        begin_transaction(connection, begin).map_err(|error| {
            // The transaction may have begun all the same.
            close_after_use(connection);
            Failed { failure: error.into(), has_begun: false }
        })?;
        end_transaction(connection, work).map_err(|failure| Failed { failure, has_begun: true })
    })
}

/// On a pool for tests, each connection is in the transaction of a test already, whose settings are the application's.
fn begin_transaction(connection: &mut PgConnection, begin: &str) -> QueryResult<()> {
    match transaction_depth(connection)? {
        None => AnsiTransactionManager::begin_transaction_sql(connection, begin),
        Some(_) => AnsiTransactionManager::begin_transaction(connection),
    }
}

/// Runs the work of a transaction that has begun, and commits it, or rolls it back if the work fails.
fn end_transaction<T>(
    connection: &mut PgConnection,
    work: impl Fn(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let done = catch_panics(connection, work);
    if done.is_ok() {
        AnsiTransactionManager::commit_transaction(connection)?;
    } else if AnsiTransactionManager::rollback_transaction(connection).is_err() {
        close_after_use(connection);
    }
    done
}
