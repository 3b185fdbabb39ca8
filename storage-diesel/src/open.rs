//! A URL or a path -> the store on that kind of database.

use std::path::Path;

use crate::{DieselStore, OpenError};

impl DieselStore {
    /// Opens a database with the default options, and creates the table of messages where it is missing: a PostgreSQL
    /// database where it is named by a URL (`postgres://user@host/name`, with the feature `postgres`), and otherwise
    /// an SQLite file at this path (with the feature `sqlite`), or one in memory (`:memory:`).
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the database can't be reached, or its table of messages can't be created or lacks something.
    pub fn open(database: impl AsRef<Path>) -> Result<Self, OpenError> {
        let database = database.as_ref();
        let url =
            database.to_str().filter(|text| ["postgres://", "postgresql://"].iter().any(|it| text.starts_with(it)));
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
