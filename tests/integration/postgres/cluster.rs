//! A table that is spread, over partitions or over machines: all the laws, on one of your own too.
//!
//! ```sh
//! CONFORMANCE_URL=postgres://app@cluster/messages CONFORMANCE_DDL=distribute.sql \
//!     cargo test -p actix-messages-tests --test integration postgres::cluster
//! ```
//!
//! `CONFORMANCE_URL` names a database that exists and that speaks PostgreSQL's protocol. `CONFORMANCE_DDL` is a file of
//! SQL, applied once in each run, when the store has created its tables and before anything is tested; so it is to change
//! nothing where an earlier run has applied it, as `tests/data/hash-partitions.sql` does. A relative path is one from the
//! root of the workspace. Without it, the database is tested as it is.
//!
//! Without `CONFORMANCE_URL` the database is a new one on the server of `POSTGRES_URL`; and without both, its table is in
//! 16 hash partitions.
//!
//! Recipients are new in each run. What they had is left in the database, but for the messages to thousands.

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
