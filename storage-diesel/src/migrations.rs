//! The migrations, and the choice between the store and the application to run them.

/// The choice between the store and the application to create the table of messages and to bring it up to date. Either way the
/// table is checked when a store is opened: a missing part is an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migrations {
    /// The store does, when it is opened. Versions are recorded in a second table, so the application's migrations and these
    /// know nothing of each other. A table of messages without any recorded version belongs to the application, and is left
    /// as it is.
    Run,
    /// The application does, among its own migrations. The store creates nothing.
    Check,
}

/// A migration as text, for the migrations of the application.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its name in the table of versions, which may be the name of a folder: a date and time, `_`, and a summary.
    pub version: &'static str,
    /// The SQL that takes a database to this version.
    pub up: String,
    /// The SQL that reverts it.
    pub down: String,
}
