//! Defines the migrations, and whether the store or the application runs them.

/// Chooses whether the store or the application creates and migrates the table of messages.
///
/// In both cases, opening a store checks the table, and fails with an error that names the missing columns and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migrations {
    /// The store runs its migrations when it is opened. It records versions in a table of this crate, separate from the
    /// versions of the application's migrations. If the table of messages exists without recorded versions, it belongs
    /// to the application, and the store does not change it.
    Run,
    /// The application runs the migrations among its own. The store creates nothing.
    Check,
}

/// The SQL of a migration, for an application that runs the migrations itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// The name in the table of versions: a date and time, `_`, and a summary. It is valid as the name of a folder.
    pub version: &'static str,
    /// The SQL that upgrades a database to this version.
    pub up: String,
    /// The SQL that reverts it.
    pub down: String,
}
