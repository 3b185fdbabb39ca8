//! Runs all laws on a table that is spread over partitions or machines, also in a database that you name.
//!
//! ```sh
//! CONFORMANCE_URL=postgres://app@cluster/messages CONFORMANCE_DDL=distribute.sql \
//!     cargo test -p actix-messages-tests --test integration postgres::cluster
//! ```
//!
//! `CONFORMANCE_URL` names an existing database that speaks PostgreSQL's protocol. `CONFORMANCE_DDL` is a file of SQL.
//! Each run applies it once, after the store has created its tables and before the first test. So it must change
//! nothing if an earlier run has applied it, as in `tests/data/hash-partitions.sql`. A relative path starts at the root
//! of the workspace. Without this file, the database is tested as it is.
//!
//! Without `CONFORMANCE_URL`, the tests create a new database on the server of `POSTGRES_URL`. Without both variables,
//! the table in it has 16 hash partitions.
//!
//! Each run uses new recipients. Their messages and marks stay in the database, except messages for thousands of
//! recipients.

use std::{env, fs, path::Path, sync::OnceLock};

use super::database::Database;
use crate::support::another_postgres;

pub(super) const HASH_PARTITIONS: &str = include_str!("../../data/hash-partitions.sql");

fn database() -> Option<Database> {
    static URL: OnceLock<Option<String>> = OnceLock::new();
    let url = URL.get_or_init(|| {
        let [url, file] = ["CONFORMANCE_URL", "CONFORMANCE_DDL"].map(|name| env::var(name).ok());
        let ddl = file.map(|file| {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
            fs::read_to_string(root.join(&file)).unwrap_or_else(|error| panic!("CONFORMANCE_DDL={file}: {error}"))
        });
        let ddl = ddl.or_else(|| url.is_none().then(|| HASH_PARTITIONS.to_owned()));
        let url = url.or_else(|| another_postgres("cluster"))?;
        let database = Database::at(url.clone());
        drop(database.open(1));
        if let Some(ddl) = ddl {
            database.run(&ddl);
        }
        Some(url)
    });
    url.clone().map(Database::at)
}

super::database::database_tests!(database);
