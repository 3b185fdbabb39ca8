//! Checks which columns, keys and indexes the tables lack.

use diesel::{Column, QueryResult, QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

use super::{
    Connection, DIALECT,
    rows::COLUMNS,
    table::{MARKS, MESSAGES, marks, messages},
};
use crate::{error::Cause, table_name::TableName};

/// A table, and the parts of it that the statements need.
struct Needed {
    table: TableName,
    columns: &'static [&'static str],
    /// The columns of the primary key, in any order. The key keeps ids unique.
    key: [&'static str; 2],
    /// The indexes. Without them, statements are slow.
    indexes: &'static [&'static str],
}

const NEEDED: [Needed; 2] = [
    Needed {
        table: MESSAGES,
        columns: &COLUMNS,
        key: [messages::recipient::NAME, messages::id::NAME],
        indexes: &["actix_messages_state", "actix_messages_session", "actix_messages_key", "actix_messages_until"],
    },
    Needed {
        table: MARKS,
        columns: &[marks::recipient::NAME, marks::name::NAME, marks::at::NAME],
        key: [marks::recipient::NAME, marks::name::NAME],
        indexes: &[],
    },
];

/// Checks that the tables have what the statements need. A missing column or key is an error. A missing index only
/// makes statements slow, so it is logged as a warning.
pub(super) fn check(connection: &mut Connection) -> Result<(), Cause> {
    NEEDED.iter().try_for_each(|needed| check_one(connection, needed))
}

fn check_one(connection: &mut Connection, needed: &Needed) -> Result<(), Cause> {
    let table = needed.table;
    let columns = select_names(connection, table, DIALECT.columns)?;
    if columns.is_empty() {
        return Err(Cause::NoTable(table.to_string()));
    }
    let key = select_names(connection, table, DIALECT.key)?;
    let mut missing = match &missing_in(&columns, needed.columns)[..] {
        [] => Vec::new(),
        [one] => vec![format!("the column {one}")],
        [first @ .., last] => vec![format!("the columns {} and {last}", first.join(", "))],
    };
    if key.len() != needed.key.len() || !missing_in(&key, &needed.key).is_empty() {
        missing.push(format!("the primary key ({})", needed.key.join(", ")));
    }
    if !missing.is_empty() {
        return Err(Cause::Schema { table: table.to_string(), missing: missing.join(", and ") });
    }
    let indexes = select_names(connection, table, DIALECT.indexes)?;
    for index in needed.indexes.iter().map(|name| table.put_into(name)).filter(|name| !indexes.contains(name)) {
        tracing::warn!(%table, index, "an index is missing; some statements are slow without it");
    }
    Ok(())
}

pub(super) fn table_exists(connection: &mut Connection, table: TableName) -> QueryResult<bool> {
    select_names(connection, table, DIALECT.columns).map(|columns| !columns.is_empty())
}

/// Runs this SQL with the name of the table inserted, and returns the column `name` of the rows.
pub(super) fn select_names(connection: &mut Connection, table: TableName, sql: &str) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows = sql_query(table.put_into(sql)).load::<Row>(connection)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

fn missing_in<'a>(present: &[String], needed: &[&'a str]) -> Vec<&'a str> {
    needed.iter().copied().filter(|name| !present.iter().any(|one| one == name)).collect()
}
