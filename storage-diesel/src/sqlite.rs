//! Messages in SQLite.

mod application_pool;
mod dialect;
mod file_path;
mod group_commit;
mod options;
#[cfg(test)]
mod panic_tests;
mod pragmas;
#[path = "sql/entry.rs"]
mod sql;
/// The table, under the name that the build chose.
mod table {
    include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
}

use std::time::Duration;

use actix_messages::{Recipient, SweepPosition};
use diesel::{
    Connection as _, QueryResult, connection::SimpleConnection, result::Error as DieselError,
    sqlite::SqliteConnection as Connection,
};

use self::{Sqlite as ThisDatabase, group_commit::GroupCommit, sql::Store, table::VERSIONS};
pub use self::{
    options::{Durability, SqliteOptions},
    sql::{add, migrations, revert},
    table::TABLE,
};
use crate::{
    database::{Database, Dialect},
    error::{Cause, Failure},
    threads::{Connections, Turns, Workers, transaction_depth},
};

/// SQLite, in which a transaction that writes has the whole file to itself.
struct Sqlite;

impl Database for Sqlite {
    type Backend = diesel::sqlite::Sqlite;
    type Connection = Connection;
    type Writes = GroupCommit;

    const DIALECT: Dialect = dialect::DIALECT;

    /// The transaction takes the write lock at its start. If it took the lock later, it would fail at once if another
    /// transaction had taken the lock in between.
    ///
    /// If the disk is full or fails, SQLite ends a transaction by itself. Then there is none to roll back any more; the error
    /// that says so must not replace the cause.
    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut Connection,
        work: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut cause = None;
        let keeping_the_cause = |connection: &mut Connection| {
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

    fn in_application_transaction<T>(
        connection: &mut Connection,
        work: impl Fn(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        Self::in_exclusive_transaction(connection, work)
    }

    fn read_across_mailboxes<T>(
        connection: &mut Connection,
        work: impl FnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        work(connection)
    }

    /// Nobody else writes while a transaction does, so there is nothing to lock.
    fn lock_mailboxes(_: &mut Connection, _: &[Recipient]) -> Result<(), Failure> {
        Ok(())
    }

    fn create_table_of_versions(connection: &mut Connection) -> QueryResult<()> {
        connection.batch_execute(&VERSIONS.put_into(
            "CREATE TABLE \"actix_messages\" (
                version TEXT NOT NULL PRIMARY KEY,
                run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
            ) STRICT",
        ))
    }

    /// In a table without types, in which a mailbox may be no text and an id no integer, the position that is read from a row
    /// may stand elsewhere in the order than the row.
    fn is_after(next: &SweepPosition, from: &SweepPosition) -> bool {
        (&next.recipient, next.id) > (&from.recipient, from.id)
    }
}

/// The store that reads and writes on these.
fn store_on(
    readers: Connections<Connection>,
    writer: Connections<Connection>,
    patience: Duration,
) -> Result<Store, Cause> {
    // Requests about one mailbox leave half of the connections to the others.
    let half = readers.most() / 2;
    let turns = Turns::new(half, half, patience);
    let reads = Workers::start(readers, patience).map_err(Cause::database)?;
    let writes = GroupCommit::start(writer, patience).map_err(Cause::database)?;
    Ok(Store::new(reads, writes, turns, patience))
}
