//! SQLite as a [`Database`].

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

/// SQLite, in which a transaction that writes has the whole file to itself.
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

    /// By two statements, within the transaction that this write shares with others.
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

    /// The message itself says it.
    fn has_arrived(_: &mut SqliteConnection, _: &str, _: MessageId) -> QueryResult<()> {
        Ok(())
    }

    fn are_gone(connection: &mut SqliteConnection, messages: &[(String, i64)]) -> QueryResult<()> {
        newest::leave_marks(connection, messages)
    }

    /// No other transaction writes at the same time, so there is nothing to lock.
    fn lock_mailboxes(_: &mut SqliteConnection, _: &[Recipient]) -> Result<(), Failure> {
        Ok(())
    }

    /// Both encodings of SQLite are Unicode.
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

    /// In a table without types, in which a mailbox may be no text and an id no integer, the position that is read from a row
    /// may stand elsewhere in the order than the row.
    fn is_after(next: &SweepPosition, from: &SweepPosition) -> bool {
        (&next.recipient, next.id) > (&from.recipient, from.id)
    }
}
