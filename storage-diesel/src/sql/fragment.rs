//! Defines SQL with parameters, for conditions that Diesel's typed expressions can't express.

use diesel::{
    QueryResult,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Bool, Text},
};

use super::Backend;

/// Pieces of SQL, and the values bound between them. With Diesel's `sql`, a connection would prepare the statement each
/// time. With this type, queries with the same SQL share a prepared statement.
#[derive(Debug, Default, ValidGrouping)]
pub(super) struct Fragment {
    pieces: Vec<Piece>,
    is_uncached: bool,
}

#[derive(Debug)]
enum Piece {
    Sql(&'static str),
    Text(String),
    Number(i64),
}

impl Fragment {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Returns a condition that is always true. It keeps the connection from caching the prepared statement.
    pub(super) fn uncached() -> Self {
        Self { is_uncached: true, ..Self::new().sql("TRUE") }
    }

    /// Appends this SQL.
    pub(super) fn sql(mut self, sql: &'static str) -> Self {
        self.pieces.push(Piece::Sql(sql));
        self
    }

    /// Appends a text as a parameter.
    pub(super) fn bind(mut self, text: impl Into<String>) -> Self {
        self.pieces.push(Piece::Text(text.into()));
        self
    }

    /// Appends a number as a parameter.
    pub(super) fn bind_number(mut self, number: i64) -> Self {
        self.pieces.push(Piece::Number(number));
        self
    }
}

impl Expression for Fragment {
    type SqlType = Bool;
}

impl<Source> AppearsOnTable<Source> for Fragment {}

impl<Source> SelectableExpression<Source> for Fragment {}

impl QueryId for Fragment {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for Fragment {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if self.is_uncached {
            out.unsafe_to_cache_prepared();
        }
        out.push_sql("(");
        for piece in &self.pieces {
            match piece {
                Piece::Sql(sql) => out.push_sql(sql),
                Piece::Text(text) => out.push_bind_param::<Text, _>(text)?,
                Piece::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
            }
        }
        out.push_sql(")");
        Ok(())
    }
}
