//! What connections are told, and what those of an application lack.

use diesel::{
    QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    r2d2::{CustomizeConnection, Error},
    select,
    sql_types::{Integer, Text},
};

use super::Connection;

/// What each new connection is told. The wait for locks comes first, since the others may meet one.
#[derive(Debug)]
pub(super) struct Pragmas(pub(super) Vec<String>);

impl CustomizeConnection<Connection, Error> for Pragmas {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), Error> {
        self.0.iter().try_for_each(|pragma| connection.batch_execute(pragma)).map_err(Error::QueryError)
    }
}

/// Says what an application's connections lack, where writes and reads would get in each other's way.
pub(super) fn advise(connection: &mut Connection) -> QueryResult<()> {
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
