//! A database -> the columns, the key and the indexes that its table of messages lacks.

use diesel::{Column, QueryResult, QueryableByName, RunQueryDsl, sql_query, sql_types::Text};

use super::{
    Connection, DIALECT,
    table::{MESSAGES, messages::dsl},
};
use crate::{error::Cause, table_name::TableName};

/// The columns that the statements use.
pub(super) const NEEDED_COLUMNS: [&str; 12] = [
    dsl::recipient::NAME,
    dsl::id::NAME,
    dsl::level::NAME,
    dsl::message::NAME,
    dsl::html::NAME,
    dsl::tags::NAME,
    dsl::view::NAME,
    dsl::session::NAME,
    dsl::read_at::NAME,
    dsl::message_folded::NAME,
    dsl::tags_folded::NAME,
    dsl::view_folded::NAME,
];

/// The columns of the key, in any order: it keeps an id from being given twice.
const NEEDED_KEY: [&str; 2] = [dsl::recipient::NAME, dsl::id::NAME];

/// The indexes, without which statements are slow.
const NEEDED_INDEXES: [&str; 2] = ["actix_messages_state", "actix_messages_session"];

/// Checks that the statements can work on the table. A missing column or key is an error. Statements work without an index, so a
/// missing one is a warning in the log.
pub(super) fn check(connection: &mut Connection) -> Result<(), Cause> {
    let columns = names(connection, MESSAGES, DIALECT.columns)?;
    if columns.is_empty() {
        return Err(Cause::NoTable(MESSAGES.to_string()));
    }
    let columns = missing_in(&columns, &NEEDED_COLUMNS.map(str::to_owned));
    let key = names(connection, MESSAGES, DIALECT.key)?;
    let mut missing = match &columns[..] {
        [] => Vec::new(),
        [one] => vec![format!("the column {one}")],
        [first @ .., last] => vec![format!("the columns {} and {last}", first.join(", "))],
    };
    if key.len() != NEEDED_KEY.len() || NEEDED_KEY.iter().any(|needed| !key.iter().any(|column| column == needed)) {
        missing.push(format!("the primary key ({})", NEEDED_KEY.join(", ")));
    }
    if !missing.is_empty() {
        return Err(Cause::Schema { table: MESSAGES.to_string(), missing: missing.join(", and ") });
    }
    let indexes = names(connection, MESSAGES, DIALECT.indexes)?;
    for index in missing_in(&indexes, &NEEDED_INDEXES.map(|name| MESSAGES.put_into(name))) {
        tracing::warn!(table = %MESSAGES, index, "an index is missing, without which some statements are slow");
    }
    Ok(())
}

pub(super) fn exists(connection: &mut Connection, table: TableName) -> QueryResult<bool> {
    names(connection, table, DIALECT.columns).map(|columns| !columns.is_empty())
}

/// Returns the column `name` of the rows that this SQL selects, with the name of the table put into it.
pub(super) fn names(connection: &mut Connection, table: TableName, sql: &str) -> QueryResult<Vec<String>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let rows = sql_query(table.put_into(sql)).load::<Row>(connection)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

fn missing_in(present: &[String], needed: &[String]) -> Vec<String> {
    needed.iter().filter(|name| !present.contains(name)).cloned().collect()
}
