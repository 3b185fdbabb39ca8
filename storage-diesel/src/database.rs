//! Defines the interface between the two databases and the other modules.

mod dialect;

use std::fmt;

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, MessageParts, StoreError, SweepPosition},
};
use diesel::{QueryResult, backend, r2d2::R2D2Connection, result::Error as DieselError};

pub(crate) use self::dialect::{Dialect, MigrationSql, TextOperand};
use crate::error::{Cause, Failure};

/// A kind of database. Each database has a folder that implements this trait and [`WriteQueue`], and includes the
/// folder `sql`.
pub(crate) trait Database: 'static {
    type Backend: backend::Backend;
    type Connection: R2D2Connection<Backend = Self::Backend> + 'static;
    type Writes: WriteQueue<Self::Connection>;

    /// The SQL that differs between databases.
    const DIALECT: Dialect;

    /// Runs a transaction that no other process can run at the same time. If the connection is already in a
    /// transaction, this one becomes a part of it.
    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut Self::Connection,
        work: impl FnOnce(&mut Self::Connection) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Writes on a connection of the application. If the connection is in a transaction, the work becomes a part of it.
    /// Otherwise it runs in a new transaction, which may be retried.
    fn in_application_transaction<T>(
        connection: &mut Self::Connection,
        work: impl Fn(&mut Self::Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure>;

    /// Reads across mailboxes, with database settings that suit such queries.
    fn read_across_mailboxes<T>(
        connection: &mut Self::Connection,
        work: impl FnOnce(&mut Self::Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure>;

    /// Gives ids for `count` messages in each of these mailboxes, in the order of the mailboxes. Until the transaction
    /// ends, no other transaction gives ids in them. Therefore, ids become visible in the order in which they are
    /// given: once a message is visible, no older one appears later. An id is larger than every id given in the mailbox
    /// before.
    fn give_ids(
        connection: &mut Self::Connection,
        of: &[Recipient],
        count: usize,
        clock: &Clock,
    ) -> Result<Vec<Vec<MessageId>>, Failure>;

    /// Inserts one message into one mailbox. If the database does this with one statement, the statement needs no
    /// transaction around it, and waits for locks for at most `lock_timeout` milliseconds.
    fn insert_one(
        connection: &mut Self::Connection,
        of: &Recipient,
        message: &CheckedMessage,
        clock: &Clock,
        lock_timeout: u128,
    ) -> Result<MessageId, Failure>;

    /// Inserts one message into each of these mailboxes, whose keys are in order, with an id that is free there.
    /// Returns `false` if the database has no better way than statements with a row for each. Then nothing is inserted.
    fn insert_into_each(_: &mut Self::Connection, _: &[(&str, MessageId)], _: MessageParts<'_>) -> QueryResult<bool> {
        Ok(false)
    }

    /// Returns the current time of the clock that gives ids.
    fn now(connection: &mut Self::Connection, clock: &Clock) -> QueryResult<Timestamp>;

    /// Locks these mailboxes until the transaction ends, so that no other transaction gives ids in them.
    fn lock_mailboxes(connection: &mut Self::Connection, of: &[Recipient]) -> Result<(), Failure>;

    /// Returns the newest id given in a mailbox, even if its message is deleted. Until the transaction ends, the
    /// mailbox can't be erased.
    fn newest(connection: &mut Self::Connection, key: &str) -> Result<Option<i64>, Failure>;

    /// Records the id of a message that was moved into the mailbox from elsewhere.
    fn record_moved_in(connection: &mut Self::Connection, key: &str, id: MessageId) -> QueryResult<()>;

    /// Returns whether the tables are distributed over several servers. A statement can then lock rows on only one of
    /// them.
    fn is_distributed(_: &mut Self::Connection) -> QueryResult<bool> {
        Ok(false)
    }

    /// Records the deletion of messages, so that later ids are larger. Each entry is the key of a mailbox and an id.
    fn record_deleted(connection: &mut Self::Connection, messages: &[(String, i64)]) -> QueryResult<()>;

    /// Checks that the database can hold every text.
    fn check_encoding(connection: &mut Self::Connection) -> Result<(), Cause>;

    /// Creates the table in which migrations are recorded.
    fn create_table_of_versions(connection: &mut Self::Connection) -> QueryResult<()>;

    /// Returns whether `next` comes after `from`, so that a sweep makes progress.
    fn is_after(next: &SweepPosition, from: &SweepPosition) -> bool;
}

/// Runs writes in transactions, in the way that suits the database.
pub(crate) trait WriteQueue<Connection>: fmt::Debug + Send + Sync + 'static {
    /// Runs this work in a transaction. Other writes may share the transaction, and it may be retried.
    fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Runs work that is a single statement and needs no transaction around it.
    fn run_statement<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        self.run(work)
    }
}
