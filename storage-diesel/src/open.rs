//! Opens a store by a URL or a path.

use std::path::Path;

use crate::{address::is_of_postgres, error::OpenError, store::DieselStore};

impl DieselStore {
    /// Opens a database with the default options, and creates the table of messages if it is missing.
    ///
    /// With the feature `postgres`, a URL (`postgres://user@host/name`) or a libpq connection string such as
    /// `host=localhost dbname=name` opens a PostgreSQL database. With the feature `sqlite`, any other text is the path
    /// of an SQLite file, or `:memory:` for a database in memory.
    ///
    /// # Errors
    ///
    /// Returns [`OpenError`] if the database can't be reached, if the table of messages can't be created or lacks a
    /// column or key, or if the feature for this database is disabled.
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
