//! How an SQLite database is opened.

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

/// How an SQLite database is opened.
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
    /// Sets how many connections read at the same time; one more writes. By default two for each processor, at least 4 and
    /// at most 32. Each is opened when it is needed.
    #[must_use]
    pub fn readers(mut self, connections: u32) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// Sets how long a request waits for a free connection before it is answered with 503. By default 5 seconds.
    ///
    /// A connection waits for a lock that another process holds for four fifths of that at most.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.common.patience = patience;
        self
    }

    /// Sets who creates the table of messages. By default [`Migrations::Run`]: the store does.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.common.migrations = migrations;
        self
    }

    /// Sets the name of the table that this application expects. A schema before it is left out, as SQLite has none. If this
    /// crate was built for another one (see [`TABLE`](super::TABLE)), opening fails before anything is created. By default
    /// any name will do.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.common.table = Some(name.rsplit_once('.').map_or(name.clone(), |(_, name)| name.to_owned()));
        self
    }

    /// Sets when a message counts as kept. By default [`Durability::Full`].
    #[must_use]
    pub const fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Opens the database in this file, and creates its missing parts: the file, the table, the indexes. With
    /// [`Migrations::Check`] a missing part is an error. `:memory:` is a database that lives as long as the store.
    ///
    /// A new file gets pages of 8192 bytes and a write-ahead log.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the folder is missing or can't be written, the file is not a database, its table of messages lacks
    /// something, or the build chose another one than [`table`](Self::table).
    pub fn open(&self, path: impl AsRef<Path>) -> Result<DieselStore, OpenError> {
        let path = path.as_ref();
        self.common.open(MESSAGES, ShownAddress::of_file(path), || self.connect(path))
    }

    fn connect(&self, path: &Path) -> Result<Store, Cause> {
        let patience = self.common.patience;
        if path == Path::new(":memory:") {
            // A second connection would open another database, so reads and writes share one.
            let only = self.connection(":memory:", Role::Writer);
            self.prepare_table(&only)?;
            return store_on(vec![only.clone()], only, patience);
        }
        let path_text = checked_path(path).map_err(Cause::database)?;
        if self.common.migrations == Migrations::Check {
            // To connect would create the file.
            path.metadata().map_err(Cause::database)?;
        }
        self.prepare_file(&path_text).map_err(Cause::database)?;
        let writer = self.connection(&path_text, Role::Writer);
        self.prepare_table(&writer)?;
        let reader = |_| self.connection(&path_text, Role::Reader);
        store_on((0..self.readers).map(reader).collect(), writer, patience)
    }

    /// Sets the pragmas that the file keeps. The log has to be switched on before there is a second connection.
    fn prepare_file(&self, path: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut connection = SqliteConnection::establish(path)?;
        connection.batch_execute(&busy_timeout(self.common.patience))?;
        // It applies to a file without tables only.
        connection.batch_execute("PRAGMA page_size = 8192")?;
        // SQLite does not wait by itself for the lock that this takes.
        let start = Instant::now();
        loop {
            match connection.batch_execute("PRAGMA journal_mode = WAL") {
                Err(error) if is_temporary(&error) && start.elapsed() < self.common.patience => sleep(PAUSE),
                done => return Ok(done?),
            }
        }
    }

    fn prepare_table(&self, connection: &Connections<SqliteConnection>) -> Result<(), Cause> {
        connection.with(|connection| prepare(connection, self.common.migrations)).map_err(Cause::database)?
    }

    fn connection(&self, path: &str, role: Role) -> Connections<SqliteConnection> {
        let pragmas = pragmas(self.common.patience, self.durability, role);
        let path = path.to_owned();
        let connect = move || {
            let mut connection = SqliteConnection::establish(&path)?;
            let told = pragmas.iter().try_for_each(|pragma| connection.batch_execute(pragma));
            told.map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(connection)
        };
        Connections::own(connect, self.common.patience, None)
    }
}
