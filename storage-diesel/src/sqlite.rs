//! Stores messages in SQLite.

mod application_pool;
mod database;
mod dialect;
mod durability;
mod file_path;
mod group_commit;
mod newest;
mod options;
#[cfg(test)]
mod panic_tests;
mod pragmas;
mod relay;
#[path = "sql/entry.rs"]
mod sql;
mod start;
/// The tables, with the names that this build uses.
mod table {
    include!(concat!(env!("OUT_DIR"), "/sqlite.rs"));
}
mod transaction;

use diesel::sqlite::SqliteConnection as Connection;

use self::database::Sqlite as ThisDatabase;
pub use self::{
    durability::Durability,
    options::SqliteOptions,
    relay::SqliteRelay,
    sql::{add, migrations, revert},
    table::TABLE,
};
