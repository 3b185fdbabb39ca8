//! Defines the SQL and the limits of SQLite.

use crate::database::{Dialect, MigrationSql, TextOperand};

const IN_JSON: [&str; 2] = [" IN (SELECT value FROM json_each(", "))"];

pub(super) const DIALECT: Dialect = Dialect {
    migrations: &[MigrationSql {
        version: "2025-06-01-120000_create_actix_messages",
        up: include_str!("../../migrations/sqlite/2025-06-01-120000_create_actix_messages/up.sql"),
        down: include_str!("../../migrations/sqlite/2025-06-01-120000_create_actix_messages/down.sql"),
    }],
    columns: "SELECT name FROM pragma_table_info('actix_messages')",
    key: "SELECT name FROM pragma_table_info('actix_messages') WHERE pk > 0",
    indexes: "SELECT name FROM pragma_index_list('actix_messages')",
    statement_is_round_trip: false,
    // The default of the bundled SQLite.
    max_parameters: 32_766,
    // No other transaction writes at the same time.
    unless_locked: "",
    larger: "max",
    position: "instr",
    in_json_texts: IN_JSON,
    in_json_numbers: IN_JSON,
    // `LIMIT 1` makes SQLite fold the text once, not once for each test.
    message_folded_once: TextOperand {
        open: "EXISTS (SELECT 1 FROM (SELECT coalesce(message_folded, lower(message)) AS value LIMIT 1) AS folded WHERE ",
        text: "folded.value",
        close: ")",
    },
    any_tag: TextOperand { open: "EXISTS (SELECT 1 FROM json_each(tags) AS tag WHERE ", text: "tag.value", close: ")" },
    any_folded_tag: TextOperand {
        open: "EXISTS (SELECT 1 FROM json_each(coalesce(tags_folded, lower(tags))) AS tag WHERE ",
        text: "tag.value",
        close: ")",
    },
};
