//! Messages in PostgreSQL.

mod application_pool;
mod dialect;
mod locks;
mod options;
mod retry;
#[path = "sql/entry.rs"]
mod sql;
/// The table, under the name that the build chose.
mod table {
    include!(concat!(env!("OUT_DIR"), "/postgres.rs"));
}
mod write_transactions;

use actix_messages::{Recipient, SweepPosition};
use diesel::{
    Connection as _, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    pg::PgConnection as Connection,
    r2d2::{ConnectionManager, Pool},
    result::Error as DieselError,
    select,
    sql_types::Bool,
};

use self::{
    Postgres as ThisDatabase, retry::retry_on_conflict, sql::Store, table::VERSIONS,
    write_transactions::WriteTransactions,
};
pub use self::{
    options::{PostgresOptions, PreparedStatements},
    sql::{add, migrations, revert},
    table::TABLE,
};
use crate::{
    database::{Database, Dialect},
    error::{Cause, Failure},
    threads::{Connections, Turns, Workers, transaction_depth},
};

/// PostgreSQL, in which many transactions write at the same time.
struct Postgres;

impl Database for Postgres {
    type Backend = diesel::pg::Pg;
    type Connection = Connection;
    type Writes = WriteTransactions;

    const DIALECT: Dialect = dialect::DIALECT;

    fn in_exclusive_transaction<T, E: From<DieselError>>(
        connection: &mut Connection,
        work: impl FnOnce(&mut Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        connection.transaction(|connection| {
            locks::lock_migrations(connection)?;
            work(connection)
        })
    }

    /// A part of another transaction is not tried again: the transaction would meet the same conflict.
    fn in_application_transaction<T>(
        connection: &mut Connection,
        work: impl Fn(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match transaction_depth(connection)? {
            // Each statement sees what was committed before it, whatever the database is set to.
            None => retry_on_conflict(|| connection.build_transaction().read_committed().run(&work)),
            Some(_) => connection.transaction(work),
        }
    }

    /// Switches the just-in-time compiler off: for a condition on tags it takes several times as long as the query, since the
    /// planner expects many more tags than there are.
    fn read_across_mailboxes<T>(
        connection: &mut Connection,
        work: impl FnOnce(&mut Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        connection.transaction(|connection| {
            connection.batch_execute("SET LOCAL jit = off")?;
            work(connection)
        })
    }

    fn lock_mailboxes(connection: &mut Connection, of: &[Recipient]) -> Result<(), Failure> {
        locks::lock_mailboxes(connection, of)
    }

    /// If the schema of the table exists, this needs no right to create schemas.
    fn create_table_of_versions(connection: &mut Connection) -> QueryResult<()> {
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

/// The store that reads and writes on this pool.
fn store_on(pool: Pool<ConnectionManager<Connection>>) -> Result<Store, Cause> {
    let patience = pool.connection_timeout();
    // Writes, which may wait for locks, leave half of the connections to the reads. Requests about one mailbox leave half of
    // the connections to the others, and its writes half of the writes.
    let half = (pool.max_size() / 2).max(1);
    let turns = Turns::new(half, half / 2, patience);
    let workers = Workers::start(Connections::new(pool), patience).map_err(Cause::database)?;
    Ok(Store::new(workers.clone(), WriteTransactions::new(workers, half, patience), turns, patience))
}
