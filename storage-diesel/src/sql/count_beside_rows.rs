//! A selection -> how many messages it has, beside each row of a query.

use diesel::{
    QueryResult, QuerySource,
    expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate},
    query_builder::{AstPass, QueryFragment, QueryId},
    sql_types::{BigInt, Nullable},
};

use super::{
    Backend,
    table::messages::{self, table},
    where_clause::Predicate,
};

/// `(SELECT count(*) FROM .. WHERE ..)` as a column, which a database finds once for all rows; or null.
pub(super) struct CountBesideRows {
    messages: <table as QuerySource>::FromClause,
    of: Option<Predicate>,
}

impl CountBesideRows {
    /// How many of these there are, if anybody wants to know.
    pub(super) fn of(those: Option<Predicate>) -> Self {
        Self { messages: messages::table.from_clause(), of: those }
    }
}

impl Expression for CountBesideRows {
    type SqlType = Nullable<BigInt>;
}

impl AppearsOnTable<table> for CountBesideRows {}

impl SelectableExpression<table> for CountBesideRows {}

impl<Grouping> ValidGrouping<Grouping> for CountBesideRows {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for CountBesideRows {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for CountBesideRows {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let Some(those) = &self.of else {
            out.push_sql("CAST(NULL AS BIGINT)");
            return Ok(());
        };
        out.push_sql("(SELECT count(*) FROM ");
        self.messages.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        those.walk_ast(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}
