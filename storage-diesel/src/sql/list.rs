//! A selection of a mailbox -> the messages of a page, and their numbers.

use actix_messages::{Level, MessageFilter, Page, PageRequest, Recipient, Summary, Total};
use diesel::{ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper, dsl::count_star};

use super::{
    Connection, DIALECT,
    count_beside_rows::CountBesideRows,
    order_and_limit::{limit_to_page, order_by_page},
    rows::MessageRow,
    table::messages::{self, dsl},
    unknown_conditions::resolve,
    where_clause::{looks_into_texts, selection},
};
use crate::error::Failure;

/// Returns the rows of the page, and their number. The number is a column of the same statement if a second statement would take
/// longer; otherwise it is asked for only if the rows don't tell it. To look into texts for the number takes as long as to find
/// the rows.
pub(super) fn list(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Page, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let is_counted = page.total == Total::Counted;
    let is_beside = is_counted && DIALECT.statement_is_round_trip && !looks_into_texts(filter);
    let beside = is_beside.then(|| selection(of, filter));
    let query = messages::table.select((MessageRow::as_select(), CountBesideRows::of(beside))).into_boxed();
    let query = limit_to_page(order_by_page(query.filter(selection(of, filter)), page), page);
    let rows = query.load::<(MessageRow, Option<i64>)>(connection)?;
    let total = match rows.first() {
        _ if !is_counted => None,
        Some((_, Some(total))) => Some(unsigned(*total)),
        _ => Some(match Page::known_total(rows.len(), page) {
            Some(total) => total,
            None => count(connection, of, filter)?,
        }),
    };
    let messages = rows.into_iter().map(|(row, _)| row.try_into()).collect::<Result<_, Failure>>()?;
    Ok(Page::new(messages, total))
}

fn count(connection: &mut Connection, of: &Recipient, filter: &MessageFilter) -> QueryResult<u64> {
    let count = messages::table.filter(selection(of, filter)).select(count_star());
    count.get_result::<i64>(connection).map(unsigned)
}

/// SELECT level, count(*) .. GROUP BY level
pub(super) fn summarize(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> Result<Summary, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let counts = if *filter == MessageFilter::default().unread() {
        // Peek, the most frequent of all: Diesel knows this statement by its type, and need not write its SQL again.
        let unread = messages::table.filter(dsl::recipient.eq(of.key())).filter(dsl::read_at.is_null());
        unread.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?
    } else {
        let selected = messages::table.filter(selection(of, filter));
        selected.group_by(dsl::level).select((dsl::level, count_star())).load(connection)?
    };
    Ok(summary(counts))
}

/// Returns the summary of the numbers of messages by level.
pub(super) fn summary(counts: Vec<(i32, i64)>) -> Summary {
    Summary::new(counts.into_iter().map(|(level, count)| (Level::new(level), unsigned(count))).collect())
}

/// A count is never negative.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
