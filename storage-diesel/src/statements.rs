//! The statements: what each verb of the store says to the database.

use actix_messages::{
    CheckedMessage, Level, MessageFilter, MessageId, Page, PageRequest, Recipient, SessionId, Summary, Timestamp, Total,
};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::{count_star, max},
};

use super::{
    Connection, MAX_PARAMETERS,
    filter::selection,
    later,
    page::cut,
    rows::{MessageRow, NewRow},
    write,
};
use crate::{
    error::Failure,
    schema::messages::{self, dsl},
};

/// In one transaction that holds the write lock from its start, so that no other can give the same ids.
pub(super) fn insert(
    connection: &mut Connection,
    of: &Recipient,
    messages: &[CheckedMessage],
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    let recipient = of.key();
    write(connection, |connection| {
        // SELECT max(id) FROM actix_messages WHERE recipient = ?
        let newest = messages::table.filter(dsl::recipient.eq(&recipient)).select(max(dsl::id));
        let mut last = newest.get_result::<Option<i64>>(connection)?.map(MessageId::new);
        let mut ids = Vec::with_capacity(messages.len());
        for chunk in messages.chunks(MAX_PARAMETERS / NewRow::COLUMNS) {
            let rows = chunk.iter().map(|message| {
                let id = MessageId::after(last, now);
                last = Some(id);
                ids.push(id);
                NewRow::new(&recipient, id, message)
            });
            diesel::insert_into(messages::table).values(rows.collect::<Vec<_>>()).execute(connection)?;
        }
        Ok(ids)
    })
}

/// The rows, and their number where the rows don't tell it.
pub(super) fn list(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Page, Failure> {
    let query = messages::table.select(MessageRow::as_select()).into_boxed().filter(selection(of, filter));
    let messages = cut(query, page)
        .load(connection)?
        .into_iter()
        .map(MessageRow::try_into)
        .collect::<Result<Vec<_>, Failure>>()?;
    let total = match (page.total, Page::known_total(messages.len(), page)) {
        (Total::Skipped, _) => None,
        (Total::Counted, Some(total)) => Some(total),
        (Total::Counted, None) => Some(count(connection, of, filter)?),
    };
    Ok(Page { messages, total })
}

fn count(connection: &mut Connection, of: &Recipient, filter: &MessageFilter) -> QueryResult<u64> {
    let count = messages::table.filter(selection(of, filter)).select(count_star());
    count.get_result::<i64>(connection).map(unsigned)
}

pub(super) fn summarize(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> Result<Summary, Failure> {
    let summary = messages::table.filter(selection(of, filter)).select((count_star(), max(dsl::level)));
    let (count, max_level) = summary.get_result::<(i64, Option<i32>)>(connection)?;
    Ok(Summary { count: unsigned(count), max_level: max_level.map(Level::new) })
}

/// UPDATE .. SET read_at = max(?, id) WHERE .. AND read_at IS NULL RETURNING id
pub(super) fn mark_read(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    let unread = messages::table.filter(selection(of, filter)).filter(dsl::read_at.is_null());
    let marked = diesel::update(unread).set(dsl::read_at.eq(later(now.as_micros(), dsl::id).nullable()));
    Ok(ids(marked.returning(dsl::id).get_results(connection)?))
}

/// DELETE .. RETURNING id
pub(super) fn delete(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> Result<Vec<MessageId>, Failure> {
    let deleted = diesel::delete(messages::table.filter(selection(of, filter)));
    Ok(ids(deleted.returning(dsl::id).get_results(connection)?))
}

pub(super) fn end_session(connection: &mut Connection, session: &SessionId, before: Timestamp) -> Result<u64, Failure> {
    let bound = messages::table.filter(dsl::session.eq(session.as_str())).filter(dsl::id.lt(before.as_micros()));
    Ok(diesel::delete(bound).execute(connection)? as u64)
}

fn ids(ids: Vec<i64>) -> Vec<MessageId> {
    ids.into_iter().map(MessageId::new).collect()
}

/// A count is never negative.
fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
