//! Whether the tables are divided among the nodes of Citus, where some statements are slow or refused.

use diesel::{QueryResult, RunQueryDsl, dsl::sql, pg::PgConnection, select, sql_types::Bool};

use super::table::MESSAGES;

/// Makes Citus pass `SET LOCAL` on to the nodes that have the rows, where a transaction waits for their locks.
pub(super) const PASS_SETTINGS_ON: &str = "SET LOCAL citus.propagate_set_commands = 'local'";

/// Returns whether Citus divides the tables among its nodes.
pub(super) fn is_distributed(connection: &mut PgConnection) -> QueryResult<bool> {
    let exists = |connection: &mut PgConnection, what: &str| {
        select(sql::<Bool>(&MESSAGES.put_into(&format!("EXISTS (SELECT 1 FROM {what})")))).get_result(connection)
    };
    // Without the extension there is no table of distributed tables.
    Ok(exists(connection, "pg_extension WHERE extname = 'citus'")?
        && exists(connection, "pg_dist_partition WHERE logicalrelid = to_regclass('\"actix_messages_marks\"')")?)
}
