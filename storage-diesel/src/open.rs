//! A URL or a path -> the store on that kind of database.

use std::path::Path;

use crate::{address::is_of_postgres, error::OpenError, store::DieselStore};

impl DieselStore {
    /// Opens a database with the default options, and creates the table of messages if it is missing.
    ///
    /// A URL (`postgres://user@host/name`) and settings as libpq knows them (`host=localhost dbname=name`) name a PostgreSQL
    /// database, with the feature `postgres`. Anything else is the path of an SQLite file, with the feature `sqlite`, or
    /// `:memory:` for a database in memory.
    ///
    /// # Errors
    ///
    /// [`OpenError`] if the database can't be reached, or its table of messages can't be created or lacks something.
    pub fn open(database: impl AsRef<Path>) -> Result<Self, OpenError> {
        let database = database.as_ref();
        let url = database.to_str().filter(|text| is_of_postgres(text));
        match url {
            #[cfg(feature = "postgres")]
            Some(url) => crate::postgres::PostgresOptions::default().open(url),
            #[cfg(not(feature = "postgres"))]
            Some(_) => Err(OpenError::Unsupported { kind: "PostgreSQL", feature: "postgres" }),
            #[cfg(feature = "sqlite")]
            None => crate::sqlite::SqliteOptions::default().open(database),
            #[cfg(not(feature = "sqlite"))]
            None => Err(OpenError::Unsupported { kind: "SQLite", feature: "sqlite" }),
        }
    }
}
