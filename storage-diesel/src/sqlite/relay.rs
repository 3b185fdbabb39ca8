//! Notices that another process has written to the database file.

use std::{fmt, path::Path, sync::Mutex, sync::PoisonError, thread, time::Duration};

use actix_messages::live::{Relay, RelayMessage, Subscriber};
use diesel::{
    Connection, RunQueryDsl, dsl::sql, result::Error as DieselError, select, sql_types::Integer,
    sqlite::SqliteConnection,
};

use super::{
    file_path::checked_path,
    pragmas::{Role, pragmas},
};
use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
    sqlite::Durability,
};

/// How often the relay looks whether the file has changed.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// The minimum time between two looks of the watches.
const MIN_PAUSE: Duration = Duration::from_secs(1);

/// How long the connection waits for a lock.
const LOCK_TIMEOUT: Duration = Duration::from_secs(1);

/// Lets several processes on one SQLite file notice each other's changes.
///
/// It looks at `PRAGMA data_version` every 50 milliseconds, on a separate connection and thread. If the file has
/// changed, all watches of this process look at the store, at most once a second. SQLite does not tell which process
/// has written, or which mailbox. So with many open streams and frequent writes, this is expensive, and one process or
/// PostgreSQL is better. It can't carry the end of a session to the other processes: there, its streams end at their
/// [maximum duration](https://docs.rs/actix-messages/latest/actix_messages/settings/struct.Live.html).
///
/// Source: [PRAGMA data_version](https://sqlite.org/pragma.html#pragma_data_version).
///
/// ```no_run
/// use actix_messages::{MessagesConfig, session_key};
/// use actix_messages_diesel::{DieselStore, SqliteRelay};
///
/// # fn example() -> Result<(), actix_messages_diesel::OpenError> {
/// let path = "messages.sqlite";
/// let messages = MessagesConfig::new(DieselStore::open(path)?, session_key("user")).relay(SqliteRelay::open(path)?);
/// # Ok(())
/// # }
/// ```
pub struct SqliteRelay {
    file: String,
    /// The connection, until the relay has a subscriber.
    connection: Mutex<Option<SqliteConnection>>,
}

impl SqliteRelay {
    /// Opens the file of the store.
    ///
    /// # Errors
    ///
    /// [`OpenError::Database`] if the file does not exist or can't be opened.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let connect = || -> Result<_, Cause> {
            // Connecting would create the file.
            path.metadata().map_err(Cause::database)?;
            let mut connection =
                SqliteConnection::establish(&checked_path(path).map_err(Cause::database)?).map_err(Cause::database)?;
            let pragmas = pragmas(LOCK_TIMEOUT, Durability::Normal, Role::Reader);
            pragmas
                .iter()
                .try_for_each(|pragma| diesel::connection::SimpleConnection::batch_execute(&mut connection, pragma))
                .map_err(Cause::database)?;
            data_version(&mut connection).map_err(Cause::database)?;
            Ok(connection)
        };
        let connection = connect().map_err(|cause| ShownAddress::of_file(path).error(cause))?;
        Ok(Self { file: path.display().to_string(), connection: Mutex::new(Some(connection)) })
    }
}

impl fmt::Debug for SqliteRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteRelay").field(&self.file).finish()
    }
}

impl Relay for SqliteRelay {
    /// Does nothing, since the file itself shows that it has changed.
    fn publish(&self, _: &[RelayMessage]) {}

    fn subscribe(&self, subscriber: Subscriber) {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut connection) = connection else { return };
        let thread = thread::Builder::new().name("messages-relay".into());
        let started = thread.spawn(move || {
            let mut known = None;
            while subscriber.is_open() {
                // If the file can't be read now, the next look finds the change.
                let found = data_version(&mut connection).ok().or(known);
                if found == known {
                    thread::sleep(LOOK_INTERVAL);
                    continue;
                }
                known = found;
                subscriber.look();
                thread::sleep(MIN_PAUSE);
            }
        });
        if let Err(error) = started {
            tracing::error!(%error, "the thread of the relay can't be started, so it notices no changes");
        }
    }
}

/// Returns a number that differs after another connection has changed the file.
fn data_version(connection: &mut SqliteConnection) -> Result<i32, DieselError> {
    select(sql::<Integer>("data_version FROM pragma_data_version")).get_result(connection)
}
