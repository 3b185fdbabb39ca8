//! Stores messages in PostgreSQL.

mod application_pool;
mod citus;
mod database;
mod dialect;
mod insert_many;
mod mailbox_rows;
mod options;
mod relay;
mod retry;
#[path = "sql/entry.rs"]
mod sql;
mod start;
/// The tables, with the names that this build uses.
mod table {
    include!(concat!(env!("OUT_DIR"), "/postgres.rs"));
}
mod write_transactions;

use diesel::pg::PgConnection as Connection;

use self::database::Postgres as ThisDatabase;
pub use self::{
    options::{PostgresOptions, PreparedStatements},
    relay::PostgresRelay,
    sql::{add, migrations, revert},
    table::TABLE,
};
