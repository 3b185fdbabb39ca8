//! Who runs the migrations, and what they are.

/// Who creates the table of messages, and brings it up to date. Either way it is looked at when a store is opened:
/// what is missing is an error that names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Migrations {
    /// This crate does, when a store is opened. Its versions are recorded in a table of its own beside that of
    /// messages, so the application's migrations and these know nothing of each other. A table that is there
    /// although no version was ever recorded is the application's, and left as it is.
    Run,
    /// The application does, among its own migrations. Nothing is created here.
    Check,
}

/// A migration as text, for the application's own migrations.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// What it is recorded as, and what a folder for it may be called: a date and time, `_`, and what it does.
    pub version: &'static str,
    /// The SQL that takes a database to this version.
    pub up: String,
    /// The SQL that takes it back.
    pub down: String,
}
