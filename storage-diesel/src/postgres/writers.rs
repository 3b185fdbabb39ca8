//! Writes on PostgreSQL -> a transaction for each, on a part of the connections, whose waits for locks are bounded.

use std::{sync::Arc, time::Duration};

use actix_messages::StoreError;
use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, TransactionManager},
    r2d2::{ConnectionManager, PooledConnection},
};
use tokio::sync::Semaphore;

use super::{
    Connection,
    catching::{catching, give_up, transaction_depth},
    has_met_another,
    pooled::{Connections, Workers},
};
use crate::{error::Failure, turns::taken_in_time};

/// How often a transaction is tried that met another one.
const TRIES: u32 = 10;
/// How often a transaction is tried that waits with locks. Between two tries it holds none, and the ones behind it get theirs.
const WAITS: u32 = 3;

/// Writes on a part of the connections: the server commits concurrent transactions together by itself.
#[derive(Debug)]
pub(crate) struct Writers {
    workers: Workers,
    places: Arc<Semaphore>,
    begin: Arc<str>,
    patience: Duration,
}

impl Writers {
    /// Allows `at_once` writes at the same time. A lock is waited for no longer than four fifths of `patience`, which is
    /// shorter than the wait for a connection, so that a request that waits for a lock is told so.
    pub(super) fn new(workers: Workers, at_once: u32, patience: Duration) -> Self {
        // The number 0 would switch the limit off.
        let milliseconds = (patience.as_millis() * 4 / 5).clamp(1, i32::MAX as u128);
        let begin = format!("BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = {milliseconds}");
        Self { workers, places: Arc::new(Semaphore::new(at_once as usize)), begin: begin.into(), patience }
    }

    /// Runs this work in a transaction, which may be tried again.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let place = taken_in_time(&self.places, self.patience).await.ok_or(Failure::Busy)?;
        let begin = Arc::clone(&self.begin);
        let work = move |connections: &Connections| {
            let _place = place;
            retry(|| commit(connections, &begin, &work))
        };
        self.workers.run(work).await
    }
}

/// Runs a transaction, and again if another one undid it (of two that lock the same rows in another order, PostgreSQL
/// cancels one), or if it gave way to another one.
pub(super) fn retry<T>(mut transaction: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let (mut met, mut gave_way) = (1, 1);
    loop {
        let done = transaction();
        match &done {
            Err(Failure::Query(error)) if has_met_another(error) && met < TRIES => met += 1,
            Err(Failure::GaveWay(_)) if gave_way < WAITS => gave_way += 1,
            _ => return done,
        }
    }
}

fn commit<T>(
    connections: &Connections,
    begin: &str,
    work: &impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let mut connection = in_transaction(connections, begin)?;
    let done = catching(&mut connection, work);
    if done.is_ok() {
        AnsiTransactionManager::commit_transaction(&mut *connection)?;
    } else if AnsiTransactionManager::rollback_transaction(&mut *connection).is_err() {
        give_up(&mut connection);
    }
    done
}

/// Returns a connection on which a transaction has begun. A connection that is lost has written nothing yet, so another one is
/// tried. All of them may be lost.
fn in_transaction(
    connections: &Connections,
    begin: &str,
) -> Result<PooledConnection<ConnectionManager<Connection>>, Failure> {
    for _ in 0..connections.most() {
        let mut connection = connections.get()?;
        if begin_transaction(&mut connection, begin).is_ok() {
            return Ok(connection);
        }
        // The transaction may have begun all the same.
        give_up(&mut connection);
    }
    let mut connection = connections.get()?;
    begin_transaction(&mut connection, begin).inspect_err(|_| give_up(&mut connection))?;
    Ok(connection)
}

/// On a pool for tests, each connection is in the transaction of a test already, whose settings are the application's.
fn begin_transaction(connection: &mut Connection, begin: &str) -> QueryResult<()> {
    match transaction_depth(connection)? {
        None => AnsiTransactionManager::begin_transaction_sql(connection, begin),
        Some(_) => AnsiTransactionManager::begin_transaction(connection),
    }
}
