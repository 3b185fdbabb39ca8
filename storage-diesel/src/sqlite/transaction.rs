//! Runs work in a write transaction of SQLite.

use diesel::{Connection as _, result::Error as DieselError, sqlite::SqliteConnection};

use crate::threads::transaction_depth;

/// Runs the work in a new transaction. If the connection is already in a transaction, the work becomes a part of it.
///
/// A new transaction takes the write lock at its start. If it took the lock later, it would fail immediately if another
/// transaction had written in between.
///
/// If the disk is full or fails, SQLite rolls back the transaction itself, and the explicit rollback fails. The
/// function returns the original error, not the error of the rollback.
pub(super) fn in_write_transaction<T, E: From<DieselError>>(
    connection: &mut SqliteConnection,
    work: impl FnOnce(&mut SqliteConnection) -> Result<T, E>,
) -> Result<T, E> {
    let mut cause = None;
    let keeping_the_cause = |connection: &mut SqliteConnection| {
        work(connection).map_err(|error| {
            cause = Some(error);
            DieselError::RollbackTransaction
        })
    };
    let done = match transaction_depth(connection)? {
        None => connection.immediate_transaction(keeping_the_cause),
        Some(_) => connection.transaction(keeping_the_cause),
    };
    done.map_err(|error| cause.unwrap_or_else(|| error.into()))
}
