//! Lists the SQL and the limits that differ between databases.

/// The constants of a database. In its SQL, `actix_messages` stands for the name of the table
/// ([`TableName`](crate::table_name::TableName)).
pub(crate) struct Dialect {
    /// The migrations in their order.
    pub(crate) migrations: &'static [MigrationSql],
    /// Selects the names of the columns of the table.
    pub(crate) columns: &'static str,
    /// Selects the names of the columns of its primary key.
    pub(crate) key: &'static str,
    /// Selects the names of its indexes.
    pub(crate) indexes: &'static str,
    /// Whether each statement is a round trip to another process.
    pub(crate) statement_is_round_trip: bool,
    /// The maximum number of parameters of a statement.
    pub(crate) max_parameters: usize,
    /// The end of a query that locks rows of `mark`, and skips the rows that another transaction has locked.
    pub(crate) unless_locked: &'static str,
    /// The function that returns the larger of two numbers.
    pub(crate) larger: &'static str,
    /// The function that returns the position of a text in another text.
    pub(crate) position: &'static str,
    /// The SQL before and after a JSON array of texts, for the condition that a text is in the array.
    pub(crate) in_json_texts: [&'static str; 2],
    /// The SQL before and after a JSON array of numbers, for the condition that a number is in the array.
    pub(crate) in_json_numbers: [&'static str; 2],
    /// The case-folded text of a message, folded only once for several tests.
    pub(crate) message_folded_once: TextOperand,
    /// A tag of the message.
    pub(crate) any_tag: TextOperand,
    /// A case-folded tag of the message.
    pub(crate) any_folded_tag: TextOperand,
}

/// A migration as written in this crate, before the table name is inserted.
pub(crate) struct MigrationSql {
    pub(crate) version: &'static str,
    pub(crate) up: &'static str,
    pub(crate) down: &'static str,
}

/// The text that a condition tests, and the SQL around the test.
#[derive(Clone, Copy)]
pub(crate) struct TextOperand {
    pub(crate) open: &'static str,
    pub(crate) text: &'static str,
    pub(crate) close: &'static str,
}

impl TextOperand {
    /// A text that needs no SQL around the test.
    pub(crate) const fn plain(text: &'static str) -> Self {
        Self { open: "", text, close: "" }
    }
}
