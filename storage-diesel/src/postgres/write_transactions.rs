//! Writes on PostgreSQL -> a transaction for each, on a part of the connections, whose waits for locks are bounded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_messages::store::StoreError;
use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, TransactionManager},
    pg::PgConnection,
    r2d2::R2D2Connection,
    result::{DatabaseErrorKind, Error as DieselError},
};
use tokio::sync::Semaphore;

use super::retry::{is_conflict, retry_on_conflict};
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
    places_of_transactions: Arc<Semaphore>,
    begin: Arc<str>,
    patience: Duration,
}

impl WriteTransactions {
    /// Allows `at_once` writes at the same time, of which so many may be transactions of several statements.
    pub(super) fn new(
        workers: Arc<Workers<PgConnection>>,
        at_once: usize,
        transactions: usize,
        patience: Duration,
    ) -> Self {
        // The number 0 would switch the limit off.
        let milliseconds = lock_timeout(patience).clamp(1, i32::MAX as u128);
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {milliseconds}");
        let [places, places_of_transactions] = [at_once, transactions].map(|number| Arc::new(Semaphore::new(number)));
        Self { workers, places, places_of_transactions, begin: begin.into(), patience }
    }
}

impl WriteQueue<PgConnection> for WriteTransactions {
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        let of_transactions = permit_in_time(&self.places_of_transactions, self.patience).await.ok_or(Failure::Busy)?;
        let left = self.patience.saturating_sub(start.elapsed());
        let place = permit_in_time(&self.places, left).await.ok_or(Failure::Busy)?;
        let begin = Arc::clone(&self.begin);
        let work = move |connections: &Connections<PgConnection>| {
            let _places = (of_transactions, place);
            retry_on_conflict(|| in_transaction(connections, &begin, &work))
        };
        self.workers.run(work).await
    }

    async fn run_statement<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = permit_in_time(&self.places, self.patience).await.ok_or(Failure::Busy)?;
        let begin = Arc::clone(&self.begin);
        let work = move |connections: &Connections<PgConnection>| {
            let _place = place;
            match as_one_statement(connections, &begin, &work) {
                // The database may have another default isolation than the store's transactions.
                Err(Failure::Query(error)) if is_conflict(&error) => {
                    retry_on_conflict(|| in_transaction(connections, &begin, &work))
                }
                done => done,
            }
        };
        self.workers.run(work).await
    }
}

/// Runs one statement, which is a transaction of its own. It can't be told whether a statement on a connection that is lost was
/// committed, so the connection is looked at before. On a pool for tests, it is a part of the transaction of the test.
fn as_one_statement<T>(
    connections: &Connections<PgConnection>,
    begin: &str,
    work: &impl Fn(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connections.run_after(is_there, |connection| {
        if transaction_depth(connection)?.is_some() {
            begin_transaction(connection, begin)?;
            return end_transaction(connection, work);
        }
        let done = catch_panics(connection, work);
        close_if_read_only(connection, &done);
        done
    })
}

/// A connection that was not used for longer is asked before a statement whose loss could not be told.
const FRESH: Duration = Duration::from_secs(1);

/// Whether the server is still there. That it has closed the connection is seen without asking it.
fn is_there(connection: &mut PgConnection, idle: Duration) -> bool {
    // The first time, it may read what the server said before it closed the connection.
    let is_open = (0..2).all(|_| !connection.notifications_iter().any(|notification| notification.is_err()));
    is_open && (idle < FRESH || connection.ping().is_ok())
}

/// After a failover, a connection may be to a server that has become read-only. The next one leads to the other server.
fn close_if_read_only<T>(connection: &mut PgConnection, done: &Result<T, Failure>) {
    use DatabaseErrorKind::ReadOnlyTransaction;
    if matches!(done, Err(Failure::Query(DieselError::DatabaseError(ReadOnlyTransaction, _)))) {
        close_after_use(connection);
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
    close_if_read_only(connection, &done);
    done
}
