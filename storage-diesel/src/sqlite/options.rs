//! Defines the options of an SQLite database, and opens it.

use std::{
    path::Path,
    thread::{available_parallelism, sleep},
    time::{Duration, Instant},
};

use diesel::{Connection as _, ConnectionError, connection::SimpleConnection, sqlite::SqliteConnection};

use super::{
    durability::Durability,
    file_path::checked_path,
    pragmas::{Role, busy_timeout, pragmas},
    sql::{Store, prepare},
    start::store_on,
    table::MESSAGES,
};
use crate::{
    address::ShownAddress,
    error::{Cause, OpenError, is_temporary},
    migrations::Migrations,
    options::CommonOptions,
    store::DieselStore,
    threads::Connections,
};

/// The pause between two attempts to take a lock.
const PAUSE: Duration = Duration::from_millis(5);

/// Options to open an SQLite database.
///
/// ```
/// use actix_messages_diesel::{Durability, SqliteOptions};
///
/// let store = SqliteOptions::default().durability(Durability::Normal).readers(4).open(":memory:")?;
/// # Ok::<(), actix_messages_diesel::OpenError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    readers: u32,
    common: CommonOptions,
    durability: Durability,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        let threads = available_parallelism().map_or(1, |threads| u32::try_from(threads.get()).unwrap_or(1));
        Self { readers: (2 * threads).clamp(4, 32), common: CommonOptions::default(), durability: Durability::Full }
    }
}

impl SqliteOptions {
    /// Sets the number of connections that read concurrently. One more connection writes. The default is two for each
    /// processor, but at least 4 and at most 32. A connection is opened when it is needed.
    ///
    /// The requests for one mailbox use at most half of these connections, but at least one.
    #[must_use]
    pub fn readers(mut self, connections: u32) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// Sets how long a request waits for a free connection before it fails with 503. The default is 5 seconds. A
    /// request for one mailbox fails at the latest after twice that time.
    ///
    /// A connection waits for a lock of another process for at most four fifths of that time.
    #[must_use]
    pub const fn wait_timeout(mut self, wait_timeout: Duration) -> Self {
        self.common.wait_timeout = wait_timeout;
        self
    }

    /// Sets whether the store or the application creates the table of messages. The default is [`Migrations::Run`]: the
    /// store creates it.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.common.migrations = migrations;
        self
    }

    /// Checks the name of the table, which was chosen when this crate was built (see [`TABLE`](super::TABLE)). If it is
    /// not this name, opening fails before anything is created. By default, any name is accepted. A schema in the name
    /// is ignored, since SQLite has no schemas.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.common.table = Some(name.rsplit_once('.').map_or(name.clone(), |(_, name)| name.to_owned()));
        self
    }

    /// Sets when a write is considered committed. The default is [`Durability::Full`].
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens the database in this file, and creates the file, the table and the indexes if they are missing.
    ///
    /// With [`Migrations::Check`], a missing file or table is an error. The path `:memory:` opens a database in memory,
    /// which exists as long as the store.
    ///
    /// A new file gets a page size of 8192 bytes and a write-ahead log.
    ///
    /// # Errors
    ///
    /// Returns [`OpenError`] if the folder is missing or not writable, if the file is not a database, if the table of
    /// messages lacks a column or key, or if this build uses another table than the one set with
    /// [`table`](Self::table).
    pub fn open(&self, path: impl AsRef<Path>) -> Result<DieselStore, OpenError> {
        let path = path.as_ref();
        self.common.open(MESSAGES, ShownAddress::of_file(path), || self.connect(path))
    }

    fn connect(&self, path: &Path) -> Result<Store, Cause> {
        let wait_timeout = self.common.wait_timeout;
        if path == Path::new(":memory:") {
            // A second connection would open another database, so reads and writes share one connection.
            let only = self.connection(":memory:", Role::Writer);
            self.prepare_table(&only)?;
            return store_on(vec![only.clone()], only, wait_timeout);
        }
        let path_text = checked_path(path).map_err(Cause::database)?;
        if self.common.migrations == Migrations::Check {
            // Connecting would create the file.
            path.metadata().map_err(Cause::database)?;
        }
        self.prepare_file(&path_text).map_err(Cause::database)?;
        let writer = self.connection(&path_text, Role::Writer);
        self.prepare_table(&writer)?;
        let reader = |_| self.connection(&path_text, Role::Reader);
        store_on((0..self.readers).map(reader).collect(), writer, wait_timeout)
    }

    /// Sets the pragmas that are stored in the file. The write-ahead log must be enabled before a second connection
    /// exists.
    fn prepare_file(&self, path: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut connection = SqliteConnection::establish(path)?;
        connection.batch_execute(&busy_timeout(self.common.wait_timeout))?;
        // This only affects a file without tables.
        connection.batch_execute("PRAGMA page_size = 8192")?;
        // `busy_timeout` does not apply to the lock that this takes.
        let start = Instant::now();
        loop {
            match connection.batch_execute("PRAGMA journal_mode = WAL") {
                Err(error) if is_temporary(&error) && start.elapsed() < self.common.wait_timeout => sleep(PAUSE),
                done => return Ok(done?),
            }
        }
    }

    fn prepare_table(&self, connection: &Connections<SqliteConnection>) -> Result<(), Cause> {
        connection.with(|connection| prepare(connection, self.common.migrations)).map_err(Cause::database)?
    }

    fn connection(&self, path: &str, role: Role) -> Connections<SqliteConnection> {
        let pragmas = pragmas(self.common.wait_timeout, self.durability, role);
        let path = path.to_owned();
        let connect = move || {
            let mut connection = SqliteConnection::establish(&path)?;
            let told = pragmas.iter().try_for_each(|pragma| connection.batch_execute(pragma));
            told.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        };
        Connections::own(connect, self.common.wait_timeout, None)
    }
}
