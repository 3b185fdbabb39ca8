//! Writes on PostgreSQL -> a transaction for each, on a part of the connections, whose waits for locks are bounded.

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

/// Writes on a part of the connections: the server commits concurrent transactions together by itself.
#[derive(Debug)]
pub(crate) struct WriteTransactions {
    workers: Arc<Workers<PgConnection>>,
    places: Arc<Semaphore>,
    places_of_transactions: Arc<Semaphore>,
    begin: Arc<Begin>,
    is_distributed: bool,
    patience: Duration,
}

/// How a transaction begins: in one round trip, or in two on Citus. That passes settings on with all that came with them, and a
/// second `BEGIN` would be a warning in the logs of the others.
#[derive(Debug)]
struct Begin {
    sql: String,
    settings: Option<String>,
}

impl WriteTransactions {
    /// Allows so many writes at the same time, of which so many may be transactions of several statements. If the tables are
    /// distributed, every write is such a transaction.
    pub(super) fn new(
        workers: Arc<Workers<PgConnection>>,
        at_once: [usize; 2],
        is_distributed: bool,
        patience: Duration,
    ) -> Self {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";
        // The number 0 would switch the limit off.
        let settings = format!("SET LOCAL lock_timeout = {}", lock_timeout(patience).clamp(1, i32::MAX as u128));
        let begin = Arc::new(if is_distributed {
            Begin { sql: BEGIN.into(), settings: Some(format!("{}; {settings}", citus::PASS_SETTINGS_ON)) }
        } else {
            Begin { sql: format!("{BEGIN}; {settings}"), settings: None }
        });
        let [places, places_of_transactions] = at_once.map(|number| Arc::new(Semaphore::new(number)));
        Self { workers, places, places_of_transactions, begin, is_distributed, patience }
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
        if self.is_distributed {
            // Citus takes each of the statements of a transaction to the node that has the rows, but pulls what one statement
            // selects and inserts to the node of the connection. That takes more than three times as long.
            return self.run(work).await;
        }
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
    begin: &Begin,
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
    begin: &Begin,
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
