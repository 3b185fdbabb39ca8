//! Adds the number of messages of a selection to each row of a query.

use diesel::{
    QueryResult, QuerySource,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable},
};

use super::{
    Backend,
    table::messages::{self, table},
    where_clause::Predicate,
};

/// A column `(SELECT count(*) FROM .. WHERE ..)`, or null. The database evaluates it once for all rows.
#[derive(ValidGrouping)]
pub(super) struct CountBesideRows<Selection> {
    messages: <table as QuerySource>::FromClause,
    of: Option<Selection>,
}

impl<Selection> CountBesideRows<Selection> {
    /// Counts the messages of this selection.
    pub(super) fn of(selection: Selection) -> Self {
        Self { messages: messages::table.from_clause(), of: Some(selection) }
    }
}

impl CountBesideRows<Predicate> {
    /// Counts the messages of this selection, or returns null. Both may have the same type, since Diesel does not
    /// identify a query with a `Predicate` by its type.
    pub(super) fn of_or_null(selection: Option<Predicate>) -> Self {
        Self { messages: messages::table.from_clause(), of: selection }
    }
}

impl<Selection> Expression for CountBesideRows<Selection> {
    type SqlType = Nullable<BigInt>;
}

impl<Selection> AppearsOnTable<table> for CountBesideRows<Selection> {}

impl<Selection> SelectableExpression<table> for CountBesideRows<Selection> {}

impl<Selection: QueryId> QueryId for CountBesideRows<Selection> {
    type QueryId = CountBesideRows<Selection::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Selection::HAS_STATIC_QUERY_ID;
}

impl<Selection: QueryFragment<Backend>> QueryFragment<Backend> for CountBesideRows<Selection> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let Some(selection) = &self.of else {
            out.push_sql("CAST(NULL AS BIGINT)");
            return Ok(());
        };
        out.push_sql("(SELECT count(*) FROM ");
        self.messages.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        selection.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
