//! PostgreSQL as a [`Database`].

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, SweepPosition},
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
    citus, dialect::DIALECT, mailbox_rows, retry::retry_on_conflict, table::VERSIONS,
    write_transactions::WriteTransactions,
};
use crate::{
    database::{Database, Dialect},
    error::{Cause, Failure},
    threads::transaction_depth,
};

/// PostgreSQL, in which many transactions write at the same time.
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

    /// A part of another transaction is not tried again: the transaction would meet the same conflict.
    fn in_application_transaction<T>(
        connection: &mut PgConnection,
        work: impl Fn(&mut PgConnection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match transaction_depth(connection)? {
            // The isolation level by which ids rise, even if the database has another default.
            None => retry_on_conflict(|| connection.build_transaction().read_committed().run(&work)),
            Some(_) => connection.transaction(work),
        }
    }

    /// Switches the just-in-time compiler off: for a condition on tags it takes several times as long as the query, since the
    /// planner expects many more tags than there are.
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

    fn now(connection: &mut PgConnection, clock: &Clock) -> QueryResult<Timestamp> {
        mailbox_rows::now(connection, clock)
    }

    fn lock_mailboxes(connection: &mut PgConnection, of: &[Recipient]) -> Result<(), Failure> {
        mailbox_rows::lock(connection, of)
    }

    fn newest(connection: &mut PgConnection, key: &str) -> Result<Option<i64>, Failure> {
        mailbox_rows::newest(connection, key)
    }

    fn has_arrived(connection: &mut PgConnection, key: &str, id: MessageId) -> QueryResult<()> {
        mailbox_rows::has_arrived(connection, key, id)
    }

    fn is_distributed(connection: &mut PgConnection) -> QueryResult<bool> {
        citus::is_distributed(connection)
    }

    /// The row of the mailbox stays.
    fn are_gone(_: &mut PgConnection, _: &[(String, i64)]) -> QueryResult<()> {
        Ok(())
    }

    fn check_encoding(connection: &mut PgConnection) -> Result<(), Cause> {
        let encoding = select(sql::<Text>("current_setting('server_encoding')")).get_result::<String>(connection)?;
        if encoding == "UTF8" { Ok(()) } else { Err(Cause::Encoding(encoding)) }
    }

    /// If the schema of the table exists, this needs no right to create schemas.
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

    /// Always, since the columns have types: the position that is read from a row is that of the row.
    fn is_after(_: &SweepPosition, _: &SweepPosition) -> bool {
        true
    }
}
