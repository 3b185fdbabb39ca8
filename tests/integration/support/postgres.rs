//! A PostgreSQL database for this run of the tests.

use std::{
    env,
    io::{self, Write},
    sync::OnceLock,
};

use diesel::{Connection, PgConnection, QueryDsl, RunQueryDsl, connection::SimpleConnection};

diesel::table! {
    pg_database (datname) {
        datname -> Text,
    }
}

const PREFIX: &str = "actix_messages_test_";

/// The URL of an empty database that this run has to itself, on the server that `POSTGRES_URL` names.
///
/// Where there is no server, `None`, and it is said loudly; but in continuous integration it is a failure.
pub(crate) fn postgres() -> Option<&'static str> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    URL.get_or_init(|| {
        let server = env::var("POSTGRES_URL").unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".into());
        match PgConnection::establish(&server) {
            Ok(connection) => Some(create(connection, &server)),
            Err(error) => {
                let how = format!(
                    "NOT TESTED: these tests need a PostgreSQL server, and {server} does not answer: {error}. Start one, \
                     or say where it is: POSTGRES_URL=postgres://user:password@host/database"
                );
                assert!(env::var_os("CI").is_none(), "{how}");
                // Past the harness, which keeps what a test that passes prints to itself.
                let _ = writeln!(io::stderr(), "{how}");
                None
            }
        }
    })
    .as_deref()
}

/// Drops the databases of earlier runs that nobody uses any more, and creates one.
fn create(mut connection: PgConnection, server: &str) -> String {
    let databases = pg_database::table.select(pg_database::datname).load::<String>(&mut connection).unwrap();
    for old in databases.iter().filter(|name| name.starts_with(PREFIX)) {
        // One that is in use is another run's.
        let _ = connection.batch_execute(&format!("DROP DATABASE IF EXISTS {old}"));
    }
    let name = format!("{PREFIX}{}", std::process::id());
    connection.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    let (address, _) = server.rsplit_once('/').unwrap();
    format!("{address}/{name}")
}
