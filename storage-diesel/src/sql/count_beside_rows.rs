//! A selection -> its number of messages, beside each row of a query.

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

/// `(SELECT count(*) FROM .. WHERE ..)` as a column, which a database evaluates once for all rows; or null.
#[derive(ValidGrouping)]
pub(super) struct CountBesideRows {
    messages: <table as QuerySource>::FromClause,
    of: Option<Predicate>,
}

impl CountBesideRows {
    /// Counts the messages of this selection, or returns null.
    pub(super) fn of(selection: Option<Predicate>) -> Self {
        Self { messages: messages::table.from_clause(), of: selection }
    }
}

impl Expression for CountBesideRows {
    type SqlType = Nullable<BigInt>;
}

impl AppearsOnTable<table> for CountBesideRows {}

impl SelectableExpression<table> for CountBesideRows {}

impl QueryId for CountBesideRows {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for CountBesideRows {
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
