//! Implements [`Database`] for SQLite.

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, SweepPosition},
};
use diesel::{
    QueryResult, connection::SimpleConnection, result::Error as DieselError, sqlite, sqlite::SqliteConnection,
};

use super::{
    dialect::DIALECT, group_commit::GroupCommit, newest, sql::insert_one, table::VERSIONS,
    transaction::in_write_transaction,
};
use crate::{
    database::{Database, Dialect},
    error::{Cause, Failure},
};

/// SQLite, where only one transaction writes at a time.
pub(super) struct Sqlite;

impl Database for Sqlite {
    type Backend = sqlite::Sqlite;
    type Connection = SqliteConnection;
    type Writes = GroupCommit;

    const DIALECT: Dialect = DIALECT;

    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut SqliteConnection,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        in_write_transaction(connection, work)
    }

    fn in_application_transaction<T>(
        connection: &mut SqliteConnection,
        work: impl Fn(&mut SqliteConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        in_write_transaction(connection, work)
    }

    fn read_across_mailboxes<T>(
        connection: &mut SqliteConnection,
        work: impl FnOnce(&mut SqliteConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        work(connection)
    }

    fn give_ids(
        connection: &mut SqliteConnection,
        of: &[Recipient],
        count: usize,
        clock: &Clock,
    ) -> Result<Vec<Vec<MessageId>>, Failure> {
        newest::give_ids(connection, of, count, clock)
    }

    /// Uses two statements, within the transaction that this write shares with other writes.
    fn insert_one(
        connection: &mut SqliteConnection,
        of: &Recipient,
        message: &CheckedMessage,
        clock: &Clock,
        _: u128,
    ) -> Result<MessageId, Failure> {
        insert_one(connection, of, message, clock)
    }

    fn now(_: &mut SqliteConnection, clock: &Clock) -> QueryResult<Timestamp> {
        Ok(clock.now())
    }

    fn newest(connection: &mut SqliteConnection, key: &str) -> Result<Option<i64>, Failure> {
        Ok(newest::newest(connection, key)?)
    }

    /// Does nothing, since the inserted message itself records its id.
    fn record_moved_in(_: &mut SqliteConnection, _: &str, _: MessageId) -> QueryResult<()> {
        Ok(())
    }

    fn record_deleted(connection: &mut SqliteConnection, messages: &[(String, i64)]) -> QueryResult<()> {
        newest::store_marks(connection, messages)
    }

    /// Does nothing, since no other transaction writes at the same time.
    fn lock_mailboxes(_: &mut SqliteConnection, _: &[Recipient]) -> Result<(), Failure> {
        Ok(())
    }

    /// Does nothing, since all encodings of SQLite are Unicode.
    fn check_encoding(_: &mut SqliteConnection) -> Result<(), Cause> {
        Ok(())
    }

    fn create_table_of_versions(connection: &mut SqliteConnection) -> QueryResult<()> {
        connection.batch_execute(&VERSIONS.put_into(
            "CREATE TABLE \"actix_messages\" (
                version TEXT NOT NULL PRIMARY KEY,
                run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
            ) STRICT",
        ))
    }

    /// Compares the positions. In a table without types, a recipient may not be a text and an id may not be an integer.
    /// The position read from such a row may differ from the row's place in the order.
    fn is_after(next: &SweepPosition, from: &SweepPosition) -> bool {
        (&next.recipient, next.id) > (&from.recipient, from.id)
    }
}
