//! SQLite: the only place that names it. The modules it includes are written for any of Diesel's databases.

#[path = "catching.rs"]
mod catching;
#[path = "count.rs"]
mod count;
#[path = "directory.rs"]
mod directory;
mod file;
#[path = "filter.rs"]
mod filter;
#[path = "fragment.rs"]
mod fragment;
#[path = "inspect.rs"]
mod inspect;
#[path = "migrate.rs"]
mod migrate;
mod options;
#[path = "page.rs"]
mod page;
#[cfg(test)]
mod panics;
#[path = "pooled.rs"]
mod pooled;
mod pragmas;
#[path = "rows.rs"]
mod rows;
/// The table, under the name that the build chose.
mod schema {
    include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
}
#[path = "statements.rs"]
mod statements;
#[path = "update.rs"]
mod update;
#[path = "writer.rs"]
mod writer;

use std::time::Duration;

use actix_messages::{Recipient, SweepPosition};
use diesel::{
    Connection as _, QueryResult,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::{ConnectionManager, Pool},
    result::Error as DieselError,
};
pub(crate) use diesel::{sqlite::Sqlite as Backend, sqlite::SqliteConnection as Connection};

use self::{
    filter::TextOperand,
    migrate::prepare,
    pooled::{Connections, PooledStore, Workers},
    pragmas::advise,
    schema::{MESSAGES, VERSIONS},
    writer::Writers,
};
pub use self::{
    migrate::{migrations, revert},
    options::{Durability, SqliteOptions},
    schema::TABLE,
    statements::add,
};
use crate::{
    DieselStore, Migrations,
    error::{Cause, Failure, OF_THE_APPLICATION, OpenError},
    turns::Turns,
};

/// The version, the way up and the way down of each migration, in their order.
const MIGRATIONS: [[&str; 3]; 1] = [[
    "2025-06-01-120000_create_actix_messages",
    include_str!("../migrations/sqlite/2025-06-01-120000_create_actix_messages/up.sql"),
    include_str!("../migrations/sqlite/2025-06-01-120000_create_actix_messages/down.sql"),
]];
/// The names of the columns of a table, of those of its key, and of its indexes.
const COLUMNS: &str = "SELECT name FROM pragma_table_info('actix_messages')";
const KEY: &str = "SELECT name FROM pragma_table_info('actix_messages') WHERE pk > 0";
const INDEXES: &str = "SELECT name FROM pragma_index_list('actix_messages')";

/// No statement leaves the process.
const EACH_STATEMENT_IS_A_ROUND_TRIP: bool = false;
/// The most parameters of one statement, as SQLite is compiled in here.
const MAX_PARAMETERS: usize = 32_766;
/// The function that finds a text in a text.
const POSITION: &str = "instr";
/// The SQL around a JSON array of texts that a text is looked for in.
const IN_JSON_TEXTS: [&str; 2] = [" IN (SELECT value FROM json_each(", "))"];
/// The SQL around a JSON array of numbers that a number is looked for in.
const IN_JSON_NUMBERS: [&str; 2] = IN_JSON_TEXTS;
/// The text of a message with its case folded.
const FOLDED_MESSAGE: &str = "coalesce(message_folded, lower(message))";
/// The name of a view with its case folded.
const FOLDED_VIEW: &str = "coalesce(view_folded, lower(view))";
/// The folded text of a message, for several tests. A database would fold it for each, but for the limit.
const ONCE_FOLDED_MESSAGE: TextOperand = TextOperand {
    open: "EXISTS (SELECT 1 FROM (SELECT coalesce(message_folded, lower(message)) AS value LIMIT 1) AS folded WHERE ",
    text: "folded.value",
    close: ")",
};
/// One of the tags passes the test.
const A_TAG: TextOperand =
    TextOperand { open: "EXISTS (SELECT 1 FROM json_each(tags) AS tag WHERE ", text: "tag.value", close: ")" };
/// One of the tags passes the test, once its case is folded.
const A_FOLDED_TAG: TextOperand = TextOperand {
    open: "EXISTS (SELECT 1 FROM json_each(coalesce(tags_folded, lower(tags))) AS tag WHERE ",
    text: "tag.value",
    close: ")",
};

/// Whether a sweep that was at the one position gets further by going to the other. In a table without types, where a
/// mailbox may be no text and an id no integer, what they are read as may stand elsewhere.
fn goes_on(from: &SweepPosition, to: &SweepPosition) -> bool {
    (&to.recipient, to.id) > (&from.recipient, from.id)
}

/// Nobody else writes while a transaction does, so there is nothing to lock.
#[allow(clippy::unnecessary_wraps, reason = "other databases have locks, which may be held by somebody else")]
fn lock_mailboxes(_: &mut Connection, _: &[Recipient]) -> Result<(), Failure> {
    Ok(())
}

/// Writes on a connection of the application's: as a part of the transaction that it is in, or in one of its own.
fn within_transaction<T>(
    connection: &mut Connection,
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    transaction(connection, work)
}

/// Reads across mailboxes.
fn across_mailboxes<T>(
    connection: &mut Connection,
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    work(connection)
}

/// Runs a transaction that no other process can run at the same time.
fn alone<E: From<DieselError>>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<(), E>,
) -> Result<(), E> {
    transaction(connection, work)
}

/// Runs a transaction. It takes the write lock at its start: one that takes it later would fail at once where another
/// had taken it in between. Within a transaction, such as the application's, it is a part of that.
///
/// Where the disk is full or fails, SQLite ends a transaction by itself. Then there is none to roll back any more; that
/// it can't be must not take the place of why.
fn transaction<T, E: From<DieselError>>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, E>,
) -> Result<T, E> {
    let mut cause = None;
    let keeping_the_cause = |connection: &mut Connection| {
        work(connection).map_err(|error| {
            cause = Some(error);
            DieselError::RollbackTransaction
        })
    };
    let status = AnsiTransactionManager::transaction_manager_status_mut(connection);
    let done = match status.transaction_depth()? {
        None => connection.immediate_transaction(keeping_the_cause),
        Some(_) => connection.transaction(keeping_the_cause),
    };
    done.map_err(|error| cause.unwrap_or_else(|| error.into()))
}

/// Makes what the first migration is recorded in.
fn begin(connection: &mut Connection) -> QueryResult<()> {
    connection.batch_execute(&VERSIONS.put_into(
        "CREATE TABLE \"actix_messages\" (
            version TEXT NOT NULL PRIMARY KEY,
            run_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
        ) STRICT",
    ))
}

impl DieselStore {
    /// A store on the pool that the application has anyway, whose connections both read and write. With
    /// [`sqlite::add`](add), a message is a part of the application's own transaction.
    ///
    /// The connections are as the application makes them. Each has to wait for the others (`busy_timeout`), and the file
    /// needs a write-ahead log, or much of what is asked at the same moment fails; where one is missing, the log says so.
    /// A request waits for a connection as long as the pool does, 30 seconds by default. The table is
    /// [`sqlite::TABLE`](TABLE).
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_messages::{Level, NewMessage, Recipient, Timestamp};
    /// use actix_messages_diesel::{DieselStore, Migrations, sqlite};
    /// use diesel::{
    ///     Connection, SqliteConnection,
    ///     connection::SimpleConnection,
    ///     r2d2::{ConnectionManager, CustomizeConnection, Error, Pool},
    /// };
    ///
    /// #[derive(Debug)]
    /// struct Pragmas;
    ///
    /// impl CustomizeConnection<SqliteConnection, Error> for Pragmas {
    ///     fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), Error> {
    ///         let pragmas = "PRAGMA busy_timeout = 4000; PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON";
    ///         connection.batch_execute(pragmas).map_err(Error::QueryError)
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("pool-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let file = folder.join("app.sqlite").display().to_string();
    /// let pool = Pool::builder()
    ///     .connection_timeout(Duration::from_secs(5))
    ///     .connection_customizer(Box::new(Pragmas))
    ///     .build(ConnectionManager::<SqliteConnection>::new(file))?;
    /// let store = DieselStore::on_sqlite_pool(pool.clone(), Migrations::Run)?;
    ///
    /// pool.get()?.transaction(|connection| -> Result<_, Box<dyn std::error::Error>> {
    ///     // .. the order is written ..
    ///     let placed = NewMessage::new(Level::SUCCESS, "Your order is placed.");
    ///     Ok(sqlite::add(connection, &Recipient::user("alice")?, placed, Timestamp::now())?)
    /// })?;
    /// # drop((store, pool));
    /// # std::fs::remove_dir_all(&folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`] where no connection can be had, or the table of messages can't be created or lacks something.
    pub fn on_sqlite_pool(
        pool: Pool<ConnectionManager<Connection>>,
        migrations: Migrations,
    ) -> Result<Self, OpenError> {
        let patience = pool.connection_timeout();
        let prepared = pool.get().map_err(Cause::database).and_then(|mut it| {
            advise(&mut it).map_err(Cause::database)?;
            prepare(&mut it, migrations)
        });
        let connections = Connections::new(pool);
        let store = prepared.and_then(|()| on(connections.clone(), connections, patience));
        match store {
            Ok(store) => Ok(Self::opened(store, MESSAGES, OF_THE_APPLICATION)),
            Err(cause) => Err(cause.at(OF_THE_APPLICATION.into())),
        }
    }
}

/// The store that reads and writes on these.
fn on(readers: Connections, writers: Connections, patience: Duration) -> Result<PooledStore, Cause> {
    // Requests about one mailbox leave half of the connections to the others.
    let half = readers.most() / 2;
    let turns = Turns::new(half, half, patience);
    let readers = Workers::start(readers, patience).map_err(Cause::database)?;
    let writers = Writers::start(writers, patience).map_err(Cause::database)?;
    Ok(PooledStore::new(readers, writers, turns, patience))
}
