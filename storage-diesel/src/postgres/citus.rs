//! Detects whether Citus distributes the tables over its nodes, since it refuses some statements then and runs others
//! slowly.

use diesel::{QueryResult, RunQueryDsl, dsl::sql, pg::PgConnection, select, sql_types::Bool};

use super::table::MESSAGES;

/// Makes Citus propagate `SET LOCAL` to the nodes that store the rows: a transaction waits for row locks there.
pub(super) const PASS_SETTINGS_ON: &str = "SET LOCAL citus.propagate_set_commands = 'local'";

/// Returns whether Citus distributes the tables over its nodes.
pub(super) fn is_distributed(connection: &mut PgConnection) -> QueryResult<bool> {
    let exists = |connection: &mut PgConnection, what: &str| {
        select(sql::<Bool>(&MESSAGES.put_into(&format!("EXISTS (SELECT 1 FROM {what})")))).get_result(connection)
    };
    // The table `pg_dist_partition` exists only with the extension.
    Ok(exists(connection, "pg_extension WHERE extname = 'citus'")?
        && exists(connection, "pg_dist_partition WHERE logicalrelid = to_regclass('\"actix_messages_marks\"')")?)
}
