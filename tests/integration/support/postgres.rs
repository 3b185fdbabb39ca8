//! Creates databases on a PostgreSQL server. Only this run of the tests uses them.

use std::{
    env,
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

use diesel::{Connection, PgConnection, QueryDsl, RunQueryDsl, connection::SimpleConnection};

use super::not_tested;

diesel::table! {
    pg_database (datname) {
        datname -> Text,
    }
}

const PREFIX: &str = "actix_messages_test_";

/// Returns the URL of an empty database that the tests of this run share, on the server of `POSTGRES_URL`.
///
/// If no server answers, prints a warning and returns `None`. In continuous integration, panics instead.
pub(crate) fn postgres() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| {
        let server = env::var("POSTGRES_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        match PgConnection::establish(&server) {
            Ok(mut connection) => {
                drop_unused(&mut connection);
                let (address, _) = server.rsplit_once('/').unwrap();
                Some(create(&mut connection, format!("{address}/{PREFIX}{}_{}", seconds(), std::process::id())))
            }
            Err(error) => {
                not_tested(&format!(
                    "these tests need a PostgreSQL server, and {server} does not answer: {error}. Start \
                     one for the tests, `.ci/with-postgres cargo test --workspace`, or name one: \
                     POSTGRES_URL=postgres://user:password@host/database"
                ));
                None
            }
        }
    })
    .as_deref()
}

/// Creates another empty database for one test, and returns its URL. The name of the database ends with `name`.
pub(crate) fn another_postgres(name: &str) -> Option<String> {
    let shared = postgres()?;
    Some(create(&mut PgConnection::establish(shared).unwrap(), format!("{shared}_{name}")))
}

/// Drops the databases of runs that began more than an hour ago. Newer runs may still be active.
fn drop_unused(connection: &mut PgConnection) {
    let databases = pg_database::table.select(pg_database::datname).load::<String>(connection).unwrap();
    for name in &databases {
        let Some((began, _)) = name.strip_prefix(PREFIX).and_then(|name| name.split_once('_')) else { continue };
        if began.parse::<u64>().is_ok_and(|began| began + 3600 < seconds()) {
            let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {name}"));
        }
    }
}

/// Returns the seconds since the Unix epoch.
fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn create(connection: &mut PgConnection, url: String) -> String {
    let (_, name) = url.rsplit_once('/').unwrap();
    connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    // These tests do not simulate a loss of power, and waiting for the disk would take much of the time.
    connection.batch_execute(&format!("ALTER DATABASE {name} SET synchronous_commit = off")).unwrap();
    url
}
