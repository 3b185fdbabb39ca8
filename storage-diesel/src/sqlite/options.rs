//! How an SQLite database is opened.

use std::{
    path::Path,
    thread::{available_parallelism, sleep},
    time::{Duration, Instant},
};

use diesel::{
    Connection as _,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, Pool},
    sqlite::SqliteConnection,
};

use super::{
    file_path::checked_path,
    pragmas::Pragmas,
    sql::{Store, prepare},
    store_on,
    table::MESSAGES,
};
use crate::{
    DieselStore, Migrations, OpenError,
    address::ShownAddress,
    error::{Cause, is_temporary},
    options::{CommonOptions, lock_timeout},
    threads::Connections,
};

/// After so many pages, 32 MB, what is in the log is put into its place in the file. A page that was written several times
/// until then is put there once.
const LOG_PAGES: u32 = 4000;
/// How long a lock is left alone before it is tried again.
const PAUSE: Duration = Duration::from_millis(5);

/// When a message counts as kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Durability {
    /// When it is on the disk: it survives a loss of power (`synchronous = FULL`).
    Full,
    /// When it is with the operating system: it survives a crash of the process, but the last ones may be lost with
    /// the power (`synchronous = NORMAL`).
    Normal,
}

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
    /// at most 32.
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

    /// Opens the database in this file, and creates what is missing of it: the file, its table, its indexes. With
    /// [`Migrations::Check`] it has to have them. `:memory:` is a database that lives as long as the store.
    ///
    /// A new file gets pages of 8192 bytes and a write-ahead log.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the folder is missing or can't be written, the file is no database, its table of messages lacks
    /// something, or the build chose another one than [`table`](Self::table).
    pub fn open(&self, path: impl AsRef<Path>) -> Result<DieselStore, OpenError> {
        let path = path.as_ref();
        self.common.open(MESSAGES, ShownAddress::of_file(path), || self.connect(path))
    }

    fn connect(&self, path: &Path) -> Result<Store, Cause> {
        if path == Path::new(":memory:") {
            // Each connection to it would be a database of its own, so there is one, for all.
            let only = self.pool(":memory:", 1, Role::Writer)?;
            self.prepare_table(&only)?;
            return store_on(only.clone(), only, self.common.patience);
        }
        let url = checked_path(path).map_err(Cause::database)?;
        if self.common.migrations == Migrations::Check {
            // To connect to it would create it.
            path.metadata().map_err(Cause::database)?;
        }
        self.prepare_file(&url).map_err(Cause::database)?;
        let writers = self.pool(&url, 1, Role::Writer)?;
        self.prepare_table(&writers)?;
        store_on(self.pool(&url, self.readers, Role::Reader)?, writers, self.common.patience)
    }

    /// What is set once for the file. The log has to be switched on before there is a second connection; and a pool
    /// would hide why a first connection fails.
    fn prepare_file(&self, url: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut connection = SqliteConnection::establish(url)?;
        connection.batch_execute(&self.busy_timeout())?;
        // Only a file without tables takes it.
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

    fn prepare_table(&self, connections: &Connections<SqliteConnection>) -> Result<(), Cause> {
        prepare(&mut *connections.get().map_err(Cause::database)?, self.common.migrations)
    }

    fn pool(&self, url: &str, connections: u32, role: Role) -> Result<Connections<SqliteConnection>, Cause> {
        let synchronous = match self.durability {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
        };
        let pragmas = vec![
            self.busy_timeout(),
            "PRAGMA foreign_keys = ON".to_owned(),
            format!("PRAGMA synchronous = {synchronous}"),
            format!("PRAGMA query_only = {}", if role == Role::Reader { "ON" } else { "OFF" }),
            format!("PRAGMA wal_autocheckpoint = {LOG_PAGES}"),
        ];
        Pool::builder()
            .max_size(connections)
            .min_idle(Some(1))
            // A connection to a file does not break, and one in memory must not be given up.
            .test_on_check_out(false)
            .idle_timeout(None)
            .max_lifetime(None)
            .connection_timeout(self.common.patience)
            .connection_customizer(Box::new(Pragmas(pragmas)))
            .build(ConnectionManager::new(url))
            .map(Connections::new)
            .map_err(Cause::database)
    }

    fn busy_timeout(&self) -> String {
        format!("PRAGMA busy_timeout = {}", lock_timeout(self.common.patience))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Reader,
    Writer,
}
