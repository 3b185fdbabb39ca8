//! Sets the pragmas of the store's connections, and warns about missing pragmas on the application's connections.

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

/// The number of pages in the write-ahead log, 32 MB, that triggers a checkpoint. A checkpoint writes a page into the
/// file only once, even if it has changed several times.
const LOG_PAGES: u32 = 4000;

/// The size to which the log is cut when it starts again, in bytes: pages of 8 KB, and their headers. The log grows
/// while a reader keeps the old state of the database.
const LOG_BYTES: u32 = LOG_PAGES * (8192 + 24) + 32;

/// Whether a connection reads or writes.
#[derive(Clone, Copy)]
pub(super) enum Role {
    Reader,
    Writer,
}

/// Returns the pragmas that each new connection runs. The lock timeout comes first, since the others may have to wait
/// for a lock.
pub(super) fn pragmas(wait_timeout: Duration, durability: Durability, role: Role) -> [String; 6] {
    let synchronous = match durability {
        Durability::Full => "FULL",
        Durability::Normal => "NORMAL",
    };
    let query_only = match role {
        Role::Reader => "ON",
        Role::Writer => "OFF",
    };
    [
        busy_timeout(wait_timeout),
        "PRAGMA foreign_keys = ON".to_owned(),
        format!("PRAGMA synchronous = {synchronous}"),
        format!("PRAGMA query_only = {query_only}"),
        format!("PRAGMA wal_autocheckpoint = {LOG_PAGES}"),
        format!("PRAGMA journal_size_limit = {LOG_BYTES}"),
    ]
}

pub(super) fn busy_timeout(wait_timeout: Duration) -> String {
    format!("PRAGMA busy_timeout = {}", lock_timeout(wait_timeout))
}

/// Logs a warning if the application's connections lack a pragma that concurrent requests need.
pub(super) fn warn_of_missing_pragmas(connection: &mut SqliteConnection) -> QueryResult<()> {
    let wait_timeout = select(sql::<Integer>("timeout FROM pragma_busy_timeout")).get_result::<i32>(connection)?;
    let journal = select(sql::<Text>("journal_mode FROM pragma_journal_mode")).get_result::<String>(connection)?;
    if wait_timeout == 0 {
        tracing::warn!(
            "the application's connections to SQLite do not wait for each other, so some concurrent requests fail: \
             run `PRAGMA busy_timeout = 5000` on each, in a `CustomizeConnection` of the pool"
        );
    }
    if !["wal", "memory"].contains(&journal.as_str()) {
        tracing::warn!(
            "the application's SQLite database has no write-ahead log, so reads and writes block each other: run \
             `PRAGMA journal_mode = WAL` on it"
        );
    }
    Ok(())
}
