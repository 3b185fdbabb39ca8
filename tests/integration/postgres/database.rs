//! A PostgreSQL database, reached directly or through a pooler, and the tests that run on every such database.

use std::time::Duration;

use actix_messages::MessageStore;
use actix_messages_diesel::{DieselStore, PostgresOptions, postgres::PreparedStatements};
use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::{CacheSize, SimpleConnection},
    sql_query,
    sql_types::BigInt,
};

use crate::{
    statements::Record,
    support::{PgBouncer, somebody},
};

/// A database that the tests of a module share.
#[derive(Debug)]
pub(super) struct Database {
    url: String,
    /// The application name of the recorded store's connection.
    recorded: String,
    prepared_statements: PreparedStatements,
    _pooler: Option<PgBouncer>,
}

impl Database {
    pub(super) fn at(url: String) -> Self {
        let recorded = somebody("recorded").user_id().unwrap().to_owned();
        Self { url, recorded, prepared_statements: PreparedStatements::Cached, _pooler: None }
    }

    /// Returns the database behind this pooler.
    pub(super) fn behind(pooler: PgBouncer, prepared_statements: PreparedStatements) -> Self {
        let url = pooler.url();
        Self { prepared_statements, _pooler: Some(pooler), ..Self::at(url) }
    }

    /// Opens a store with its own pool, as each process has.
    pub(super) fn open(&self, connections: u32) -> DieselStore {
        self.options(connections).open(&self.url).unwrap()
    }

    /// Opens a store with one connection, and records its statements.
    pub(super) fn open_recorded(&self) -> (DieselStore, Record) {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        // The store does not change an address that has a `connect_timeout`.
        let url = format!("{}{separator}application_name={}&connect_timeout=60", self.url, self.recorded);
        let record = Record::of(&url);
        (self.options(1).open(&url).unwrap(), record)
    }

    fn options(&self, connections: u32) -> PostgresOptions {
        // The long timeout is for busy machines.
        let options = PostgresOptions::default().wait_timeout(Duration::from_secs(60));
        options.connections(connections).prepared_statements(self.prepared_statements)
    }

    /// Returns the column `number` of a query's only row. The query runs without a store.
    pub(super) fn number(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        sql_query(query).get_result::<Row>(&mut self.connect()).unwrap().number
    }

    /// Terminates the active connections of the recorded store, or the connections that a pooler has lent it, and
    /// returns their number. A pooler may have lent a connection with the same name to another client since then. That
    /// one is idle, so it stays.
    pub(super) fn cut(&self) -> i64 {
        self.number(&format!(
            "SELECT count(pg_terminate_backend(pid)) AS number FROM pg_stat_activity \
             WHERE application_name = '{}' AND state = 'active'",
            self.recorded
        ))
    }

    /// Runs statements without a store.
    pub(super) fn run(&self, statements: &str) {
        self.connect().batch_execute(statements).unwrap();
    }

    /// Opens a connection without a store.
    pub(super) fn connect(&self) -> PgConnection {
        let mut connection = PgConnection::establish(&self.url).unwrap();
        // A pooler may be in between.
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
        connection
    }
}

/// Returns the store for the laws of the contract. Without a database, it was already reported that nothing is tested,
/// and the store is in memory.
pub(super) fn store_on(database: Option<&Database>) -> Box<dyn MessageStore> {
    match database {
        Some(database) => Box::new(database.open(6)),
        None => Box::new(actix_messages::MemoryStore::new()),
    }
}

/// Creates the tests that hold on every PostgreSQL database: the laws of the contract, of concurrency and of several
/// processes. The argument is a function that returns the database: `fn database() -> Option<Database>`.
macro_rules! database_tests {
    ($database:path) => {
        async fn make_store() -> actix_messages::store::conformance::Keeping<
            Box<dyn actix_messages::MessageStore>,
            Option<crate::postgres::database::Database>,
        > {
            let database = $database();
            let store = crate::postgres::database::store_on(database.as_ref());
            actix_messages::store::conformance::Keeping(store, database)
        }

        actix_messages::conformance_tests!(make_store);

        fn on_a_store(law: fn(&crate::concurrency::Store)) {
            if let Some(database) = $database() {
                law(&(std::sync::Arc::new(database.open(6)) as _));
            }
        }

        crate::concurrency::concurrency_tests!(on_a_store);

        fn on_a_database(law: fn(&crate::postgres::database::Database)) {
            if let Some(database) = $database() {
                law(&database);
            }
        }

        crate::postgres::several_stores::tests_of_several_stores!(on_a_database);
    };
}
pub(super) use database_tests;
