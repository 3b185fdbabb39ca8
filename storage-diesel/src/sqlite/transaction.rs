//! Work on SQLite -> a transaction that writes.

use diesel::{Connection as _, result::Error as DieselError, sqlite::SqliteConnection};

use crate::threads::transaction_depth;

/// Runs a transaction, or a part of the transaction that the connection is in.
///
/// The transaction takes the write lock at its start. If it took the lock later, it would fail at once if another
/// transaction had taken the lock in between.
///
/// If the disk is full or fails, SQLite ends a transaction by itself, and the rollback fails. The error of the rollback
/// must not replace the cause.
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
