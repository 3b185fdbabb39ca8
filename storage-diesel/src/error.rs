//! What can go wrong in a database -> what a caller can do about it.

use std::error::Error;

use actix_messages::StoreError;
use diesel::{
    r2d2,
    result::{DatabaseErrorKind, Error as DieselError},
};

const STORE: &str = "Diesel";

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database can't be opened: the folder is missing or can't be written, the file is no database, or the server
    /// can't be reached.
    #[error("the database {database} can't be opened")]
    Database {
        /// Where it was looked for, without any password.
        database: String,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The tables could not be created or brought up to date.
    #[error("the tables of messages can't be created in {database}")]
    Migration {
        /// Where they should be, without any password.
        database: String,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
    /// This kind of database needs a feature that is off.
    #[error("{kind} needs the feature `{feature}` of actix-messages-diesel")]
    Unsupported {
        /// What kind of database.
        kind: &'static str,
        /// Which feature.
        feature: &'static str,
    },
}

/// Why a database could not be opened, before it is said which.
pub(crate) enum Cause {
    Database(Box<dyn Error + Send + Sync>),
    Migration(Box<dyn Error + Send + Sync>),
}

impl Cause {
    pub(crate) fn database(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Database(source.into())
    }

    pub(crate) fn at(self, database: String) -> OpenError {
        match self {
            Self::Database(source) => OpenError::Database { database, source },
            Self::Migration(source) => OpenError::Migration { database, source },
        }
    }
}

/// A failed transaction of migrations is a failed migration.
impl From<DieselError> for Cause {
    fn from(error: DieselError) -> Self {
        Self::Migration(error.into())
    }
}

/// A failure on the way to an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the query failed")]
    Query(#[from] DieselError),
    #[error("no connection was free in time")]
    Pool(#[from] r2d2::PoolError),
    #[error("a stored row can't be read: {0}")]
    Row(String),
    #[error("the blocking task did not finish")]
    Task(#[from] tokio::task::JoinError),
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let is_temporary = match &failure {
            Failure::Pool(_) => true,
            Failure::Query(error) => is_temporary(error),
            Failure::Row(_) | Failure::Task(_) => false,
        };
        let source = Box::new(failure);
        if is_temporary { Self::Unavailable { store: STORE, source } } else { Self::Failed { store: STORE, source } }
    }
}

/// Whether the same statement may succeed a moment later. SQLite has no kind of its own for a database that is
/// locked, full or can't be written; Diesel hands its words through.
pub(crate) fn is_temporary(error: &DieselError) -> bool {
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand, _) => {
            true
        }
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => true,
        DieselError::DatabaseError(DatabaseErrorKind::Unknown, information) => {
            ["database is locked", "database table is locked", "disk is full", "readonly database", "disk I/O error"]
                .iter()
                .any(|words| information.message().contains(words))
        }
        _ => false,
    }
}
