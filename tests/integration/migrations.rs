//! Migrations of messages and of the application in one database.

mod databases;
mod names;

use std::{process, sync::Barrier, thread};

use actix_messages::{Clock, Level, MessageFilter, MessageStore, NewMessage, Recipient, store::Insertion};
use actix_messages_diesel::{DieselStore, Migrations, OpenError, PostgresOptions};
use actix_web::rt::System;
use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, select, sql_types::BigInt};

use self::databases::{Application, Database, Postgres, Sqlite, chosen_name, file_of_the_crate};
use crate::support::Log;

/// Creates one test for each law on each database.
macro_rules! laws {
    ($($law:ident,)*) => {
        mod sqlite {
            $(
                #[test]
                fn $law() {
                    super::on(super::Sqlite::new(), super::$law);
                }
            )*
        }

        mod postgres {
            $(
                #[test]
                fn $law() {
                    super::on(super::Postgres::new(), super::$law);
                }
            )*
        }
    };
}

laws![
    the_table_has_the_name_that_the_build_chose,
    the_application_goes_back_and_forth_without_touching_messages,
    the_application_can_begin_its_migrations_after_those_of_messages,
    the_application_can_run_a_copy_of_the_migrations,
    the_files_can_be_copied_as_they_are,
    ten_can_start_at_once_on_a_new_database,
    a_table_that_somebody_dropped_is_created_again,
    what_was_created_can_be_taken_back,
    a_table_that_is_missing_is_not_created_when_it_is_only_checked,
    a_table_that_lacks_a_column_is_refused,
    a_table_of_marks_that_lacks_something_is_refused,
    a_table_without_its_key_is_refused,
    another_table_of_the_name_is_refused_and_left_as_it_is,
    a_table_without_its_indexes_is_used_and_the_log_says_so,
];

const ORDERS: &str = "20250101000000";
const CUSTOMERS: &str = "20260101000000";
/// The version that Diesel gives to the copied migration of messages.
const MESSAGES: &str = "20250601120000";

/// Runs a law on a database. Without a database, it was already reported that nothing is tested.
fn on<D: Database>(database: Option<D>, law: fn(&dyn Database)) {
    if let Some(database) = database {
        law(&database);
    }
}

fn the_table_has_the_name_that_the_build_chose(database: &dyn Database) {
    database.open(Migrations::Run).unwrap();
    assert_eq!(database.tables(), tables_of_messages(database));
}

fn the_application_goes_back_and_forth_without_touching_messages(database: &dyn Database) {
    let application = Application::new();
    assert_eq!(database.run(&application), [ORDERS, CUSTOMERS]);

    let store = database.open(Migrations::Run).unwrap();
    assert_eq!(add_and_count(&store), 1);

    assert_eq!(database.run(&application), [""; 0]);
    assert_eq!(database.revert_last(&application), CUSTOMERS);
    assert_eq!(database.run(&application), [CUSTOMERS]);
    assert_eq!(database.revert_all(&application), [CUSTOMERS, ORDERS]);
    assert_eq!(add_and_count(&store), 2);
    assert_eq!(database.names(VERSIONS_OF_DIESEL), [""; 0]);
    assert_eq!(database.run(&application), [ORDERS, CUSTOMERS]);

    assert_eq!(add_and_count(&database.open(Migrations::Run).unwrap()), 3);
    assert_eq!(database.names(VERSIONS_OF_DIESEL), [ORDERS, CUSTOMERS], "no version is one of messages");
}

fn the_application_can_begin_its_migrations_after_those_of_messages(database: &dyn Database) {
    let store = database.open(Migrations::Run).unwrap();
    let application = Application::new();
    assert_eq!(database.run(&application), [ORDERS, CUSTOMERS]);
    assert_eq!(database.revert_all(&application), [CUSTOMERS, ORDERS]);
    assert_eq!(add_and_count(&store), 1);
}

fn the_application_can_run_a_copy_of_the_migrations(database: &dyn Database) {
    let application = Application::new();
    for migration in database.migrations() {
        application.add(migration.version, &migration.up, &migration.down);
    }
    if let Some(schema) = chosen_name().0.filter(|_| database.folder() == "postgres") {
        database.execute(&format!("CREATE SCHEMA {schema}"));
    }
    assert_eq!(database.run(&application), [ORDERS, MESSAGES, CUSTOMERS]);
    let [table, _, versions] = tables_of_messages(database);
    assert!(database.tables().contains(&table));

    assert_eq!(add_and_count(&database.open(Migrations::Check).unwrap()), 1);
    // The crate has not recorded these migrations as its own, so it neither runs nor reverts them.
    assert_eq!(add_and_count(&database.open(Migrations::Run).unwrap()), 2);
    database.revert().unwrap();
    assert_eq!(add_and_count(&database.open(Migrations::Check).unwrap()), 3);
    assert!(!database.tables().contains(&versions));

    assert_eq!(database.revert_last(&application), CUSTOMERS, "the last migration of the application");
    assert_eq!(database.revert_all(&application), [MESSAGES, ORDERS]);
    assert!(!database.tables().contains(&table));
    assert!(matches!(database.open(Migrations::Check), Err(OpenError::NoTable { .. })));
    assert_eq!(database.run(&application), [ORDERS, MESSAGES, CUSTOMERS]);
    assert_eq!(add_and_count(&database.open(Migrations::Check).unwrap()), 1);
}

fn the_files_can_be_copied_as_they_are(database: &dyn Database) {
    let as_written = |sql: &str| {
        let sql = sql.replace(&database.table(), "\"actix_messages\"");
        // The table of marks is in the same schema. The names of indexes have no schema.
        let marks = format!("{}_", database.table().trim_end_matches('"'));
        let sql = sql.replace(&marks, "\"actix_messages_");
        sql.replace(&format!("\"{}_", chosen_name().1), "\"actix_messages_")
    };
    for migration in database.migrations() {
        let file = |name| file_of_the_crate(database.folder(), migration.version, name);
        assert_eq!(as_written(&migration.up), file("up.sql"));
        assert_eq!(as_written(&migration.down), file("down.sql"));
    }
}

fn ten_can_start_at_once_on_a_new_database(database: &dyn Database) {
    let start = Barrier::new(10);
    thread::scope(|scope| {
        let open = || {
            start.wait();
            database.open(Migrations::Run)
        };
        let opening = (0..10).map(|_| scope.spawn(open)).collect::<Vec<_>>();
        let stores = opening.into_iter().map(|thread| thread.join().unwrap().unwrap()).collect::<Vec<_>>();
        assert_eq!(add_and_count(&stores[9]), 1);
    });
    let [_, _, versions] = tables_of_messages(database);
    let expected = database.migrations().iter().map(|migration| migration.version).collect::<Vec<_>>();
    assert_eq!(database.names(&format!("SELECT version AS name FROM {versions}")), expected);
}

fn a_table_that_somebody_dropped_is_created_again(database: &dyn Database) {
    add_and_count(&database.open(Migrations::Run).unwrap());
    database.execute(&format!("DROP TABLE {}", database.table()));
    assert_eq!(add_and_count(&database.open(Migrations::Run).unwrap()), 1);
    assert_eq!(add_and_count(&database.open(Migrations::Run).unwrap()), 2);
}

fn what_was_created_can_be_taken_back(database: &dyn Database) {
    let application = Application::new();
    database.run(&application);
    let before = database.tables();
    assert_eq!(before, ["__diesel_schema_migrations", "customers", "orders"]);
    for _ in 0..2 {
        assert_eq!(add_and_count(&database.open(Migrations::Run).unwrap()), 1);
        assert_eq!(database.tables().len(), before.len() + 3);
        for _ in 0..2 {
            database.revert().unwrap();
            assert_eq!(database.tables(), before);
        }
    }
    assert_eq!(database.names(VERSIONS_OF_DIESEL), [ORDERS, CUSTOMERS]);
}

fn a_table_that_is_missing_is_not_created_when_it_is_only_checked(database: &dyn Database) {
    database.execute("CREATE TABLE orders (id INTEGER)");
    let refused = database.open(Migrations::Check).unwrap_err().to_string();
    let [table, ..] = tables_of_messages(database);
    assert!(refused.starts_with(&format!("there is no table {table} in the database ")), "{refused}");
    assert!(refused.ends_with(": run its migrations, or open the store with Migrations::Run"), "{refused}");
    assert_eq!(database.tables(), ["orders"]);
}

fn a_table_that_lacks_a_column_is_refused(database: &dyn Database) {
    database.open(Migrations::Run).unwrap();
    let columns = ["level", "message", "html", "tags", "view", "session", "read_at"];
    let folded = ["message_folded", "tags_folded", "view_folded"];
    for column in columns.iter().chain(&folded) {
        create_changed(database, |line| !line.trim_start().starts_with(&format!("{column} ")));
        for migrations in [Migrations::Run, Migrations::Check] {
            assert_lacks(database, migrations, &format!("the column {column}"));
        }
    }
    create_changed(database, |line| !["session ", "read_at "].iter().any(|name| line.trim_start().starts_with(name)));
    assert_lacks(database, Migrations::Check, "the columns session and read_at");
}

fn a_table_of_marks_that_lacks_something_is_refused(database: &dyn Database) {
    database.open(Migrations::Run).unwrap();
    let [_, marks, _] = tables_of_messages(database);
    for (columns, expected) in [
        ("recipient TEXT, name TEXT, PRIMARY KEY (recipient, name)", "the column at"),
        ("recipient TEXT, name TEXT, at BIGINT", "the primary key (recipient, name)"),
    ] {
        database.execute(&format!("DROP TABLE {marks}; CREATE TABLE {marks} ({columns})"));
        for migrations in [Migrations::Run, Migrations::Check] {
            match database.open(migrations).unwrap_err() {
                OpenError::Schema { table, missing, .. } => assert_eq!((table, &*missing), (marks.clone(), expected)),
                other => panic!("{other}"),
            }
        }
    }
    database.execute(&format!("DROP TABLE {marks}"));
    assert!(matches!(database.open(Migrations::Check), Err(OpenError::NoTable { .. })));
}

fn a_table_without_its_key_is_refused(database: &dyn Database) {
    database.open(Migrations::Run).unwrap();
    let [create, _] = creation(database);
    let with_key = |key| create.replace("PRIMARY KEY (recipient, id)", key).replace(" STRICT, WITHOUT ROWID", "");
    for key in ["CHECK (id > 0)", "UNIQUE (recipient, id)", "PRIMARY KEY (id)", "PRIMARY KEY (recipient, id, level)"] {
        database.execute(&format!("DROP TABLE {}; {}", database.table(), with_key(key)));
        assert_lacks(database, Migrations::Check, "the primary key (recipient, id)");
    }
}

fn another_table_of_the_name_is_refused_and_left_as_it_is(database: &dyn Database) {
    database.open(Migrations::Run).unwrap();
    database.revert().unwrap();
    let table = database.table();
    database.execute(&format!("CREATE TABLE {table} (other INTEGER); INSERT INTO {table} VALUES (7)"));
    let everything = "the columns recipient, id, level, message, html, tags, view, session, read_at, message_folded, \
                      tags_folded, view_folded, key, until and extra, and the primary key (recipient, id)";
    for migrations in [Migrations::Run, Migrations::Check] {
        assert_lacks(database, migrations, everything);
    }
    assert_eq!(database.names(&format!("SELECT 'is there' AS name FROM {table} WHERE other = 7")), ["is there"]);
}

fn a_table_without_its_indexes_is_used_and_the_log_says_so(database: &dyn Database) {
    let (log, quiet) = (Log::default(), Log::default());
    quiet.follow_this_thread();
    database.open(Migrations::Run).unwrap();
    assert!(!quiet.text().contains("index"), "{}", quiet.text());

    create_changed(database, |_| true);
    log.follow_this_thread();
    assert_eq!(add_and_count(&database.open(Migrations::Check).unwrap()), 1);
    for index in ["state", "session", "key", "until"] {
        let name = format!("{}_{index}", chosen_name().1);
        assert!(log.text().contains(&format!("index=\"{name}\"")), "{}", log.text());
    }
}

#[test]
fn a_file_that_is_missing_is_not_created_when_it_is_only_checked() {
    let database = Sqlite::new().unwrap();
    let refused = database.open(Migrations::Check).unwrap_err();
    assert!(matches!(refused, OpenError::Database { .. }), "{refused}");
    assert!(!database.file().exists());
}

#[test]
fn a_table_with_partitions_is_complete_on_postgresql() {
    let Some(database) = Postgres::new() else { return };
    database.open(Migrations::Run).unwrap();
    let [create, indexes] = creation(&database);
    let create = create.replace("(recipient, id)\n)", "(recipient, id)\n) PARTITION BY HASH (recipient)");
    let table = database.table();
    database.execute(&format!("DROP TABLE {table}; {create} {indexes}"));
    database.execute(&format!("CREATE TABLE part PARTITION OF {table} FOR VALUES WITH (MODULUS 1, REMAINDER 0)"));
    let log = Log::default();
    log.follow_this_thread();
    assert_eq!(add_and_count(&database.open(Migrations::Check).unwrap()), 1);
    assert!(!log.text().contains("index"), "{}", log.text());
}

#[test]
fn a_database_that_is_not_unicode_is_refused_on_postgresql_before_anything_is_created() {
    let Some(database) = Postgres::new() else { return };
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = format!("actix_messages_{}_{}", encoding.to_lowercase(), process::id());
        let options = format!("ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
        database.execute(&format!("CREATE DATABASE {name} {options}"));
        let (server, _) = database.url().rsplit_once('/').unwrap();
        let url = format!("{server}/{name}");
        for migrations in [Migrations::Run, Migrations::Check] {
            let refused = PostgresOptions::default().connections(1).migrations(migrations).open(&url).unwrap_err();
            assert!(matches!(&refused, OpenError::Encoding { encoding: found, .. } if found == encoding), "{refused}");
            assert!(refused.to_string().ends_with("create the database with ENCODING 'UTF8'"), "{refused}");
        }
        let tables = select(sql::<BigInt>("count(*) FROM pg_tables WHERE schemaname = 'public'"));
        assert_eq!(tables.get_result::<i64>(&mut PgConnection::establish(&url).unwrap()).unwrap(), 0);
        database.execute(&format!("DROP DATABASE {name} WITH (FORCE)"));
    }
}

#[test]
fn who_may_create_nothing_can_open_what_is_there_on_postgresql() {
    let Some(database) = Postgres::new() else { return };
    let reader = format!("{}?options=-c%20role%3Dpg_read_all_data", database.url());
    let open = |migrations| PostgresOptions::default().connections(1).migrations(migrations).open(&reader);
    assert!(matches!(open(Migrations::Run), Err(OpenError::Migration { .. })));
    assert!(matches!(open(Migrations::Check), Err(OpenError::NoTable { .. })));
    add_and_count(&database.open(Migrations::Run).unwrap());
    for migrations in [Migrations::Run, Migrations::Check] {
        assert_eq!(count(&open(migrations).unwrap()), 1);
    }
}

// Helpers.

const VERSIONS_OF_DIESEL: &str = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version";

/// Returns the names of the tables of messages, marks and versions, without quotes.
fn tables_of_messages(database: &dyn Database) -> [String; 3] {
    let table = database.table().replace('"', "");
    [table.clone(), format!("{table}_marks"), format!("{table}_migrations")]
}

/// Returns the SQL that creates the table of messages, and the SQL of its indexes.
fn creation(database: &dyn Database) -> [String; 2] {
    let up = database.migrations().remove(0).up;
    // The last table is that of the marks.
    let (indexes, marks) = (up.find("CREATE INDEX").unwrap(), up.rfind("CREATE TABLE").unwrap());
    [up[..indexes].to_owned(), up[indexes..marks].to_owned()]
}

/// Drops the table and creates it again without indexes, from the lines that pass.
fn create_changed(database: &dyn Database, passes: impl Fn(&str) -> bool) {
    let [create, _] = creation(database);
    let lines = create.lines().filter(|line| passes(line)).collect::<Vec<_>>();
    database.execute(&format!("DROP TABLE {}; {}", database.table(), lines.join("\n")));
}

#[track_caller]
fn assert_lacks(database: &dyn Database, migrations: Migrations, expected: &str) {
    let refused = database.open(migrations).unwrap_err();
    let [table, ..] = tables_of_messages(database);
    assert!(refused.to_string().starts_with(&format!("the table {table} in the database ")), "{refused}");
    match refused {
        OpenError::Schema { missing, .. } => assert_eq!(missing, expected),
        other => panic!("{other}"),
    }
}

fn add_and_count(store: &DieselStore) -> u64 {
    let message = NewMessage::new(Level::INFO, "hello").check().unwrap();
    System::new().block_on(store.insert(Insertion::new([of()], vec![message]), &Clock::default())).unwrap();
    count(store)
}

fn count(store: &DieselStore) -> u64 {
    System::new().block_on(store.summarize(&of(), &MessageFilter::default())).unwrap().count()
}

fn of() -> Recipient {
    Recipient::user("alice").unwrap()
}
