//! A database -> the same with the table of messages, whose migrations the store or the application runs.

use diesel::{Connection as _, QueryResult, connection::SimpleConnection};

use super::{
    Connection, DIALECT, ThisDatabase,
    check_table::{check, exists, names},
    table::{MESSAGES, VERSIONS},
};
use crate::{
    database::{Database, MigrationSql},
    error::Cause,
    migrations::{Migration, Migrations},
};

/// Returns the migrations in their order, with the name that the table has in this build: for an application that runs them
/// among its own, and opens the store with [`Migrations::Check`].
#[must_use]
pub fn migrations() -> Vec<Migration> {
    let named = |&MigrationSql { version, up, down }: &MigrationSql| Migration {
        version,
        up: MESSAGES.put_into(up),
        down: MESSAGES.put_into(down),
    };
    DIALECT.migrations.iter().map(named).collect()
}

/// Reverts [`Migrations::Run`]: deletes the messages, with their table, its indexes and the table of versions. The migrations of
/// the application, and copies of these among them, stay as they are.
///
/// It blocks the thread, and runs in one transaction.
///
/// # Errors
///
/// The error of the database. Then nothing was reverted.
pub fn revert(connection: &mut Connection) -> QueryResult<()> {
    ThisDatabase::in_exclusive_transaction(connection, |connection| {
        if !exists(connection, VERSIONS)? {
            return Ok(());
        }
        if exists(connection, MESSAGES)? {
            let recorded = recorded(connection)?;
            for migration in migrations().iter().rev().filter(|it| recorded.iter().any(|one| one == it.version)) {
                connection.batch_execute(&migration.down)?;
            }
        }
        connection.batch_execute(&VERSIONS.put_into("DROP TABLE \"actix_messages\""))
    })
}

/// Creates the table if the store does that, and checks it in any case: in one transaction, which a pooler leaves on one
/// connection.
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

/// Runs the migrations that have not run. If there are none, it only reads, and needs no right to create anything.
fn run(connection: &mut Connection) -> QueryResult<()> {
    let [is_created, is_recorded] = [exists(connection, MESSAGES)?, exists(connection, VERSIONS)?];
    match (is_created, is_recorded) {
        (true, true) => {}
        // A migration of the application created it.
        (true, false) => return Ok(()),
        // The table was dropped. Positions in it mean nothing any more.
        (false, true) => {
            connection.batch_execute(&MESSAGES.put_into("DROP TABLE IF EXISTS \"actix_messages_marks\""))?;
            connection.batch_execute(&VERSIONS.put_into("DELETE FROM \"actix_messages\""))?;
        }
        (false, false) => ThisDatabase::create_table_of_versions(connection)?,
    }
    let recorded = recorded(connection)?;
    for Migration { version, up, .. } in migrations().iter().filter(|it| !recorded.iter().any(|one| one == it.version))
    {
        connection.batch_execute(up)?;
        let record = VERSIONS.put_into("INSERT INTO \"actix_messages\" (version)");
        connection.batch_execute(&format!("{record} VALUES ('{version}')"))?;
    }
    Ok(())
}

fn recorded(connection: &mut Connection) -> QueryResult<Vec<String>> {
    names(connection, VERSIONS, "SELECT version AS name FROM \"actix_messages\"")
}
