//! Databases for one test each, and the migrations of an application in them.

use std::{
    fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use actix_messages_diesel::{DieselStore, Migration, Migrations, OpenError, PostgresOptions, SqliteOptions};
use diesel::{
    Connection, PgConnection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection,
    connection::SimpleConnection, sql_query, sql_types::Text,
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;

/// Returns the schema, if any, and the name of the table in this build.
pub(super) fn chosen_name() -> (Option<&'static str>, &'static str) {
    let name = option_env!("ACTIX_MESSAGES_TABLE").unwrap_or("actix_messages");
    name.split_once('.').map_or((None, name), |(schema, table)| (Some(schema), table))
}

/// A database on which the laws of migrations run.
pub(super) trait Database: Sync {
    fn open(&self, migrations: Migrations) -> Result<DieselStore, OpenError>;

    /// Returns the crate's migrations for this database.
    fn migrations(&self) -> Vec<Migration>;

    /// Returns the name of the folder with the files of these migrations.
    fn folder(&self) -> &'static str;

    /// Reverts the crate's migrations.
    fn revert(&self) -> QueryResult<()>;

    /// Returns the name of the table of messages for SQL, in quotes.
    fn table(&self) -> String;

    /// Returns the names of all tables, sorted. A name includes the schema unless it is the default schema.
    fn tables(&self) -> Vec<String>;

    /// Runs a query and returns its column `name`.
    fn names(&self, sql: &str) -> Vec<String>;

    fn execute(&self, sql: &str);

    /// Runs the application's pending migrations, and returns their versions.
    fn run(&self, application: &Application) -> Vec<String>;

    /// Does what `diesel migration revert` does.
    fn revert_last(&self, application: &Application) -> String;

    /// Does what `diesel migration revert --all` does.
    fn revert_all(&self, application: &Application) -> Vec<String>;
}

/// The folder of an application's migrations.
pub(super) struct Application(TempDir);

impl Application {
    /// Creates an application with the tables `orders` and `customers`.
    pub(super) fn new() -> Self {
        let application = Self(tempfile::tempdir().unwrap());
        for (version, table) in [("2025-01-01-000000_orders", "orders"), ("2026-01-01-000000_customers", "customers")] {
            let up = format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY)");
            application.add(version, &up, &format!("DROP TABLE {table}"));
        }
        application
    }

    pub(super) fn add(&self, version: &str, up: &str, down: &str) {
        let folder = self.0.path().join(version);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("up.sql"), up).unwrap();
        fs::write(folder.join("down.sql"), down).unwrap();
    }

    fn source(&self) -> FileBasedMigrations {
        FileBasedMigrations::from_path(self.0.path()).unwrap()
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
}

/// The methods whose code is the same for both connection types of Diesel.
macro_rules! with_diesel {
    () => {
        fn names(&self, sql: &str) -> Vec<String> {
            let rows = sql_query(sql).load::<Row>(&mut self.connect()).unwrap();
            rows.into_iter().map(|row| row.name).collect()
        }

        fn execute(&self, sql: &str) {
            self.connect().batch_execute(sql).unwrap();
        }

        fn run(&self, application: &Application) -> Vec<String> {
            let mut connection = self.connect();
            let versions = connection.run_pending_migrations(application.source()).unwrap();
            versions.iter().map(ToString::to_string).collect()
        }

        fn revert_last(&self, application: &Application) -> String {
            self.connect().revert_last_migration(application.source()).unwrap().to_string()
        }

        fn revert_all(&self, application: &Application) -> Vec<String> {
            let mut connection = self.connect();
            let versions = connection.revert_all_migrations(application.source()).unwrap();
            versions.iter().map(ToString::to_string).collect()
        }
    };
}

pub(super) struct Sqlite(TempDir);

impl Sqlite {
    #[allow(clippy::unnecessary_wraps, reason = "`Postgres::new` returns `None` without a server")]
    pub(super) fn new() -> Option<Self> {
        Some(Self(tempfile::tempdir().unwrap()))
    }

    pub(super) fn file(&self) -> std::path::PathBuf {
        self.0.path().join("application.sqlite")
    }

    fn connect(&self) -> SqliteConnection {
        let mut connection = SqliteConnection::establish(self.file().to_str().unwrap()).unwrap();
        // A store that was just dropped may still be closing the file.
        connection.batch_execute("PRAGMA busy_timeout = 30000").unwrap();
        connection
    }
}

impl Database for Sqlite {
    with_diesel!();

    fn open(&self, migrations: Migrations) -> Result<DieselStore, OpenError> {
        let options = SqliteOptions::default().readers(1).wait_timeout(Duration::from_secs(30));
        options.migrations(migrations).open(self.file())
    }

    fn migrations(&self) -> Vec<Migration> {
        actix_messages_diesel::sqlite::migrations()
    }

    fn folder(&self) -> &'static str {
        "sqlite"
    }

    fn revert(&self) -> QueryResult<()> {
        actix_messages_diesel::sqlite::revert(&mut self.connect())
    }

    fn table(&self) -> String {
        format!("\"{}\"", chosen_name().1)
    }

    fn tables(&self) -> Vec<String> {
        self.names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    }
}

pub(super) struct Postgres {
    url: String,
    /// While this connection is open, no other run of the tests drops the database as a leftover.
    _connection: Mutex<PgConnection>,
}

impl Postgres {
    pub(super) fn new() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let url = crate::support::postgres()?;
        let own = format!("{url}_migrations_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (_, name) = own.rsplit_once('/').unwrap();
        PgConnection::establish(url).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        let connection = Mutex::new(PgConnection::establish(&own).unwrap());
        Some(Self { url: own, _connection: connection })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    fn connect(&self) -> PgConnection {
        PgConnection::establish(self.url()).unwrap()
    }
}

impl Database for Postgres {
    with_diesel!();

    fn open(&self, migrations: Migrations) -> Result<DieselStore, OpenError> {
        PostgresOptions::default().connections(1).migrations(migrations).open(self.url())
    }

    fn migrations(&self) -> Vec<Migration> {
        actix_messages_diesel::postgres::migrations()
    }

    fn folder(&self) -> &'static str {
        "postgres"
    }

    fn revert(&self) -> QueryResult<()> {
        actix_messages_diesel::postgres::revert(&mut self.connect())
    }

    fn table(&self) -> String {
        let (schema, table) = chosen_name();
        schema.map_or_else(|| format!("\"{table}\""), |schema| format!("\"{schema}\".\"{table}\""))
    }

    fn tables(&self) -> Vec<String> {
        self.names(
            "SELECT concat(nullif(schemaname, 'public') || '.', tablename) AS name FROM pg_tables \
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY name",
        )
    }
}

/// Reads a file of the crate's migrations.
pub(super) fn file_of_the_crate(database: &str, version: &str, name: &str) -> String {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let folder = crates.join("storage-diesel/migrations").join(database).join(version);
    fs::read_to_string(folder.join(name)).unwrap()
}
