//! Lists and counts messages of a mailbox.

use actix_messages::{
    Level, Message, MessageFilter, MessageId, MessageOrder, OrderKey, Page, PageRequest, Recipient, Summary, Timestamp,
    Total, filter::Condition,
};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper, dsl::count_star,
    query_dsl::methods::LoadQuery,
};

use super::{
    Connection,
    count_beside_rows::CountBesideRows,
    order_and_limit::{limit_to_first_page, limit_to_page, order_by_page},
    rows::MessageRow,
    table::messages::{self, dsl},
    unknown_conditions::resolve,
    where_clause::{looks_into_texts, selection},
};
use crate::error::Failure;

/// The maximum number of messages for which a page allocates memory in advance, to avoid reallocations.
const ROOM: u32 = 32;

/// Returns the messages of the page, and the total if it is requested.
///
/// The total is a column of the same statement. The exception is a filter that reads texts, since counting then takes
/// as long as finding the rows. In that case, a second statement counts, but only if the number of rows does not tell
/// the total.
pub(super) fn list(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Page, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let is_counted = page.total == Total::Counted;
    // Diesel identifies the two most frequent statements by their types, and does not build their SQL again.
    if let (Some(id), false, 0, 1..) = (only_id(filter), is_counted, page.offset, page.limit) {
        let row = messages::table.find((of.key(), id.value())).select(MessageRow::as_select());
        let message = row.get_result(connection).optional()?.map(Message::try_from).transpose()?;
        return Ok(Page::new(message.into_iter().collect(), None));
    }
    let (messages, beside) = if is_counted
        && *filter == MessageFilter::default()
        && page.order == MessageOrder::default()
        && page.offset == 0
    {
        let all = || dsl::recipient.eq(of.key());
        let columns = (MessageRow::as_select(), CountBesideRows::of(all()));
        let query = messages::table.filter(all()).order_by(dsl::id.desc()).select(columns);
        load(connection, limit_to_first_page(query, page), page)?
    } else if let (false, 0, Some(after)) = (is_counted, page.offset, only_created_after(filter, page)) {
        // The new messages of a watch.
        let new = messages::table.filter(dsl::recipient.eq(of.key())).filter(dsl::id.ge(after));
        let query = new.order_by(dsl::id.asc()).select(MessageRow::as_select());
        let rows = limit_to_first_page(query, page).load::<MessageRow>(connection)?;
        (rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?, None)
    } else {
        let beside = (is_counted && !looks_into_texts(filter)).then(|| selection(of, filter));
        let columns = (MessageRow::as_select(), CountBesideRows::of_or_null(beside));
        let query = messages::table.select(columns).into_boxed().filter(selection(of, filter));
        load(connection, limit_to_page(order_by_page(query, page), page), page)?
    };
    let total = match beside {
        _ if !is_counted => None,
        Some(total) => Some(total),
        None => Some(match Page::known_total(messages.len(), page) {
            Some(total) => total,
            None => count(connection, of, filter)?,
        }),
    };
    Ok(Page::new(messages, total))
}

/// Returns the id in the filter, if a single id is its only condition.
fn only_id(filter: &MessageFilter) -> Option<MessageId> {
    let mut conditions = filter.conditions();
    match (conditions.next(), conditions.next()) {
        (Some(Condition::Ids(ids)), None) if ids.len() == 1 => ids.first().copied(),
        _ => None,
    }
}

/// Returns the earliest creation time in the filter, if it is its only condition and the page has this order.
fn only_created_after(filter: &MessageFilter, page: &PageRequest) -> Option<i64> {
    let mut conditions = filter.conditions();
    match (conditions.next(), conditions.next()) {
        (Some(Condition::Created(range)), None) if page.order == MessageOrder::by(OrderKey::Created) => {
            range.after.filter(|_| range.before.is_none()).map(Timestamp::as_micros)
        }
        _ => None,
    }
}

/// Returns the messages of a page, and the total in the column beside them.
fn load<'query, Rows>(
    connection: &mut Connection,
    rows: Rows,
    page: &PageRequest,
) -> Result<(Vec<Message>, Option<u64>), Failure>
where
    Rows: LoadQuery<'query, Connection, (MessageRow, Option<i64>)>,
{
    let mut messages = Vec::with_capacity(page.limit.min(ROOM) as usize);
    let mut number = None;
    for row in rows.load_iter::<(MessageRow, Option<i64>), _>(connection)? {
        let (row, beside) = row?;
        messages.push(row.try_into()?);
        number = beside.map(unsigned);
    }
    Ok((messages, number))
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
        // Peek, the most frequent query. Diesel identifies this statement by its type, and does not build its SQL
        // again.
        let unread = messages::table.filter(dsl::recipient.eq(of.key())).filter(dsl::read_at.is_null());
        unread.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?
    } else {
        let selected = messages::table.filter(selection(of, filter));
        selected.group_by(dsl::level).select((dsl::level, count_star())).load(connection)?
    };
    Ok(summary(counts))
}

/// Converts the number of messages of each level to a summary.
pub(super) fn summary(counts: Vec<(i32, i64)>) -> Summary {
    Summary::new(counts.into_iter().map(|(level, count)| (Level::new(level), unsigned(count))).collect())
}

/// A count is never negative.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
