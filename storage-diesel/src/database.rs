//! The interface of a database: what its folder implements, and all that the other modules know about it.

mod dialect;

use std::fmt;

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, StoreError, SweepPosition},
};
use diesel::{QueryResult, backend, r2d2::R2D2Connection, result::Error as DieselError};

pub(crate) use self::dialect::{Dialect, MigrationSql, TextOperand};
use crate::error::{Cause, Failure};

/// A kind of database. The folder of a database implements this and [`WriteQueue`], and includes the folder `sql`.
pub(crate) trait Database: 'static {
    type Backend: backend::Backend;
    type Connection: R2D2Connection<Backend = Self::Backend> + 'static;
    type Writes: WriteQueue<Self::Connection>;

    /// The SQL in which databases differ.
    const DIALECT: Dialect;

    /// Runs a transaction that no other process can run at the same time. If the connection is in a transaction already,
    /// this one becomes a part of it.
    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut Self::Connection,
        work: impl FnOnce(&mut Self::Connection) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Writes on a connection of the application: as a part of its transaction, or in a new one that may be tried again.
    fn in_application_transaction<T>(
        connection: &mut Self::Connection,
        work: impl Fn(&mut Self::Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure>;

    /// Reads across mailboxes, with settings that suit such a query.
    fn read_across_mailboxes<T>(
        connection: &mut Self::Connection,
        work: impl FnOnce(&mut Self::Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure>;

    /// Gives ids for this many messages in each of these mailboxes, in the order of the mailboxes. Until the end of the
    /// transaction, no other one gives ids in them. So ids are seen in the order in which they are given: once a message is
    /// visible, no older one appears later. An id is larger than every id that was given in the mailbox before.
    fn give_ids(
        connection: &mut Self::Connection,
        of: &[Recipient],
        count: usize,
        clock: &Clock,
    ) -> Result<Vec<Vec<MessageId>>, Failure>;

    /// Inserts one message into one mailbox. If the database does this by one statement, that needs no transaction around it, and
    /// waits for locks for so many milliseconds.
    fn insert_one(
        connection: &mut Self::Connection,
        of: &Recipient,
        message: &CheckedMessage,
        clock: &Clock,
        lock_timeout: u128,
    ) -> Result<MessageId, Failure>;

    /// What time it is by the clock that gives ids.
    fn now(connection: &mut Self::Connection, clock: &Clock) -> QueryResult<Timestamp>;

    /// Locks these mailboxes until the end of the transaction, so that no other transaction gives ids in them.
    fn lock_mailboxes(connection: &mut Self::Connection, of: &[Recipient]) -> Result<(), Failure>;

    /// Returns the newest id that was given in a mailbox, whether its message is still there or not. Until the end of the
    /// transaction, the mailbox is not erased.
    fn newest(connection: &mut Self::Connection, key: &str) -> Result<Option<i64>, Failure>;

    /// Notes that a message with this id is in the mailbox, which was not given there.
    fn has_arrived(connection: &mut Self::Connection, key: &str, id: MessageId) -> QueryResult<()>;

    /// Returns whether the tables are divided among several servers, of which a statement locks rows on one only.
    fn is_distributed(_: &mut Self::Connection) -> QueryResult<bool> {
        Ok(false)
    }

    /// Notes that messages are gone from mailboxes, whose keys these are: no smaller id may be given.
    fn are_gone(connection: &mut Self::Connection, messages: &[(String, i64)]) -> QueryResult<()>;

    /// Checks that the database can hold every text.
    fn check_encoding(connection: &mut Self::Connection) -> Result<(), Cause>;

    /// Creates the table in which migrations are recorded.
    fn create_table_of_versions(connection: &mut Self::Connection) -> QueryResult<()>;

    /// Returns whether a sweep gets further by going from one position to the next.
    fn is_after(next: &SweepPosition, from: &SweepPosition) -> bool;
}

/// Runs writes in transactions, as the database does it best.
pub(crate) trait WriteQueue<Connection>: fmt::Debug + Send + Sync + 'static {
    /// Runs this work in a transaction, which it may share with other writes, and which may be tried again.
    fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Runs work that is one statement, for which the database needs no transaction around it.
    fn run_statement<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send {
        self.run(work)
    }
}
