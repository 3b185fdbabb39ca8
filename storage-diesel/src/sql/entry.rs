//! The SQL of every verb, compiled once for each database.
//!
//! For Diesel, the tables of two databases have different types, and so has every condition on them. So the module of a database
//! includes this folder, and names the three things that differ: `ThisDatabase`, which implements [`Database`]; its
//! `Connection`, since public functions can't show a type of a private trait; and `table`, as the build declared it.
//!
//! A connection keeps its prepared statements as long as it lives. Most types here that write SQL by hand do so because Diesel
//! would prepare the same statement each time; each type says why.

mod changes;
mod check_table;
mod count_beside_rows;
mod directory;
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
