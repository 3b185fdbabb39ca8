//! A database -> one that has the table of messages, by migrations that were run here or by the application.

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

/// The migrations in their order, with the name that the table has in this build: for an application that runs them
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

/// Takes back what [`Migrations::Run`] did: the messages are gone, with their table, its indexes and the table of
/// versions. What the application's migrations did is left as it is, a copy of these among them.
///
/// It blocks the thread, and is a transaction of its own.
///
/// # Errors
///
/// What the database said; then nothing was taken back.
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

/// Creates the table where that is to be done here, and in any case looks at it: in one transaction, which a pooler
/// leaves on one connection.
pub(crate) fn prepare(connection: &mut Connection, migrations: Migrations) -> Result<(), Cause> {
    match migrations {
        Migrations::Run => ThisDatabase::in_exclusive_transaction(connection, |connection| {
            run(connection)?;
            check(connection)
        }),
        Migrations::Check => connection.transaction(check),
    }
}

/// Runs what has not run. Where that is nothing, it only reads, and needs no right to create anything.
fn run(connection: &mut Connection) -> QueryResult<()> {
    let [is_created, is_recorded] = [exists(connection, MESSAGES)?, exists(connection, VERSIONS)?];
    match (is_created, is_recorded) {
        (true, true) => {}
        // The application's own migrations created it.
        (true, false) => return Ok(()),
        // Somebody dropped the table.
        (false, true) => connection.batch_execute(&VERSIONS.put_into("DELETE FROM \"actix_messages\""))?,
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
