//! PostgreSQL: the only place that names it. The modules it includes are written for any of Diesel's databases.

#[path = "catching.rs"]
mod catching;
#[path = "count.rs"]
mod count;
#[path = "directory.rs"]
mod directory;
#[path = "filter.rs"]
mod filter;
#[path = "fragment.rs"]
mod fragment;
#[path = "inspect.rs"]
mod inspect;
#[path = "locks.rs"]
mod locks;
#[path = "migrate.rs"]
mod migrate;
#[path = "page.rs"]
mod page;
#[path = "pooled.rs"]
mod pooled;
#[path = "rows.rs"]
mod rows;
/// The table, under the name that the build chose.
mod schema {
    include!(concat!(env!("OUT_DIR"), "/postgres.rs"));
}
#[path = "statements.rs"]
mod statements;
#[path = "update.rs"]
mod update;
mod writers;

use std::time::Duration;

use actix_messages::SweepPosition;
use diesel::{
    Connection as _, QueryResult,
    connection::{CacheSize, SimpleConnection},
    r2d2::{ConnectionManager, CustomizeConnection, Pool},
    result::{DatabaseErrorKind, Error as DieselError},
};
pub(crate) use diesel::{pg::Pg as Backend, pg::PgConnection as Connection};

use self::{
    catching::transaction_depth,
    filter::TextOperand,
    inspect::names,
    locks::lock_mailboxes,
    migrate::prepare,
    pooled::{Connections, PooledStore, Workers},
    schema::{MESSAGES, VERSIONS},
    writers::{Writers, retry},
};
pub use self::{
    migrate::{migrations, revert},
    schema::TABLE,
    statements::add,
};
use crate::{
    DieselStore, Migrations,
    address::Told,
    error::{Cause, Failure, OpenError},
    name::expect,
    turns::Turns,
};

/// The version, the way up and the way down of each migration, in their order.
const MIGRATIONS: [[&str; 3]; 1] = [[
    "2025-06-01-120000_create_actix_messages",
    include_str!("../migrations/postgres/2025-06-01-120000_create_actix_messages/up.sql"),
    include_str!("../migrations/postgres/2025-06-01-120000_create_actix_messages/down.sql"),
]];
/// The names of the columns of a table, of those of its key, and of its indexes. The table may have partitions.
const COLUMNS: &str = "SELECT attname::text AS name FROM pg_attribute \
                       WHERE attrelid = to_regclass('\"actix_messages\"') AND attnum > 0 AND NOT attisdropped";
const KEY: &str = "SELECT attname::text AS name FROM pg_index \
                   JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) \
                   WHERE indrelid = to_regclass('\"actix_messages\"') AND indisprimary";
const INDEXES: &str = "SELECT relname::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
                       WHERE indrelid = to_regclass('\"actix_messages\"')";

/// Each statement is sent, and its answer waited for.
const EACH_STATEMENT_IS_A_ROUND_TRIP: bool = true;
/// The most parameters of one statement.
const MAX_PARAMETERS: usize = 65_535;
/// The function that finds a text in a text.
const POSITION: &str = "strpos";
/// The SQL around a JSON array of texts that a text is looked for in.
const IN_JSON_TEXTS: [&str; 2] = [" = ANY(ARRAY(SELECT jsonb_array_elements_text(", "::jsonb)))"];
/// The SQL around a JSON array of numbers that a number is looked for in.
const IN_JSON_NUMBERS: [&str; 2] = [" = ANY(ARRAY(SELECT jsonb_array_elements_text(", "::jsonb)::bigint))"];
/// The text of a message with its case folded. In the collation of the column, `lower` folds ASCII alone.
const FOLDED_MESSAGE: &str = "coalesce(message_folded, lower(message))";
/// The name of a view with its case folded.
const FOLDED_VIEW: &str = "coalesce(view_folded, lower(view))";
/// The folded text of a message, for several tests. A database would fold it for each, were it not one of an array. (With
/// `LIMIT 1` it would be folded once as well, but that is no statement for several shards.)
const ONCE_FOLDED_MESSAGE: TextOperand = TextOperand {
    open: "EXISTS (SELECT 1 FROM unnest(ARRAY[coalesce(message_folded, lower(message))]) AS folded(value) WHERE ",
    text: "folded.value",
    close: ")",
};
/// One of the tags passes the test.
const A_TAG: TextOperand = TextOperand {
    open: "EXISTS (SELECT 1 FROM jsonb_array_elements_text(tags::jsonb) AS tag(value) WHERE ",
    text: "tag.value",
    close: ")",
};
/// One of the tags passes the test, once its case is folded.
const A_FOLDED_TAG: TextOperand = TextOperand {
    open: "EXISTS (SELECT 1 FROM jsonb_array_elements_text(coalesce(tags_folded, lower(tags))::jsonb) AS tag(value) \
           WHERE ",
    text: "tag.value",
    close: ")",
};
/// Who migrates holds this lock: the first eight bytes of the crate's name.
const MIGRATION_LOCK: i64 = i64::from_be_bytes(*b"actix_me");
/// Whether a sweep that was at the one position gets further by going to the other: always, since a table has types.
const fn goes_on(_: &SweepPosition, _: &SweepPosition) -> bool {
    true
}

/// Writes on a connection of the application's: as a part of the transaction that it is in, or in one of its own. A part of
/// another transaction is not tried again: what it has met is still there then.
fn within_transaction<T>(
    connection: &mut Connection,
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    match transaction_depth(connection)? {
        // Each statement sees what was committed before it, whatever the database is set to.
        None => retry(|| connection.build_transaction().read_committed().run(&work)),
        Some(_) => connection.transaction(work),
    }
}

/// Reads across mailboxes, without the just-in-time compiler: for a condition on tags it takes several times as long as
/// the query, since the planner takes the tags of all messages for many more than they are.
fn across_mailboxes<T>(
    connection: &mut Connection,
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connection.transaction(|connection| {
        connection.batch_execute("SET LOCAL jit = off")?;
        work(connection)
    })
}

fn has_met_another(error: &DieselError) -> bool {
    use DatabaseErrorKind::{SerializationFailure, UniqueViolation};
    matches!(error, DieselError::DatabaseError(UniqueViolation | SerializationFailure, _))
        || says(error, "deadlock detected")
}

fn has_waited_for_a_lock(error: &DieselError) -> bool {
    says(error, "canceling statement due to lock timeout")
}

/// Whether the server says this, where Diesel has no kind of error for it.
fn says(error: &DieselError, words: &str) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::Unknown, said) if said.message() == words)
}

/// Runs a transaction that no other process can run at the same time.
fn alone<E: From<DieselError>>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<(), E>,
) -> Result<(), E> {
    connection.transaction(|connection| {
        connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))?;
        work(connection)
    })
}

/// Makes what the first migration is recorded in. Where its schema is there, no right to create schemas is needed.
fn begin(connection: &mut Connection) -> QueryResult<()> {
    if let Some(schema) = VERSIONS.schema {
        let present = "SELECT nspname::text AS name FROM pg_namespace";
        if !names(connection, VERSIONS, present)?.iter().any(|name| name == schema) {
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

/// Whether a connection keeps the statements it has prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreparedStatements {
    /// It does: each is prepared once.
    Kept,
    /// It does not: for a pooler that gives a connection to another client after each transaction and does not know
    /// prepared statements, such as PgBouncer before 1.21.
    Forgotten,
}

impl PreparedStatements {
    fn apply_to(self, connection: &mut Connection) {
        match self {
            Self::Kept => {}
            Self::Forgotten => connection.set_prepared_statement_cache_size(CacheSize::Disabled),
        }
    }
}

/// How a PostgreSQL database is opened.
///
/// ```no_run
/// use actix_messages_diesel::PostgresOptions;
///
/// let store = PostgresOptions::default().connections(20).open("postgres://app@localhost/app")?;
/// # Ok::<(), actix_messages_diesel::OpenError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    connections: u32,
    patience: Duration,
    prepared_statements: PreparedStatements,
    migrations: Migrations,
    table: Option<String>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 10,
            patience: Duration::from_secs(5),
            prepared_statements: PreparedStatements::Kept,
            migrations: Migrations::Run,
            table: None,
        }
    }
}

impl PostgresOptions {
    /// How many connections there are at most. By default 10.
    #[must_use]
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Sets how long a request waits for a free connection before it is answered with 503. By default 5 seconds. A server
    /// that says nothing at all is waited for twice as long.
    ///
    /// A write waits for a lock that another transaction holds for four fifths of that at most, and then gives its
    /// connection back. A message for three or more users waits for the locks of their mailboxes three times, for a second
    /// each. Writes use at most half of the connections, and one mailbox's writes half of those, but at least one each.
    #[must_use]
    pub const fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Whether connections keep the statements they have prepared. By default [`PreparedStatements::Kept`].
    #[must_use]
    pub const fn prepared_statements(mut self, policy: PreparedStatements) -> Self {
        self.prepared_statements = policy;
        self
    }

    /// Who creates the table of messages. By default [`Migrations::Run`]: the store does.
    #[must_use]
    pub const fn migrations(mut self, migrations: Migrations) -> Self {
        self.migrations = migrations;
        self
    }

    /// Sets the name of the table that this application expects, with its schema if it has one: `inbox.shop_messages`. If
    /// this crate was built for another one (see [`TABLE`]), opening fails before anything is created. By default any name
    /// will do.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Opens the database at this URL (or `host=localhost dbname=app`, as libpq knows it), and creates the table of messages
    /// if it is missing. With [`Migrations::Check`] it has to be there.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the server can't be reached, the table can't be created or lacks something, or the build chose
    /// another one than [`table`](Self::table). No error has a part of a password in it, so of a URL that is malformed it
    /// shows nothing.
    pub fn open(&self, url: &str) -> Result<DieselStore, OpenError> {
        let told = Told::of(url);
        match self.try_open(url) {
            Ok(store) => Ok(DieselStore::opened(store, MESSAGES, told.text())),
            Err(cause) => Err(told.error(cause)),
        }
    }

    fn try_open(&self, url: &str) -> Result<PooledStore, Cause> {
        expect(MESSAGES, self.table.as_deref())?;
        // A pool would hide why a first connection fails.
        let mut first = Connection::establish(url).map_err(Cause::database)?;
        self.prepared_statements.apply_to(&mut first);
        prepare(&mut first, self.migrations)?;
        let connections = Pool::builder()
            .max_size(self.connections)
            .min_idle(Some(1))
            // What reads finds out by itself, and what writes asks.
            .test_on_check_out(false)
            .connection_timeout(self.patience)
            .connection_customizer(Box::new(Customizer(self.prepared_statements)))
            .build(ConnectionManager::new(url))
            .map_err(Cause::database)?;
        on_pool(connections)
    }
}

impl DieselStore {
    /// A store on the pool that the application has anyway. With [`postgres::add`](add), a message is a part of the
    /// application's own transaction. The pool's `connection_timeout`, 30 seconds by default, is the patience: the store's
    /// own transactions set `lock_timeout` to four fifths of it.
    ///
    /// The table is [`postgres::TABLE`](TABLE).
    ///
    /// # Errors
    ///
    /// [`OpenError`] where no connection can be had, or the table of messages can't be created or lacks something.
    pub fn on_postgres_pool(
        pool: Pool<ConnectionManager<Connection>>,
        migrations: Migrations,
    ) -> Result<Self, OpenError> {
        let prepared = pool.get().map_err(Cause::database).and_then(|mut it| prepare(&mut it, migrations));
        let told = Told::of_the_application();
        match prepared.and_then(|()| on_pool(pool)) {
            Ok(store) => Ok(Self::opened(store, MESSAGES, told.text())),
            Err(cause) => Err(told.error(cause)),
        }
    }
}

fn on_pool(pool: Pool<ConnectionManager<Connection>>) -> Result<PooledStore, Cause> {
    let patience = pool.connection_timeout();
    // Writes, which may wait for locks, leave half of the connections to what reads. Requests about one mailbox leave half of
    // the connections to the others, and its writes half of the writes.
    let half = (pool.max_size() / 2).max(1);
    let turns = Turns::new(half, half / 2, patience);
    let workers = Workers::start(Connections::new(pool), patience).map_err(Cause::database)?;
    Ok(PooledStore::new(workers.clone(), Writers::new(workers, half, patience), turns, patience))
}

#[derive(Debug)]
struct Customizer(PreparedStatements);

impl CustomizeConnection<Connection, diesel::r2d2::Error> for Customizer {
    fn on_acquire(&self, connection: &mut Connection) -> Result<(), diesel::r2d2::Error> {
        self.0.apply_to(connection);
        Ok(())
    }
}
