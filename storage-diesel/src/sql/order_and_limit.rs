//! Translates a `PageRequest` into ORDER BY, LIMIT and OFFSET.

use actix_messages::{Direction, OrderKey, PageRequest};
use diesel::{
    BoxableExpression, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl,
    expression::expression_types::NotSelectable,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    query_dsl::methods::ThenOrderDsl,
    sql_types::BigInt,
};

use super::{
    Backend, Connection,
    table::messages::{self, dsl},
};

/// One key of an order.
type Order = Box<dyn BoxableExpression<messages::table, Backend, SqlType = NotSelectable>>;

/// Appends the ORDER BY of the page to a query.
pub(super) fn order_by_page<Rows>(mut query: Rows, page: &PageRequest) -> Rows
where
    Rows: QueryDsl + ThenOrderDsl<Order, Output = Rows>,
{
    for (key, direction) in page.order.keys() {
        let one: Order = match (key, direction) {
            (OrderKey::Level, Direction::Ascending) => Box::new(dsl::level.asc()),
            (OrderKey::Level, Direction::Descending) => Box::new(dsl::level.desc()),
            (OrderKey::Created, Direction::Ascending) => Box::new(dsl::id.asc()),
            (OrderKey::Created, Direction::Descending) => Box::new(dsl::id.desc()),
            (OrderKey::ReadAt, Direction::Ascending) => Box::new(dsl::read_at.asc()),
            (OrderKey::ReadAt, Direction::Descending) => Box::new(dsl::read_at.desc()),
        };
        // Databases sort nulls differently, unless the order specifies it.
        let nulls: Option<Order> = match (key, direction) {
            (OrderKey::ReadAt, Direction::Ascending) => Some(Box::new(dsl::read_at.is_not_null().asc())),
            (OrderKey::ReadAt, Direction::Descending) => Some(Box::new(dsl::read_at.is_not_null().desc())),
            (OrderKey::Level | OrderKey::Created, _) => None,
        };
        query = nulls.into_iter().chain([one]).fold(query, ThenOrderDsl::then_order_by);
    }
    query
}

/// Appends the LIMIT and OFFSET of the page to a query.
pub(super) fn limit_to_page<Rows>(query: Rows, page: &PageRequest) -> LimitedToPage<Rows, false> {
    let offset = i64::try_from(page.offset).unwrap_or(i64::MAX);
    LimitedToPage { query, limit: page.limit.into(), offset, is_uncached: page.order.keys().count() > 2 }
}

/// Appends the LIMIT of a first page to a query. Diesel can identify the result by its type.
pub(super) fn limit_to_first_page<Rows>(query: Rows, page: &PageRequest) -> LimitedToPage<Rows, true> {
    LimitedToPage { query, limit: page.limit.into(), offset: 0, is_uncached: false }
}

/// A query with `LIMIT 0 + ?` and, unless the offset is 0, `OFFSET 0 + ?`.
///
/// PostgreSQL would expect that an offset with an unknown value skips a tenth of the rows. The plan for any value would
/// seem expensive, so PostgreSQL would plan each execution again. That takes longer than the execution.
///
/// If the limit were a bare parameter, SQLite would plan by its value. It would then prepare the statement again each
/// time the parameter is bound, which takes longer than running it.
///
/// A connection caches the statement only if the order has at most two keys. There are too many other orders.
#[derive(Debug, Clone, Copy)]
pub(super) struct LimitedToPage<Rows, const IS_FIRST: bool> {
    query: Rows,
    limit: i64,
    offset: i64,
    is_uncached: bool,
}

impl<Rows: Query, const IS_FIRST: bool> Query for LimitedToPage<Rows, IS_FIRST> {
    type SqlType = Rows::SqlType;
}

impl<Rows, const IS_FIRST: bool> RunQueryDsl<Connection> for LimitedToPage<Rows, IS_FIRST> {}

impl<Rows: QueryId, const IS_FIRST: bool> QueryId for LimitedToPage<Rows, IS_FIRST> {
    type QueryId = LimitedToPage<Rows::QueryId, IS_FIRST>;
    const HAS_STATIC_QUERY_ID: bool = IS_FIRST && Rows::HAS_STATIC_QUERY_ID;
}

impl<Rows: QueryFragment<Backend>, const IS_FIRST: bool> QueryFragment<Backend> for LimitedToPage<Rows, IS_FIRST> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        if self.is_uncached {
            out.unsafe_to_cache_prepared();
        }
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT 0 + ");
        out.push_bind_param::<BigInt, _>(&self.limit)?;
        if self.offset > 0 {
            out.push_sql(" OFFSET 0 + ");
            out.push_bind_param::<BigInt, _>(&self.offset)?;
        }
        Ok(())
    }
}
