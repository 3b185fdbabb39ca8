//! Runs, lists and reverts the migrations of the table of messages.

use diesel::{Connection as _, QueryResult, connection::SimpleConnection};

use super::{
    Connection, DIALECT, ThisDatabase,
    check_table::{check, select_names, table_exists},
    table::{MESSAGES, VERSIONS},
};
use crate::{
    database::{Database, MigrationSql},
    error::Cause,
    migrations::{Migration, Migrations},
};

/// Returns the migrations in order, with the name of the table in this build.
///
/// They are for an application that runs them among its own migrations, and opens the store with [`Migrations::Check`].
#[must_use]
pub fn migrations() -> Vec<Migration> {
    let named = |&MigrationSql { version, up, down }: &MigrationSql| Migration {
        version,
        up: MESSAGES.put_into(up),
        down: MESSAGES.put_into(down),
    };
    DIALECT.migrations.iter().map(named).collect()
}

/// Reverts [`Migrations::Run`]: drops the table of messages with its messages and indexes, and the table of versions.
/// It does not affect the application's own migrations, nor copies of these migrations among them. A schema that
/// `Run` has created on PostgreSQL stays, because it may have other tables by now: `DROP SCHEMA` removes it.
///
/// The function blocks the thread, and runs in one transaction.
///
/// # Errors
///
/// Returns the error of the database. In that case, nothing is reverted.
pub fn revert(connection: &mut Connection) -> QueryResult<()> {
    ThisDatabase::in_exclusive_transaction(connection, |connection| {
        if !table_exists(connection, VERSIONS)? {
            return Ok(());
        }
        if table_exists(connection, MESSAGES)? {
            let recorded = recorded_versions(connection)?;
            for migration in migrations().iter().rev().filter(|it| recorded.iter().any(|one| one == it.version)) {
                connection.batch_execute(&migration.down)?;
            }
        }
        connection.batch_execute(&VERSIONS.put_into("DROP TABLE \"actix_messages\""))
    })
}

/// Runs the migrations if the store does that, and always checks the table. Everything happens in one transaction,
/// since a pooler keeps a transaction on one connection.
pub(crate) fn prepare(connection: &mut Connection, migrations: Migrations) -> Result<(), Cause> {
    ThisDatabase::check_encoding(connection)?;
    match migrations {
        Migrations::Run => ThisDatabase::in_exclusive_transaction(connection, |connection| {
            run(connection)?;
            check(connection)
        }),
        Migrations::Check => connection.transaction(check),
    }
}

/// Runs the migrations that have not run yet. If all have run, it only reads, and needs no right to create tables.
fn run(connection: &mut Connection) -> QueryResult<()> {
    let [is_created, is_recorded] = [table_exists(connection, MESSAGES)?, table_exists(connection, VERSIONS)?];
    match (is_created, is_recorded) {
        (true, true) => {}
        // A migration of the application created the table.
        (true, false) => return Ok(()),
        // The table was dropped, so the marks have lost their meaning.
        (false, true) => {
            connection.batch_execute(&MESSAGES.put_into("DROP TABLE IF EXISTS \"actix_messages_marks\""))?;
            connection.batch_execute(&VERSIONS.put_into("DELETE FROM \"actix_messages\""))?;
        }
        (false, false) => ThisDatabase::create_table_of_versions(connection)?,
    }
    let recorded = recorded_versions(connection)?;
    for Migration { version, up, .. } in migrations().iter().filter(|it| !recorded.iter().any(|one| one == it.version))
    {
        connection.batch_execute(up)?;
        let record = VERSIONS.put_into("INSERT INTO \"actix_messages\" (version)");
        connection.batch_execute(&format!("{record} VALUES ('{version}')"))?;
    }
    Ok(())
}

fn recorded_versions(connection: &mut Connection) -> QueryResult<Vec<String>> {
    select_names(connection, VERSIONS, "SELECT version AS name FROM \"actix_messages\"")
}
