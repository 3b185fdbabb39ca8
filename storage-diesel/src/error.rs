//! Converts failures of a database to errors that tell whether a retry may help.

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
    /// The database can't be opened: the folder is missing or not writable, the file is not a database, or the server
    /// can't be reached.
    #[error("the database {database} can't be opened")]
    Database {
        /// The address of the database, without a password.
        database: String,
        /// The error of the database.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The table could not be created, migrated or checked.
    #[error("the table of messages in the database {database} can't be created or checked")]
    Migration {
        /// The address of the database, without a password.
        database: String,
        /// The error of the database.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The table of messages is missing, and the options leave its creation to the application.
    #[error(
        "there is no table {table} in the database {database}: run its migrations, or open the store with \
         Migrations::Run"
    )]
    NoTable {
        /// The name of the table in this build.
        table: String,
        /// The address of the database, without a password.
        database: String,
    },
    /// The table of messages lacks a column or a key that the statements need. Only the application may add it.
    #[error(
        "the table {table} in the database {database} lacks {missing}: either not all of its migrations have \
         run, or it is an unrelated table of the same name"
    )]
    Schema {
        /// The name of the table in this build.
        table: String,
        /// The address of the database, without a password.
        database: String,
        /// The missing columns and keys, in words.
        missing: String,
    },
    /// The encoding of the database is not UTF-8, so it can't store every text. Nothing was created.
    #[error(
        "the database {database} has the encoding {encoding}, but messages need UTF8: create the database with \
         ENCODING 'UTF8'"
    )]
    Encoding {
        /// The address of the database, without a password.
        database: String,
        /// PostgreSQL's name of the encoding.
        encoding: String,
    },
    /// This build uses another table than the application expects. Nothing was created.
    #[error(
        "this build stores messages in the table {table}, but the application expects {expected}: build it with \
         ACTIX_MESSAGES_TABLE={expected} (Cargo reads `.cargo/config.toml` in the directory where it runs and in the \
         directories above, not in that of the manifest)"
    )]
    OtherTable {
        /// The name of the table in this build.
        table: String,
        /// The name that the options expect.
        expected: String,
    },
    /// This kind of database needs a Cargo feature that is disabled.
    #[error("{kind} needs the feature `{feature}` of actix-messages-diesel")]
    Unsupported {
        /// The kind of database.
        kind: &'static str,
        /// The name of the feature.
        feature: &'static str,
    },
}

/// Lets a `main` that returns [`std::io::Result`] use `?`.
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

/// Treats an error of the transaction as a failed migration.
impl From<DieselError> for Cause {
    fn from(error: DieselError) -> Self {
        Self::Migration(error)
    }
}

/// A failure of an operation on the store.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the query failed")]
    Query(#[from] DieselError),
    #[error("no connection was free in time")]
    Pool(#[from] r2d2::PoolError),
    #[error("can't connect to the database")]
    Connect(#[from] diesel::ConnectionError),
    #[error("no connection was free in time")]
    Busy,
    #[error("too many requests for one mailbox at the same time")]
    MailboxBusy,
    #[error("the database did not answer in time; the operation may still complete")]
    TimedOut,
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Group(#[from] GroupFailure),
    #[error("a stored row can't be read: {0}")]
    Row(String),
    #[cfg(feature = "postgres")]
    #[error("a message for many recipients waited too long for a lock of another transaction")]
    LockTimeout(#[source] DieselError),
    #[error("the work panicked: {0}")]
    Panicked(String),
    #[error("the operation ended without an answer")]
    Unanswered,
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
}

impl Failure {
    /// Returns the limit that the messages exceed, if the operation failed because of it.
    fn broken_limit(&self) -> Option<InvalidMessage> {
        match self {
            Self::Invalid(invalid) => Some(*invalid),
            #[cfg(feature = "sqlite")]
            Self::Group(GroupFailure::CommitFailed(failure)) => failure.broken_limit(),
            _ => None,
        }
    }

    fn is_temporary(&self) -> bool {
        match self {
            Self::Pool(_) | Self::Connect(_) | Self::Busy | Self::MailboxBusy | Self::TimedOut => true,
            Self::Query(error) => is_temporary(error),
            #[cfg(feature = "sqlite")]
            Self::Group(failure) => failure.is_temporary(),
            #[cfg(feature = "postgres")]
            Self::LockTimeout(_) => true,
            Self::Row(_) | Self::Panicked(_) | Self::Unanswered | Self::Invalid(_) => false,
        }
    }
}

/// A failure of a write that waits for its start, or for the commit that it shares.
#[cfg(feature = "sqlite")]
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupFailure {
    #[error("the write did not start in time")]
    WriteTimeout,
    #[error(transparent)]
    CommitFailed(Arc<Failure>),
}

#[cfg(feature = "sqlite")]
impl GroupFailure {
    fn is_temporary(&self) -> bool {
        match self {
            Self::WriteTimeout => true,
            Self::CommitFailed(failure) => failure.is_temporary(),
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

/// Returns whether the same statement may succeed a moment later.
///
/// Diesel has no error kind for a database that is locked, full or read-only, nor for a cancelled statement. For these,
/// it passes on the message of the database.
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
