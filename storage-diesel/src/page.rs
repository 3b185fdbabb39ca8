//! `PageRequest` -> ORDER BY, LIMIT and OFFSET.

use actix_messages::{Direction, OrderKey, PageRequest};
use diesel::{
    BoxableExpression, ExpressionMethods, QueryDsl,
    expression::expression_types::NotSelectable,
    query_dsl::methods::{LimitDsl, OffsetDsl, ThenOrderDsl},
};

use super::{
    Backend,
    schema::messages::{self, dsl},
};

/// What rows are ordered by.
type Order = Box<dyn BoxableExpression<messages::table, Backend, SqlType = NotSelectable>>;

/// The rows of the page, out of those that the query has, whatever its columns are.
pub(super) fn cut<Query>(mut query: Query, page: &PageRequest) -> Query
where
    Query: QueryDsl + ThenOrderDsl<Order, Output = Query> + LimitDsl<Output = Query> + OffsetDsl<Output = Query>,
{
    let PageRequest { order, limit, offset, total: _ } = page;
    for (key, direction) in order.keys() {
        let one: Order = match (key, direction) {
            (OrderKey::Level, Direction::Ascending) => Box::new(dsl::level.asc()),
            (OrderKey::Level, Direction::Descending) => Box::new(dsl::level.desc()),
            (OrderKey::Created, Direction::Ascending) => Box::new(dsl::id.asc()),
            (OrderKey::Created, Direction::Descending) => Box::new(dsl::id.desc()),
            (OrderKey::ReadAt, Direction::Ascending) => Box::new(dsl::read_at.asc()),
            (OrderKey::ReadAt, Direction::Descending) => Box::new(dsl::read_at.desc()),
        };
        // Where nulls come is said, since databases differ in it.
        let nulls: Option<Order> = match (key, direction) {
            (OrderKey::ReadAt, Direction::Ascending) => Some(Box::new(dsl::read_at.is_not_null().asc())),
            (OrderKey::ReadAt, Direction::Descending) => Some(Box::new(dsl::read_at.is_not_null().desc())),
            (OrderKey::Level | OrderKey::Created, _) => None,
        };
        query = nulls.into_iter().chain([one]).fold(query, ThenOrderDsl::then_order_by);
    }
    let query = LimitDsl::limit(query, i64::from(*limit));
    if *offset == 0 { query } else { OffsetDsl::offset(query, i64::try_from(*offset).unwrap_or(i64::MAX)) }
}
