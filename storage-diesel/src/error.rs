//! Failures of a database -> errors that say whether to try again.

use std::error::Error;
#[cfg(feature = "sqlite")]
use std::sync::Arc;

use actix_messages::{error::InvalidMessage, store::StoreError};
use diesel::{
    r2d2,
    result::{DatabaseErrorKind, Error as DieselError},
};

const STORE: &str = "Diesel";

/// The reason why a store could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The database can't be opened: the folder is missing or can't be written, the file is no database, or the server
    /// can't be reached.
    #[error("the database {database} can't be opened")]
    Database {
        /// The address of the database, without any password.
        database: String,
        /// The error of the database.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The table could not be created, brought up to date, or checked.
    #[error("the table of messages in the database {database} can't be created or checked")]
    Migration {
        /// The address of the database, without any password.
        database: String,
        /// The error of the database.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The table of messages is missing, and only the application creates it.
    #[error(
        "there is no table {table} in the database {database}: run its migrations, or open the store with \
         Migrations::Run"
    )]
    NoTable {
        /// Its name in this build.
        table: String,
        /// The address of the database, without any password.
        database: String,
    },
    /// The table of messages lacks a part that the statements need, and only the application may change it.
    #[error(
        "the table {table} in the database {database} lacks {missing}: either some of its migrations did not run, or \
         it is another table of that name"
    )]
    Schema {
        /// Its name in this build.
        table: String,
        /// The address of the database, without any password.
        database: String,
        /// The columns, and the key, in words.
        missing: String,
    },
    /// The database has another encoding than UTF-8, so it can't hold every text. Nothing was created.
    #[error(
        "the database {database} has the encoding {encoding}, and messages need UTF8: create the database with ENCODING 'UTF8'"
    )]
    Encoding {
        /// The address of the database, without any password.
        database: String,
        /// The name that PostgreSQL has for the encoding.
        encoding: String,
    },
    /// The build chose another table than the application expects. Nothing was created.
    #[error(
        "messages are stored in the table {table} by this build, but the table {expected} is expected: build it with \
         ACTIX_MESSAGES_TABLE={expected} (Cargo reads `.cargo/config.toml` in the folder that it is run in and in those \
         above, and not in that of the manifest)"
    )]
    OtherTable {
        /// Its name in this build.
        table: String,
        /// The name that the options expect.
        expected: String,
    },
    /// This kind of database needs a feature that is off.
    #[error("{kind} needs the feature `{feature}` of actix-messages-diesel")]
    Unsupported {
        /// The kind of database.
        kind: &'static str,
        /// The name of the feature.
        feature: &'static str,
    },
}

/// For a `main` that returns [`std::io::Result`].
impl From<OpenError> for std::io::Error {
    fn from(error: OpenError) -> Self {
        Self::other(error)
    }
}

/// The reason why a database could not be opened, without its address.
pub(crate) enum Cause {
    Database(Box<dyn Error + Send + Sync>),
    Migration(DieselError),
    NoTable(String),
    Schema {
        table: String,
        missing: String,
    },
    #[cfg(feature = "postgres")]
    Encoding(String),
    OtherTable {
        table: String,
        expected: String,
    },
}

impl Cause {
    pub(crate) fn database(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Database(source.into())
    }

    pub(crate) fn at(self, database: String) -> OpenError {
        match self {
            Self::Database(source) => OpenError::Database { database, source },
            Self::Migration(source) => OpenError::Migration { database, source: source.into() },
            Self::NoTable(table) => OpenError::NoTable { table, database },
            Self::Schema { table, missing } => OpenError::Schema { table, database, missing },
            #[cfg(feature = "postgres")]
            Self::Encoding(encoding) => OpenError::Encoding { database, encoding },
            Self::OtherTable { table, expected } => OpenError::OtherTable { table, expected },
        }
    }
}

/// A failed transaction of migrations is a failed migration.
impl From<DieselError> for Cause {
    fn from(error: DieselError) -> Self {
        Self::Migration(error)
    }
}

/// A failure on the way to an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the query failed")]
    Query(#[from] DieselError),
    #[error("no connection was free in time")]
    Pool(#[from] r2d2::PoolError),
    #[error("the database can't be connected to")]
    Connect(#[from] diesel::ConnectionError),
    #[error("no connection was free in time")]
    Busy,
    #[error("too much is asked of one mailbox at once")]
    Crowded,
    #[error("the database did not answer in time, and may still do what it was asked")]
    Silent,
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Group(#[from] GroupFailure),
    #[error("a stored row can't be read: {0}")]
    Row(String),
    #[cfg(feature = "postgres")]
    #[error("another transaction holds one of the locks that a message for many needs")]
    LockTimeout(#[source] DieselError),
    #[error("the work panicked: {0}")]
    Panicked(String),
    #[error("nobody answered")]
    Unanswered,
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

impl Failure {
    /// Returns the limit that the change breaks, if that is why it failed.
    fn broken_limit(&self) -> Option<InvalidMessage> {
        match self {
            Self::Invalid(invalid) => Some(*invalid),
            #[cfg(feature = "sqlite")]
            Self::Group(GroupFailure::OfAll(failure)) => failure.broken_limit(),
            _ => None,
        }
    }

    fn is_temporary(&self) -> bool {
        match self {
            Self::Pool(_) | Self::Connect(_) | Self::Busy | Self::Crowded | Self::Silent => true,
            Self::Query(error) => is_temporary(error),
            #[cfg(feature = "sqlite")]
            Self::Group(failure) => failure.is_temporary(),
            #[cfg(feature = "postgres")]
            Self::LockTimeout(_) => true,
            Self::Row(_) | Self::Panicked(_) | Self::Unanswered | Self::Invalid(_) => false,
        }
    }
}

/// A failure while a write waits for its turn, or for the commit that it shares.
#[cfg(feature = "sqlite")]
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupFailure {
    #[error("its turn to write did not come in time")]
    Late,
    #[error(transparent)]
    OfAll(Arc<Failure>),
}

#[cfg(feature = "sqlite")]
impl GroupFailure {
    fn is_temporary(&self) -> bool {
        match self {
            Self::Late => true,
            Self::OfAll(failure) => failure.is_temporary(),
        }
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        if let Some(invalid) = failure.broken_limit() {
            return Self::Invalid(invalid);
        }
        let is_temporary = failure.is_temporary();
        let source = Box::new(failure);
        if is_temporary { Self::Unavailable { store: STORE, source } } else { Self::Failed { store: STORE, source } }
    }
}

/// Returns whether the same statement may succeed a moment later. For a database that is locked, full or can't be written, and
/// for a statement that was cancelled, Diesel has no kind of error, and hands the message through.
pub(crate) fn is_temporary(error: &DieselError) -> bool {
    use DatabaseErrorKind::{
        ClosedConnection, ReadOnlyTransaction, SerializationFailure, UnableToSendCommand, Unknown,
    };
    match error {
        DieselError::BrokenTransactionManager => true,
        DieselError::DatabaseError(
            ClosedConnection | ReadOnlyTransaction | SerializationFailure | UnableToSendCommand,
            _,
        ) => true,
        DieselError::DatabaseError(Unknown, information) => {
            TEMPORARY.iter().any(|words| information.message().contains(words))
        }
        _ => false,
    }
}

const TEMPORARY: [&str; 9] = [
    // SQLite
    "database is locked",
    "database table is locked",
    "disk is full",
    "readonly database",
    "disk I/O error",
    // PostgreSQL
    "No space left on device",
    "deadlock detected",
    "canceling statement due to",
    "out of shared memory",
];
