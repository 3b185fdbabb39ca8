//! Compares the table that an application expects with the table that the build chose.

use std::path::Path;

use actix_messages_diesel::{DieselStore, OpenError, PostgresOptions, SqliteOptions, postgres, sqlite};

use super::databases::{Database, Postgres, Sqlite, chosen_name};
use crate::support::Log;

/// Returns the table's name, with its schema if it has one.
fn whole_name() -> String {
    let (schema, table) = chosen_name();
    schema.map_or(table.to_owned(), |schema| format!("{schema}.{table}"))
}

#[test]
fn the_name_of_this_build_can_be_asked() {
    assert_eq!((sqlite::TABLE, postgres::TABLE), (chosen_name().1, &*whole_name()));
}

#[track_caller]
fn is_refused(opened: Result<DieselStore, OpenError>, this: &str, other: &str) {
    let refused = opened.unwrap_err();
    let expected = format!("this build stores messages in the table {this}, but the application expects {other}: ");
    assert!(refused.to_string().starts_with(&expected), "{refused}");
    assert!(refused.to_string().contains(&format!("ACTIX_MESSAGES_TABLE={other} ")), "{refused}");
    assert!(matches!(refused, OpenError::OtherTable { table, expected } if table == this && expected == other));
}

#[test]
fn another_table_than_the_expected_one_is_refused_on_sqlite_before_a_file_is_created() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.sqlite");
    for path in [&*file, Path::new(":memory:")] {
        is_refused(SqliteOptions::default().table("orders").open(path), sqlite::TABLE, "orders");
        assert!(!file.exists());
    }
    for expected in [sqlite::TABLE.to_owned(), whole_name(), format!("other.{}", sqlite::TABLE)] {
        SqliteOptions::default().table(expected).open(&file).unwrap();
    }
}

#[test]
fn another_table_than_the_expected_one_is_refused_on_postgresql_before_anything_is_created() {
    let Some(database) = Postgres::new() else { return };
    for other in ["orders", "other.actix_messages", "shop_messages"] {
        is_refused(PostgresOptions::default().table(other).open(database.url()), postgres::TABLE, other);
        assert_eq!(database.tables(), [""; 0]);
    }
    PostgresOptions::default().table(whole_name()).open(database.url()).unwrap();
}

#[test]
fn the_log_says_which_table_of_which_database_it_is() {
    let log = Log::default();
    log.follow_this_thread();
    let database = Sqlite::new().unwrap();
    SqliteOptions::default().open(database.file()).unwrap();
    let file = database.file().display().to_string();
    has_line(&log, sqlite::TABLE, &file);
    let Some(database) = Postgres::new() else { return };
    PostgresOptions::default().open(database.url()).unwrap();
    has_line(&log, postgres::TABLE, database.url());
}

#[track_caller]
fn has_line(log: &Log, table: &str, database: &str) {
    let line = format!("messages are stored in this table table={table} database=\"{database}\"");
    assert!(log.text().lines().any(|it| it.contains(" INFO ") && it.contains(&line)), "{line}: {}", log.text());
}
