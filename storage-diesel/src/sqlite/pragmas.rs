//! The pragmas of our connections, and warnings about those that the connections of an application lack.

use diesel::{
    QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    r2d2::{CustomizeConnection, Error},
    select,
    sql_types::{Integer, Text},
    sqlite::SqliteConnection,
};

/// The pragmas that each new connection runs. The wait for locks comes first, since the others may meet one.
#[derive(Debug)]
pub(super) struct Pragmas(pub(super) Vec<String>);

impl CustomizeConnection<SqliteConnection, Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
        self.0.iter().try_for_each(|pragma| connection.batch_execute(pragma)).map_err(Error::QueryError)
    }
}

/// Warns if writes and reads would get in each other's way, since an application's connections lack a pragma.
pub(super) fn warn_of_missing_pragmas(connection: &mut SqliteConnection) -> QueryResult<()> {
    let patience = select(sql::<Integer>("timeout FROM pragma_busy_timeout")).get_result::<i32>(connection)?;
    let journal = select(sql::<Text>("journal_mode FROM pragma_journal_mode")).get_result::<String>(connection)?;
    if patience == 0 {
        tracing::warn!(
            "the application's connections to SQLite do not wait for each other, so some of what is asked at the same \
             moment will fail: run `PRAGMA busy_timeout = 5000` on each, in a `CustomizeConnection` of the pool"
        );
    }
    if !["wal", "memory"].contains(&journal.as_str()) {
        tracing::warn!(
            "the application's SQLite database has no write-ahead log, so nobody reads while somebody writes: run \
             `PRAGMA journal_mode = WAL` on it"
        );
    }
    Ok(())
}
