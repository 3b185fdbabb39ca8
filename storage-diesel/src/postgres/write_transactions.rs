//! Runs each write in a transaction of PostgreSQL, on a part of the connections and with bounded waits for locks.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_messages::store::StoreError;
use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    pg::PgConnection,
    r2d2::R2D2Connection,
    result::{DatabaseErrorKind, Error as DieselError},
};
use tokio::sync::Semaphore;

use super::{
    citus,
    retry::{is_conflict, retry_on_conflict},
};
use crate::{
    database::WriteQueue,
    error::Failure,
    options::lock_timeout,
    threads::{Connections, Failed, Workers, catch_panics, close_after_use, permit_in_time, transaction_depth},
};

/// Runs writes on a part of the connections. The server itself groups the commits of concurrent transactions.
#[derive(Debug)]
pub(crate) struct WriteTransactions {
    workers: Arc<Workers<PgConnection>>,
    places: Arc<Semaphore>,
    places_of_transactions: Arc<Semaphore>,
    begin: Arc<Begin>,
    is_distributed: bool,
    wait_timeout: Duration,
}

/// The SQL that begins a transaction, in one round trip, or in two on Citus. Citus would propagate a `BEGIN` in the
/// same round trip as the settings, and the other nodes would log a warning about a second `BEGIN`.
#[derive(Debug)]
struct Begin {
    sql: String,
    settings: Option<String>,
}

impl WriteTransactions {
    /// Limits the number of concurrent writes (`at_once[0]`), and of transactions of several statements among them
    /// (`at_once[1]`). If the tables are distributed, every write is such a transaction.
    pub(super) fn new(
        workers: Arc<Workers<PgConnection>>,
        at_once: [usize; 2],
        is_distributed: bool,
        wait_timeout: Duration,
    ) -> Self {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
        // The value 0 would disable the limit.
        let settings = format!("SET LOCAL lock_timeout = {}", lock_timeout(wait_timeout).clamp(1, i32::MAX as u128));
        let begin = Arc::new(if is_distributed {
            Begin { sql: BEGIN.into(), settings: Some(format!("{}; {settings}", citus::PASS_SETTINGS_ON)) }
        } else {
            Begin { sql: format!("{BEGIN}; {settings}"), settings: None }
        });
        let [places, places_of_transactions] = at_once.map(|number| Arc::new(Semaphore::new(number)));
        Self { workers, places, places_of_transactions, begin, is_distributed, wait_timeout }
    }
}

impl WriteQueue<PgConnection> for WriteTransactions {
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let start = Instant::now();
        let of_transactions =
            permit_in_time(&self.places_of_transactions, self.wait_timeout).await.ok_or(Failure::Busy)?;
        let left = self.wait_timeout.saturating_sub(start.elapsed());
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
        if self.is_distributed {
            // Citus routes each statement of a transaction to the node with the rows. For a single statement that
            // selects and inserts, it pulls the rows to the node of the connection, which takes more than three times
            // as long.
            return self.run(work).await;
        }
        let place = permit_in_time(&self.places, self.wait_timeout).await.ok_or(Failure::Busy)?;
        let begin = Arc::clone(&self.begin);
        let work = move |connections: &Connections<PgConnection>| {
            let _place = place;
            match as_one_statement(connections, &begin, &work) {
                // The database may have a stricter default isolation level than the store's transactions.
                Err(Failure::Query(error)) if is_conflict(&error) => {
                    retry_on_conflict(|| in_transaction(connections, &begin, &work))
                }
                done => done,
            }
        };
        self.workers.run(work).await
    }
}

/// Runs one statement outside of a transaction. If the connection is lost during the statement, it is unknown whether
/// the statement was committed. Therefore, the connection is checked first. On a test pool, the statement becomes a
/// part of the test's transaction.
fn as_one_statement<T>(
    connections: &Connections<PgConnection>,
    begin: &Begin,
    work: &impl Fn(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connections.run_after(is_connection_open, |connection| {
        if transaction_depth(connection)?.is_some() {
            begin_transaction(connection, begin)?;
            return end_transaction(connection, work);
        }
        let done = catch_panics(connection, work);
        close_if_read_only(connection, &done);
        done
    })
}

/// The maximum idle time of a connection that is used for a single statement without a ping.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// Returns whether the connection is open. A connection that the server has closed is detected without a round trip.
fn is_connection_open(connection: &mut PgConnection, idle: Duration) -> bool {
    // The first call may only read what the server sent before it closed the connection.
    let is_open = (0..2).all(|_| !connection.notifications_iter().any(|notification| notification.is_err()));
    is_open && (idle < PING_AFTER_IDLE || connection.ping().is_ok())
}

/// Closes a connection to a server that is read-only, as after a failover. The next connection leads to the new
/// primary.
fn close_if_read_only<T>(connection: &mut PgConnection, done: &Result<T, Failure>) {
    use DatabaseErrorKind::ReadOnlyTransaction;
    if matches!(done, Err(Failure::Query(DieselError::DatabaseError(ReadOnlyTransaction, _)))) {
        close_after_use(connection);
    }
}

/// Runs a transaction. If the connection is lost before the transaction has begun, another one is used.
fn in_transaction<T>(
    connections: &Connections<PgConnection>,
    begin: &Begin,
    work: &impl Fn(&mut PgConnection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connections.run(|connection| {
        begin_transaction(connection, begin).map_err(|error| {
            // The transaction may nevertheless have begun.
            close_after_use(connection);
            Failed { failure: error.into(), has_begun: false }
        })?;
        end_transaction(connection, work).map_err(|failure| Failed { failure, has_begun: true })
    })
}

/// Begins a transaction with the settings of the store. On a test pool, each connection is already in a transaction,
/// which keeps the settings of the application.
fn begin_transaction(connection: &mut PgConnection, begin: &Begin) -> QueryResult<()> {
    match transaction_depth(connection)? {
        None => {
            AnsiTransactionManager::begin_transaction_sql(connection, &begin.sql)?;
            begin.settings.iter().try_for_each(|settings| connection.batch_execute(settings))
        }
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
