//! The store, whichever database it is on.

use std::{ops::Deref, path::Path, sync::Arc};

use actix_messages::MessageStore;

use crate::OpenError;

/// Messages in a database, through Diesel and a pool of connections. Cloning it clones the handle, not the data.
///
/// Statements run on the blocking threads of the Tokio runtime that it is used in, which Actix is; a connection is
/// waited for there too, for a bounded time.
#[derive(Debug, Clone)]
pub struct DieselStore(Arc<dyn MessageStore>);

impl DieselStore {
    pub(crate) fn new(store: impl MessageStore) -> Self {
        Self(Arc::new(store))
    }

    /// Opens a database with the default options, and creates the tables where they are missing: a PostgreSQL
    /// database where it is named by a URL (`postgres://user@host/name`, with the feature `postgres`), and otherwise
    /// an SQLite file at this path (with the feature `sqlite`), or one in memory (`:memory:`).
    ///
    /// # Errors
    ///
    /// [`OpenError`] where the database can't be reached, or its tables can't be created.
    pub fn open(database: impl AsRef<Path>) -> Result<Self, OpenError> {
        let database = database.as_ref();
        let url =
            database.to_str().filter(|text| ["postgres://", "postgresql://"].iter().any(|it| text.starts_with(it)));
        match url {
            #[cfg(feature = "postgres")]
            Some(url) => crate::postgres::PostgresOptions::default().open(url),
            #[cfg(not(feature = "postgres"))]
            Some(_) => Err(OpenError::unsupported("PostgreSQL", "postgres")),
            #[cfg(feature = "sqlite")]
            None => crate::sqlite::SqliteOptions::default().open(database),
            #[cfg(not(feature = "sqlite"))]
            None => Err(OpenError::unsupported("SQLite", "sqlite")),
        }
    }
}

/// It is used as the store that it holds.
impl Deref for DieselStore {
    type Target = dyn MessageStore;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}
