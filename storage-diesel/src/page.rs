//! `PageRequest` -> ORDER BY, LIMIT and OFFSET.

use actix_messages::{Direction, OrderKey, PageRequest};
use diesel::{
    ExpressionMethods, QueryDsl,
    helper_types::{AsSelect, IntoBoxed, Select},
};

use super::{Backend, rows::MessageRow};
use crate::schema::messages::{self, dsl};

/// A query for the columns of a message.
pub(super) type MessageQuery = IntoBoxed<'static, Select<messages::table, AsSelect<MessageRow, Backend>>, Backend>;

/// The rows of the page, out of those that the query has.
pub(super) fn cut(mut query: MessageQuery, page: &PageRequest) -> MessageQuery {
    let PageRequest { order, limit, offset, total: _ } = page;
    for (key, direction) in order.keys() {
        query = match (key, direction) {
            (OrderKey::Level, Direction::Ascending) => query.then_order_by(dsl::level.asc()),
            (OrderKey::Level, Direction::Descending) => query.then_order_by(dsl::level.desc()),
            (OrderKey::Created, Direction::Ascending) => query.then_order_by(dsl::id.asc()),
            (OrderKey::Created, Direction::Descending) => query.then_order_by(dsl::id.desc()),
            // Where nulls come is said, since databases differ in it.
            (OrderKey::ReadAt, Direction::Ascending) => {
                query.then_order_by((dsl::read_at.is_not_null().asc(), dsl::read_at.asc()))
            }
            (OrderKey::ReadAt, Direction::Descending) => {
                query.then_order_by((dsl::read_at.is_not_null().desc(), dsl::read_at.desc()))
            }
        };
    }
    let query = query.limit(i64::from(*limit));
    if *offset == 0 { query } else { query.offset(i64::try_from(*offset).unwrap_or(i64::MAX)) }
}
