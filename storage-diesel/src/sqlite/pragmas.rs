//! The pragmas of connections, and warnings about pragmas that the connections of an application lack.

use std::time::Duration;

use diesel::{
    QueryResult, RunQueryDsl,
    dsl::sql,
    select,
    sql_types::{Integer, Text},
    sqlite::SqliteConnection,
};

use super::durability::Durability;
use crate::options::lock_timeout;

/// The number of pages, 32 MB, after which the log is written into the file. A page that was written several times until then
/// is written there once.
const LOG_PAGES: u32 = 4000;

/// The kind of work that a connection does.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Reader,
    Writer,
}

/// Returns the pragmas that each new connection runs. The wait for locks comes first, since the others may meet one.
pub(super) fn pragmas(patience: Duration, durability: Durability, role: Role) -> [String; 5] {
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    let query_only = match role {
        Role::Reader => "ON",
        Role::Writer => "OFF",
    };
    [
        busy_timeout(patience),
        "PRAGMA foreign_keys = ON".to_owned(),
        format!("PRAGMA synchronous = {synchronous}"),
        format!("PRAGMA query_only = {query_only}"),
        format!("PRAGMA wal_autocheckpoint = {LOG_PAGES}"),
    ]
}

pub(super) fn busy_timeout(patience: Duration) -> String {
    format!("PRAGMA busy_timeout = {}", lock_timeout(patience))
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
