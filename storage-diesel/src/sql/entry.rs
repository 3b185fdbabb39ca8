//! Contains the SQL of all store methods, compiled once for each database.
//!
//! In Diesel, the tables of two databases have different types, and so do all conditions on them. Therefore, the module
//! of each database includes this folder, and defines the three names that differ: `ThisDatabase`, which implements
//! [`Database`]; `Connection`, since a public function can't name a type of a private trait; and `table`, which the
//! build script declares.
//!
//! A connection keeps its prepared statements until it is closed. Most types that write SQL by hand here exist because
//! Diesel would prepare the same statement each time. Each type gives the reason.

mod changes;
mod check_table;
mod count_beside_rows;
mod directory;
mod due;
mod fragment;
mod insert;
mod insert_conditionally;
mod list;
pub(super) mod marks;
mod order_and_limit;
pub(super) mod rows;
mod run_migrations;
mod statement;
mod sweep;
mod text_lookup;
mod transfer;
mod unknown_conditions;
mod update_read_at;
mod verbs;
mod where_clause;

pub use self::{
    insert::add,
    run_migrations::{migrations, revert},
};
pub(super) use self::{
    insert::insert_one,
    run_migrations::prepare,
    statement::{Statement, Value},
    verbs::Store,
};
use super::{Connection, ThisDatabase, table};
use crate::database::{Database, Dialect};

type Backend = <ThisDatabase as Database>::Backend;
const DIALECT: Dialect = ThisDatabase::DIALECT;
