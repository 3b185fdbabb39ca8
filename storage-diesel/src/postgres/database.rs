//! Implements [`Database`] for PostgreSQL.

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, MessageParts, SweepPosition},
};
use diesel::{
    Connection as _, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    pg::{Pg, PgConnection},
    result::Error as DieselError,
    select,
    sql_types::{Bool, Text},
};

use super::{
    citus, dialect::DIALECT, insert_many, mailbox_rows, retry::retry_on_conflict, table::VERSIONS,
    write_transactions::WriteTransactions,
};
use crate::{
    database::{Database, Dialect},
    error::{Cause, Failure},
    threads::transaction_depth,
};

/// PostgreSQL, where many transactions write concurrently.
pub(super) struct Postgres;

impl Database for Postgres {
    type Backend = Pg;
    type Connection = PgConnection;
    type Writes = WriteTransactions;

    const DIALECT: Dialect = DIALECT;

    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut PgConnection,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
    ) -> Result<T, E> {
        connection.transaction(|connection| {
            mailbox_rows::lock_migrations(connection)?;
            work(connection)
        })
    }

    /// Does not retry a part of another transaction, since that transaction would meet the same conflict.
    fn in_application_transaction<T>(
        connection: &mut PgConnection,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match transaction_depth(connection)? {
            // Increasing ids need this isolation level, even if the database has another default.
            None => retry_on_conflict(|| connection.build_transaction().read_committed().run(&work)),
            Some(_) => connection.transaction(work),
        }
    }

    /// Disables just-in-time compilation. For a condition on tags, compiling would take several times as long as the
    /// query, since the planner expects far more tags than there are.
    fn read_across_mailboxes<T>(
        connection: &mut PgConnection,
        work: impl FnOnce(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        connection.transaction(|connection| {
            connection.batch_execute("SET LOCAL jit = off")?;
            work(connection)
        })
    }

    fn give_ids(
        connection: &mut PgConnection,
        of: &[Recipient],
        count: usize,
        clock: &Clock,
    ) -> Result<Vec<Vec<MessageId>>, Failure> {
        mailbox_rows::give_ids(connection, of, count, clock)
    }

    fn insert_one(
        connection: &mut PgConnection,
        of: &Recipient,
        message: &CheckedMessage,
        clock: &Clock,
        lock_timeout: u128,
    ) -> Result<MessageId, Failure> {
        mailbox_rows::insert_one(connection, of, message, clock, lock_timeout)
    }

    fn insert_into_each(
        connection: &mut PgConnection,
        mailboxes: &[(&str, MessageId)],
        message: MessageParts<'_>,
    ) -> QueryResult<bool> {
        insert_many::insert_into_each(connection, mailboxes, message)
    }

    fn now(connection: &mut PgConnection, clock: &Clock) -> QueryResult<Timestamp> {
        mailbox_rows::now(connection, clock)
    }

    fn lock_mailboxes(connection: &mut PgConnection, of: &[Recipient]) -> Result<(), Failure> {
        mailbox_rows::lock(connection, of)
    }

    fn newest(connection: &mut PgConnection, key: &str) -> Result<Option<i64>, Failure> {
        mailbox_rows::newest(connection, key)
    }

    fn record_moved_in(connection: &mut PgConnection, key: &str, id: MessageId) -> QueryResult<()> {
        mailbox_rows::record_moved_in(connection, key, id)
    }

    fn is_distributed(connection: &mut PgConnection) -> QueryResult<bool> {
        citus::is_distributed(connection)
    }

    /// Does nothing, since the row of the mailbox stays.
    fn record_deleted(_: &mut PgConnection, _: &[(String, i64)]) -> QueryResult<()> {
        Ok(())
    }

    fn check_encoding(connection: &mut PgConnection) -> Result<(), Cause> {
        let encoding = select(sql::<Text>("current_setting('server_encoding')")).get_result::<String>(connection)?;
        if encoding == "UTF8" { Ok(()) } else { Err(Cause::Encoding(encoding)) }
    }

    /// Creates the schema if it is missing. Otherwise, no right to create schemas is needed.
    fn create_table_of_versions(connection: &mut PgConnection) -> QueryResult<()> {
        if let Some(schema) = VERSIONS.schema {
            let is_there = format!("to_regnamespace('{schema}') IS NOT NULL");
            if !select(sql::<Bool>(&is_there)).get_result::<bool>(connection)? {
                connection.batch_execute(&format!("CREATE SCHEMA \"{schema}\""))?;
            }
        }
        connection.batch_execute(&VERSIONS.put_into(
            "CREATE TABLE \"actix_messages\" (
                version TEXT COLLATE \"C\" NOT NULL PRIMARY KEY,
                run_at TIMESTAMPTZ NOT NULL DEFAULT now()
            )",
        ))
    }

    /// Returns `true`: since the columns have types, the position read from a row is always the position of that row.
    fn is_after(_: &SweepPosition, _: &SweepPosition) -> bool {
        true
    }
}
