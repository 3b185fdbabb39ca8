//! SQL as it is written in this crate -> SQL with the name of the table that the build chose.

use std::fmt;

/// The name of the table in the SQL of this crate.
const WRITTEN: &str = "actix_messages";

/// The name of a table, and the schema that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableName {
    pub(crate) schema: Option<&'static str>,
    pub(crate) table: &'static str,
}

impl TableName {
    /// The SQL with this table in it: `"actix_messages"` in quotes stands for the table, in its schema; without them,
    /// as in the names of indexes, for its bare name.
    pub(crate) fn put_into(self, sql: &str) -> String {
        let Self { schema, table } = self;
        let quoted = match schema {
            Some(schema) => format!("\"{schema}\".\"{table}\""),
            None => format!("\"{table}\""),
        };
        let written = format!("\"{WRITTEN}\"");
        let between = sql.split(&written).map(|sql| sql.replace(WRITTEN, table));
        between.collect::<Vec<_>>().join(&quoted)
    }
}

/// As in messages for people: `inbox.shop_messages`.
impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = self.schema {
            write!(formatter, "{schema}.")?;
        }
        formatter.write_str(self.table)
    }
}

#[cfg(test)]
mod tests {
    use super::TableName;

    const SQL: &str = "CREATE INDEX \"actix_messages_state\" ON \"actix_messages\" (x); SELECT 'actix_messages'";

    #[test]
    fn the_table_gets_its_schema_and_what_is_named_after_it_its_name() {
        let name = TableName { schema: Some("inbox"), table: "shop_messages" };
        let expected =
            "CREATE INDEX \"shop_messages_state\" ON \"inbox\".\"shop_messages\" (x); SELECT 'shop_messages'";
        assert_eq!(name.put_into(SQL), expected);
        assert_eq!(name.to_string(), "inbox.shop_messages");
    }

    #[test]
    fn without_a_schema_the_name_stands_alone() {
        let name = TableName { schema: None, table: "actix_messages" };
        assert_eq!(name.put_into(SQL), SQL);
        assert_eq!(name.to_string(), "actix_messages");
    }

    #[test]
    fn a_name_that_has_the_written_one_in_it_is_put_in_once() {
        let name = TableName { schema: Some("actix_messages"), table: "my_actix_messages" };
        let expected = "CREATE INDEX \"my_actix_messages_state\" ON \"actix_messages\".\"my_actix_messages\" (x); \
                        SELECT 'my_actix_messages'";
        assert_eq!(name.put_into(SQL), expected);
    }
}
