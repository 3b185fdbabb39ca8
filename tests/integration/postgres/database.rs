//! A PostgreSQL database, and how it is reached -> stores on it, and the tests of everything that holds on it.

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
    /// What the connection of the recorded store calls itself.
    recorded: String,
    prepared_statements: PreparedStatements,
    _pooler: Option<PgBouncer>,
}

impl Database {
    pub(super) fn at(url: String) -> Self {
        let recorded = somebody("recorded").user_id().unwrap().to_owned();
        Self { url, recorded, prepared_statements: PreparedStatements::Cached, _pooler: None }
    }

    /// Reached through this pooler alone.
    pub(super) fn behind(pooler: PgBouncer, prepared_statements: PreparedStatements) -> Self {
        let url = pooler.url();
        Self { prepared_statements, _pooler: Some(pooler), ..Self::at(url) }
    }

    /// A store with a pool of its own, as each process has.
    pub(super) fn open(&self, connections: u32) -> DieselStore {
        self.options(connections).open(&self.url).unwrap()
    }

    /// A store of one connection, and what that is told.
    pub(super) fn open_recorded(&self) -> (DieselStore, Record) {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        // With a `connect_timeout`, the store leaves the address as it is.
        let url = format!("{}{separator}application_name={}&connect_timeout=60", self.url, self.recorded);
        let record = Record::of(&url);
        (self.options(1).open(&url).unwrap(), record)
    }

    fn options(&self, connections: u32) -> PostgresOptions {
        // The timeout is for machines on which much else runs.
        let options = PostgresOptions::default().wait_timeout(Duration::from_secs(60));
        options.connections(connections).prepared_statements(self.prepared_statements)
    }

    /// The number that a query without a store has as its column `number`.
    pub(super) fn number(&self, query: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Row {
            #[diesel(sql_type = BigInt)]
            number: i64,
        }
        sql_query(query).get_result::<Row>(&mut self.connect()).unwrap().number
    }

    /// Cuts the connection of the recorded store, or those that a pooler has lent it, where they are at work, and says how
    /// many that were. A pooler may have lent one of the same name to somebody else since, who is idle.
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

    /// A connection without a store.
    pub(super) fn connect(&self) -> PgConnection {
        let mut connection = PgConnection::establish(&self.url).unwrap();
        // It may be behind a pooler.
        connection.set_prepared_statement_cache_size(CacheSize::Disabled);
        connection
    }
}

/// A store on the database that the laws of the contract are tried on, or in memory where it was said that nothing is
/// tested.
pub(super) fn store_on(database: Option<&Database>) -> Box<dyn MessageStore> {
    match database {
        Some(database) => Box::new(database.open(6)),
        None => Box::new(actix_messages::MemoryStore::new()),
    }
}

/// Everything that holds on every PostgreSQL database, for the one that a function makes: `fn database() ->
/// Option<Database>`. The laws of the contract, those of many at once, and those of several processes.
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
