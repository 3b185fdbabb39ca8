//! Defines the SQL and the limits of PostgreSQL.

use crate::database::{Dialect, MigrationSql, TextOperand};

/// The dialect of PostgreSQL. Since the table may be partitioned, `to_regclass` finds its columns, key and indexes by
/// its name and schema.
pub(super) const DIALECT: Dialect = Dialect {
    migrations: &[MigrationSql {
        version: "2025-06-01-120000_create_actix_messages",
        up: include_str!("../../migrations/postgres/2025-06-01-120000_create_actix_messages/up.sql"),
        down: include_str!("../../migrations/postgres/2025-06-01-120000_create_actix_messages/down.sql"),
    }],
    columns: "SELECT attname::text AS name FROM pg_attribute \
              WHERE attrelid = to_regclass('\"actix_messages\"') AND attnum > 0 AND NOT attisdropped",
    key: "SELECT attname::text AS name FROM pg_index \
          JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) \
          WHERE indrelid = to_regclass('\"actix_messages\"') AND indisprimary",
    indexes: "SELECT relname::text AS name FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
              WHERE indrelid = to_regclass('\"actix_messages\"')",
    statement_is_round_trip: true,
    max_parameters: 65_535,
    unless_locked: "FOR UPDATE OF mark SKIP LOCKED",
    larger: "greatest",
    position: "strpos",
    in_json_texts: [" = ANY(ARRAY(SELECT jsonb_array_elements_text(", "::jsonb)))"],
    in_json_numbers: [" = ANY(ARRAY(SELECT jsonb_array_elements_text(", "::jsonb)::bigint))"],
    // The array makes PostgreSQL fold the text once, not once for each test. `LIMIT 1` would do the same, but Citus
    // refuses it for several shards.
    message_folded_once: TextOperand {
        open: "EXISTS (SELECT 1 FROM unnest(ARRAY[coalesce(message_folded, lower(message))]) AS folded(value) WHERE ",
        text: "folded.value",
        close: ")",
    },
    any_tag: TextOperand {
        open: "EXISTS (SELECT 1 FROM jsonb_array_elements_text(tags::jsonb) AS tag(value) WHERE ",
        text: "tag.value",
        close: ")",
    },
    any_folded_tag: TextOperand {
        open: "EXISTS (SELECT 1 FROM jsonb_array_elements_text(coalesce(tags_folded, lower(tags))::jsonb) AS tag(value) \
               WHERE ",
        text: "tag.value",
        close: ")",
    },
};
