//! Inserts the name of the table that this build uses into the SQL of this crate.

use std::fmt;

/// The name of the table as written in the SQL of this crate.
const WRITTEN: &str = "actix_messages";

/// The name of a table, and of its schema.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableName {
    pub(crate) schema: Option<&'static str>,
    pub(crate) table: &'static str,
}

impl TableName {
    /// Returns the SQL with the name of this table.
    ///
    /// The quoted names `"actix_messages"` and `"actix_messages_marks"` become this table and the table of marks beside
    /// it, with their schema. Without quotes, and in the names of indexes, `actix_messages` becomes the bare name.
    pub(crate) fn put_into(self, sql: &str) -> String {
        let Self { schema, table } = self;
        let schema = schema.map(|schema| format!("\"{schema}\".")).unwrap_or_default();
        let put = |ending: &str, sql: &str, rest: &dyn Fn(&str) -> String| {
            let between = sql.split(&format!("\"{WRITTEN}{ending}\"")).map(rest).collect::<Vec<_>>();
            between.join(&format!("{schema}\"{table}{ending}\""))
        };
        put("_marks", sql, &|sql| put("", sql, &|sql| sql.replace(WRITTEN, table)))
    }
}

/// Formats the name for error texts and logs: `inbox.shop_messages`.
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
    fn the_table_of_marks_is_in_the_same_schema() {
        let name = TableName { schema: Some("inbox"), table: "shop_messages" };
        let sql = "DELETE FROM \"actix_messages_marks\" WHERE at IN (SELECT id FROM \"actix_messages\")";
        let expected =
            "DELETE FROM \"inbox\".\"shop_messages_marks\" WHERE at IN (SELECT id FROM \"inbox\".\"shop_messages\")";
        assert_eq!(name.put_into(sql), expected);
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
