//! Changes or deletes the messages of a mailbox that match a filter.

use std::slice;

use actix_messages::{
    Message, MessageFilter, MessageId, PageRequest, Recipient, Timestamp, filter::Condition, store::Change,
};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper};

use super::{
    Connection, DIALECT, ThisDatabase,
    fragment::Fragment,
    marks,
    order_and_limit::limit_to_page,
    rows::{MessageRow, Tags},
    table::messages::{self, dsl},
    unknown_conditions::resolve,
    update_read_at::UpdateReadAt,
    where_clause::{Predicate, selection},
};
use crate::{database::Database, error::Failure};

/// Applies a change to the messages that match the filter, and returns the ids of the affected messages.
pub(super) fn change(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    change: &Change,
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    match change {
        Change::MarkRead => mark_read(connection, of, filter, now),
        Change::MarkUnread => mark_unread(connection, of, filter),
        Change::AddTags(_) | Change::RemoveTags(_) | Change::ReplaceTags(_) => {
            change_tags(connection, of, filter, change, now)
        }
    }
}

/// UPDATE .. SET read_at = CASE .. END WHERE .. AND read_at IS NULL RETURNING id
fn mark_read(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let now = now.as_micros();
    let not_before_it_was_created =
        Fragment::new().sql("CASE WHEN id > ").bind_number(now).sql(" THEN id ELSE ").bind_number(now).sql(" END");
    if !DIALECT.statement_is_round_trip
        && let Some((unread, run)) = unread_run(connection, of, filter)?
    {
        UpdateReadAt::to(not_before_it_was_created, run).execute(connection)?;
        return Ok(ids(unread));
    }
    let unread = Box::new(selection(of, filter).and(dsl::read_at.is_null()));
    Ok(ids(UpdateReadAt::to(not_before_it_was_created, unread).returning_ids().get_results(connection)?))
}

/// Returns the unread messages among the ids of the filter, and a condition for the range from the first to the last
/// id. Returns `None` if the filter has other conditions, if another message in the range is unread, or if the range
/// has too many messages.
///
/// The messages of a page are such a range. In SQLite, this query and an update of the range take two thirds of the
/// time of an update that finds each message separately and returns its id.
fn unread_run(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> QueryResult<Option<(Vec<i64>, Predicate)>> {
    let mut conditions = filter.conditions();
    let (Some(Condition::Ids(named)), None) = (conditions.next(), conditions.next()) else { return Ok(None) };
    let (Some(first), Some(last)) = (named.first(), named.last()) else { return Ok(None) };
    // If the ids are far apart, the range contains too many other messages.
    let most = 2 * named.len();
    let run = || dsl::recipient.eq(of.key()).and(dsl::id.between(first.value(), last.value()));
    let there = messages::table.filter(run()).select((dsl::id, dsl::read_at));
    let page = PageRequest::first(u32::try_from(most + 1).unwrap_or(u32::MAX));
    let there = limit_to_page(there, &page).load::<(i64, Option<i64>)>(connection)?;
    let unread = there.iter().filter(|(_, read_at)| read_at.is_none()).map(|(id, _)| *id).collect::<Vec<_>>();
    let is_run = there.len() <= most && unread.iter().all(|id| named.contains(&MessageId::new(*id)));
    // The plus sign keeps SQLite from scanning all unread messages in the index of states.
    Ok(is_run.then(|| (unread, Box::new(run().and(Fragment::new().sql("+read_at IS NULL"))) as Predicate)))
}

/// UPDATE .. SET read_at = NULL WHERE .. AND read_at IS NOT NULL RETURNING id
fn mark_unread(connection: &mut Connection, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let read = Box::new(selection(of, filter).and(dsl::read_at.is_not_null()));
    Ok(ids(UpdateReadAt::to(Fragment::new().sql("NULL"), read).returning_ids().get_results(connection)?))
}

/// DELETE .. RETURNING id
pub(super) fn delete(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> Result<Vec<MessageId>, Failure> {
    let filter = &*resolve(connection, of, filter)?;
    let deleted = diesel::delete(messages::table.filter(selection(of, filter)));
    let deleted = deleted.returning((dsl::recipient, dsl::id)).get_results::<(String, i64)>(connection)?;
    ThisDatabase::record_deleted(connection, &deleted)?;
    Ok(ids(deleted.into_iter().map(|(_, id)| id).collect()))
}

/// Changes the tags of each message with a separate statement, since the new tags differ.
fn change_tags(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    change: &Change,
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    let recipient = of.key();
    ThisDatabase::lock_mailboxes(connection, slice::from_ref(of))?;
    let filter = &*resolve(connection, of, filter)?;
    let rows = messages::table.filter(selection(of, filter)).select(MessageRow::as_select()).load(connection)?;
    let mut changed = rows.into_iter().map(Message::try_from).collect::<Result<Vec<_>, _>>()?;
    // Check all changes in memory before the first one is written.
    let ids = change.apply_to_all(&mut changed, now)?;
    for message in &changed {
        let row = messages::table.find((&recipient, message.id.value()));
        diesel::update(row).set(Tags::new(&message.tags)).execute(connection)?;
    }
    Ok(ids)
}

/// Deletes all messages and marks of a mailbox.
pub(super) fn erase(connection: &mut Connection, of: &Recipient) -> Result<u64, Failure> {
    let key = of.key();
    ThisDatabase::lock_mailboxes(connection, slice::from_ref(of))?;
    let deleted = diesel::delete(messages::table.filter(dsl::recipient.eq(&key))).execute(connection)?;
    marks::delete_all(connection, &key)?;
    Ok(deleted as u64)
}

fn ids(ids: Vec<i64>) -> Vec<MessageId> {
    ids.into_iter().map(MessageId::new).collect()
}
