//! Migrations beside those of the application, in one file.

use actix_messages_diesel::DieselStore;
use diesel::{
    RunQueryDsl, connection::SimpleConnection, migration::MigrationConnection, sql_query, sql_types::Text,
    sqlite::SqliteConnection,
};

use super::{add_and_count, connect, file_in, on_one_thread, texts};

#[test]
fn the_versions_of_the_migrations_are_unmistakable() {
    let folder = tempfile::tempdir().unwrap();
    DieselStore::open(file_in(&folder)).unwrap();
    let versions = versions(&mut connect(&file_in(&folder)));
    assert!(!versions.is_empty());
    assert!(versions.iter().all(|version| version.starts_with("actixmessages")), "{versions:?}");
}

#[test]
fn the_migrations_of_the_application_go_on_in_the_same_file() {
    let orders = ("20250101000000", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    let invoices = ("20250601000000", "CREATE TABLE invoices (id INTEGER PRIMARY KEY)");
    let folder = tempfile::tempdir().unwrap();
    let mut application = connect(&file_in(&folder));
    assert_eq!(migrate(&mut application, &[orders]), ["20250101000000"]);

    let store = DieselStore::open(file_in(&folder)).unwrap();
    assert_eq!(on_one_thread(add_and_count(&store)), 1);

    assert_eq!(migrate(&mut application, &[orders, invoices]), ["20250601000000"]);
    assert_eq!(migrate(&mut application, &[orders, invoices]), [""; 0]);
    application.batch_execute("INSERT INTO orders VALUES (1); INSERT INTO invoices VALUES (1)").unwrap();

    let again = DieselStore::open(file_in(&folder)).unwrap();
    assert_eq!(on_one_thread(add_and_count(&again)), 2);
}

#[test]
fn the_application_can_begin_its_migrations_after_those_of_messages() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    let mut application = connect(&file_in(&folder));
    let orders = ("00000000000001", "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    assert_eq!(migrate(&mut application, &[orders]), ["00000000000001"]);
    application.batch_execute("INSERT INTO orders VALUES (1)").unwrap();
    assert_eq!(on_one_thread(add_and_count(&store)), 1);
}

/// Runs those of the application's migrations that were not run yet, as Diesel does, and returns their versions.
fn migrate<'a>(database: &mut SqliteConnection, migrations: &[(&'a str, &str)]) -> Vec<&'a str> {
    MigrationConnection::setup(database).unwrap();
    let applied = versions(database);
    let pending = migrations.iter().filter(|(version, _)| !applied.iter().any(|applied| applied == version));
    let run = pending.map(|(version, sql)| {
        database.batch_execute(sql).unwrap();
        let record = sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES (?)");
        record.bind::<Text, _>(*version).execute(database).unwrap();
        *version
    });
    run.collect()
}

fn versions(database: &mut SqliteConnection) -> Vec<String> {
    texts(database, "SELECT version AS text FROM __diesel_schema_migrations")
}
