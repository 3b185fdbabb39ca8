//! Defines an update of `read_at` that a connection keeps prepared.

use diesel::{
    QueryResult, QuerySource, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
};

use super::{
    Backend, Connection,
    fragment::Fragment,
    table::messages::{self, table},
    where_clause::Predicate,
};

/// `UPDATE .. SET read_at = .. WHERE ..`. Diesel prepares its own updates each time, since each may set different
/// columns.
pub(super) struct UpdateReadAt {
    messages: <table as QuerySource>::FromClause,
    read_at: Fragment,
    selection: Predicate,
    returns_ids: bool,
}

impl UpdateReadAt {
    /// Sets `read_at` of the selected messages.
    pub(super) fn to(read_at: Fragment, selection: Predicate) -> Self {
        Self { messages: messages::table.from_clause(), read_at, selection, returns_ids: false }
    }

    /// `.. RETURNING id`
    pub(super) fn returning_ids(self) -> Self {
        Self { returns_ids: true, ..self }
    }
}

impl Query for UpdateReadAt {
    type SqlType = BigInt;
}

impl RunQueryDsl<Connection> for UpdateReadAt {}

impl QueryId for UpdateReadAt {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for UpdateReadAt {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("UPDATE ");
        self.messages.walk_ast(out.reborrow())?;
        out.push_sql(" SET read_at = ");
        self.read_at.walk_ast(out.reborrow())?;
        out.push_sql(" WHERE ");
        self.selection.walk_ast(out.reborrow())?;
        if self.returns_ids {
            out.push_sql(" RETURNING id");
        }
        Ok(())
    }
}
