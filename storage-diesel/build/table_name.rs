//! Parses a name such as `inbox.shop_messages` and declares the tables with that name.

/// The maximum length of a name in PostgreSQL, in bytes.
const LONGEST_NAME: usize = 63;
/// The longest suffix that this crate appends to the name of the table, for indexes and for the tables of marks and of
/// versions.
const LONGEST_ENDING: &str = "_migrations";

/// The name of the table and of its schema. Without a schema, PostgreSQL uses `search_path`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableName {
    schema: Option<String>,
    table: String,
}

impl Default for TableName {
    fn default() -> Self {
        Self { schema: None, table: "actix_messages".into() }
    }
}

impl TableName {
    /// Reads `table` or `schema.table`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (schema, table) = match text.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, text),
        };
        if let Some(schema) = schema {
            check("schema", schema, LONGEST_NAME)?;
        }
        check("table", table, LONGEST_NAME - LONGEST_ENDING.len())?;
        Ok(Self { schema: schema.map(str::to_owned), table: table.to_owned() })
    }

    pub(crate) fn without_schema(&self) -> Self {
        Self { schema: None, table: self.table.clone() }
    }

    /// Returns Rust code that declares the tables for Diesel, and their names for other SQL.
    pub(crate) fn declaration(&self) -> String {
        let Self { schema, table } = self;
        let path = schema.as_ref().map(|schema| format!("{schema}.")).unwrap_or_default();
        format!(
            "/// The name of the table of messages in this build, such as `actix_messages` or `inbox.shop_messages`.\n\
             ///\n\
             /// The default is `actix_messages`. Set `ACTIX_MESSAGES_TABLE` to compile this crate with another name.\n\
             /// An application can compare this constant with the name that it expects.\n\
             pub const TABLE: &str = {:?};\n\
             crate::table::table_of_messages! {{ #[sql_name = {table:?}] {path}messages }}\n\
             pub(super) const MESSAGES: crate::table_name::TableName =\n    \
             crate::table_name::TableName {{ schema: {schema:?}, table: {table:?} }};\n\
             crate::table::table_of_marks! {{ #[sql_name = {:?}] {path}marks }}\n\
             pub(super) const MARKS: crate::table_name::TableName =\n    \
             crate::table_name::TableName {{ schema: {schema:?}, table: {:?} }};\n\
             pub(super) const VERSIONS: crate::table_name::TableName =\n    \
             crate::table_name::TableName {{ schema: {schema:?}, table: {:?} }};\n",
            format!("{path}{table}"),
            format!("{table}_marks"),
            format!("{table}_marks"),
            format!("{table}_migrations"),
        )
    }
}

/// Checks that the name needs no quotes in either database, and that neither folds its case.
fn check(what: &str, name: &str, longest: usize) -> Result<(), String> {
    let is_part = |byte: u8| byte == b'_' || byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = name.bytes().all(is_part) && !name.starts_with(|first: char| first.is_ascii_digit());
    if name.is_empty() || !is_name {
        return Err(format!(
            "the name of the {what} must consist of `a` to `z`, `0` to `9` and `_`, and must not begin with a digit; \
             to name a schema, write `inbox.shop_messages`"
        ));
    }
    if name.len() > longest {
        return Err(format!("the name of the {what} is {} bytes long; the maximum is {longest}", name.len()));
    }
    for reserved in ["pg_", "sqlite_"] {
        if name.starts_with(reserved) {
            return Err(format!("names that begin with `{reserved}` are reserved by the database"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::TableName;

    fn name(schema: Option<&str>, table: &str) -> TableName {
        TableName { schema: schema.map(str::to_owned), table: table.to_owned() }
    }

    #[test]
    fn a_name_has_a_schema_or_none() {
        assert_eq!(TableName::parse("shop_messages"), Ok(name(None, "shop_messages")));
        assert_eq!(TableName::parse("inbox.shop_messages"), Ok(name(Some("inbox"), "shop_messages")));
        assert_eq!(TableName::parse("inbox.shop_messages").unwrap().without_schema(), name(None, "shop_messages"));
        assert_eq!(TableName::parse("actix_messages"), Ok(TableName::default()));
    }

    #[test]
    fn names_that_would_need_quotes_are_refused() {
        for text in ["", ".", "a.", ".a", "a.b.c", "Shop", "shop-messages", "1st", "größe", "a b", "a\"b", "a;b"] {
            let error = TableName::parse(text).unwrap_err();
            assert!(error.contains("must consist of `a` to `z`"), "{text}: {error}");
        }
    }

    #[test]
    fn names_that_the_databases_keep_to_themselves_are_refused() {
        for text in ["pg_messages", "pg_inbox.messages", "sqlite_messages"] {
            let error = TableName::parse(text).unwrap_err();
            assert!(error.ends_with("are reserved by the database"), "{text}: {error}");
        }
    }

    #[test]
    fn a_name_leaves_room_for_those_that_are_made_of_it() {
        let longest = "m".repeat(63 - "_migrations".len());
        assert!(TableName::parse(&longest).is_ok());
        let error = TableName::parse(&format!("{longest}m")).unwrap_err();
        assert_eq!(error, "the name of the table is 53 bytes long; the maximum is 52");
        assert!(TableName::parse(&format!("{}.{longest}", "s".repeat(63))).is_ok());
        let error = TableName::parse(&format!("{}.messages", "s".repeat(64))).unwrap_err();
        assert_eq!(error, "the name of the schema is 64 bytes long; the maximum is 63");
    }

    #[test]
    fn the_declaration_has_the_schema_only_where_there_is_one() {
        let with_schema = name(Some("inbox"), "shop_messages").declaration();
        assert!(with_schema.contains("#[sql_name = \"shop_messages\"] inbox.messages }"), "{with_schema}");
        assert!(with_schema.contains("TABLE: &str = \"inbox.shop_messages\";"), "{with_schema}");
        assert!(with_schema.contains("schema: Some(\"inbox\"), table: \"shop_messages_migrations\""), "{with_schema}");
        let without = TableName::default().declaration();
        assert!(without.contains("#[sql_name = \"actix_messages\"] messages }"), "{without}");
        assert!(without.contains("schema: None, table: \"actix_messages\""), "{without}");
    }
}
