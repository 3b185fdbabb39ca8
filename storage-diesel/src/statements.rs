//! The statements: what each verb of the store says to the database.

use std::{collections::BTreeSet, slice};

use actix_messages::{
    CheckedMessage, Clock, Error, Expiry, Level, MessageFilter, MessageId, NewMessage, Page, PageRequest, Recipient,
    SessionId, StoreError, Summary, SweepPosition, Swept, TagChange, Timestamp, Total,
};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, SelectableHelper,
    dsl::{count_star, max},
};

use super::{
    Connection, EACH_STATEMENT_IS_A_ROUND_TRIP, MAX_PARAMETERS,
    count::Count,
    filter::{Predicate, between, expired, looks_into_texts, of_any, selection},
    fragment::Fragment,
    goes_on, lock_mailboxes,
    page::{cut, ordered},
    rows::{MessageRow, MovedRow, NewRow, PARAMETERS_OF_A_ROW, Tags, recipient_in, texts_in},
    schema::messages::{self, dsl},
    update::UpdateReadAt,
    within_transaction,
};
use crate::error::Failure;

/// In one transaction, in which no other one gives the same ids.
pub(super) fn insert(
    connection: &mut Connection,
    of: &[Recipient],
    messages: &[CheckedMessage],
    clock: &Clock,
) -> Result<Vec<MessageId>, Failure> {
    lock_mailboxes(connection, of)?;
    // SELECT max(id) FROM actix_messages WHERE recipient = ?
    let newest = match of {
        // Nearly always. Diesel knows this statement by its type.
        [one] => messages::table.filter(dsl::recipient.eq(one.key())).select(max(dsl::id)).get_result(connection)?,
        many => messages::table.filter(of_any(many)).select(max(dsl::id)).get_result(connection)?,
    };
    let ids = MessageId::next(Option::<i64>::map(newest, MessageId::new), messages.len(), clock);
    let mut keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    // In one order for all, so that no two wait for each other.
    keys.sort_unstable();
    let rows = keys.iter().flat_map(|key| ids.iter().zip(messages).map(|(id, message)| NewRow::new(key, *id, message)));
    match &rows.collect::<Vec<_>>()[..] {
        // Nearly always. The connection keeps this statement prepared; one of several rows, it does not.
        [row] => {
            diesel::insert_into(messages::table).values(row).execute(connection)?;
        }
        rows => {
            for chunk in rows.chunks(MAX_PARAMETERS / PARAMETERS_OF_A_ROW) {
                diesel::insert_into(messages::table).values(chunk).execute(connection)?;
            }
        }
    }
    Ok(ids)
}

/// Adds a message on a connection of the application's own, within its transaction where it is in one: the message is
/// committed with it, and gone with its rollback.
///
/// It blocks the thread, as everything that Diesel does with the connection. The configuration of messages is not known
/// here: its minimum level and its bound of mailboxes don't apply, the time is what `MessagesConfig::now` says, and the
/// message is bound to no session and says of no view that it was made there, unless it names them itself.
///
/// Until the transaction ends, a write of the store that needs the same mailbox waits: on SQLite every write, and on
/// PostgreSQL a message, a claim or a change of tags for this recipient. It waits for four fifths of the store's patience at most (5 seconds by default)
/// and is then refused with 503. On PostgreSQL, a message for three or more users of whom this is one is refused after three
/// seconds. Requests for other mailboxes on PostgreSQL are not held up.
///
/// This function waits for locks as the connection is set to (`lock_timeout` on PostgreSQL), and leaves the connection's
/// settings as they are.
///
/// On PostgreSQL the transaction has to be `READ COMMITTED`, as it is by default, or ids may not rise. Who adds for several
/// recipients in one transaction does so in one order everywhere, or two such transactions may wait for each other.
///
/// # Errors
///
/// [`Error::Invalid`] where the message breaks a limit, [`Error::Store`] where the database could not keep it.
pub fn add(
    connection: &mut Connection,
    of: &Recipient,
    message: NewMessage,
    now: Timestamp,
) -> Result<MessageId, Error> {
    let message = message.check()?;
    let ids = within_transaction(connection, |connection| {
        insert(connection, slice::from_ref(of), slice::from_ref(&message), &now.into())
    });
    let ids = ids.map_err(StoreError::from)?;
    ids.first().copied().ok_or_else(|| StoreError::from(Failure::Row("no id was given".into())).into())
}

/// The rows, and their number: beside them where to ask twice takes longer, and else where the rows don't tell it. To
/// look into texts for their number takes as long as to find them.
pub(super) fn list(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Page, Failure> {
    let is_counted = page.total == Total::Counted;
    let is_beside = is_counted && EACH_STATEMENT_IS_A_ROUND_TRIP && !looks_into_texts(filter);
    let beside = is_beside.then(|| selection(of, filter));
    let query = messages::table.select((MessageRow::as_select(), Count::of(beside))).into_boxed();
    let query = cut(ordered(query.filter(selection(of, filter)), page), page);
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
    Ok(Page { messages, total })
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
    let counts = if *filter == MessageFilter::default().unread() {
        // Peek, the most frequent of all: Diesel knows this statement by its type, and need not write its SQL again.
        let unread = messages::table.filter(dsl::recipient.eq(of.key())).filter(dsl::read_at.is_null());
        unread.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?
    } else {
        let selected = messages::table.filter(selection(of, filter));
        selected.group_by(dsl::level).select((dsl::level, count_star())).load(connection)?
    };
    Ok(Summary { by_level: counts.into_iter().map(|(level, count)| (Level::new(level), unsigned(count))).collect() })
}

/// UPDATE .. SET read_at = CASE .. END WHERE .. AND read_at IS NULL RETURNING id
pub(super) fn mark_read(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    now: Timestamp,
) -> Result<Vec<MessageId>, Failure> {
    let now = now.as_micros();
    let not_before_it_was_created =
        Fragment::new().sql("CASE WHEN id > ").bind_number(now).sql(" THEN id ELSE ").bind_number(now).sql(" END");
    if !EACH_STATEMENT_IS_A_ROUND_TRIP && let Some((unread, run)) = unread_run(connection, of, filter)? {
        UpdateReadAt::to(not_before_it_was_created, run).execute(connection)?;
        return Ok(ids(unread));
    }
    let unread = Box::new(selection(of, filter).and(dsl::read_at.is_null()));
    Ok(ids(UpdateReadAt::to(not_before_it_was_created, unread).returning_ids().get_results(connection)?))
}

/// Which of the named messages are unread, where no other one from the first to the last of them is: those of a page, say.
/// SQLite needs two thirds of the time for an update from here to there, and this, of what it needs to find each by itself
/// and to return what it found.
fn unread_run(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> QueryResult<Option<(Vec<i64>, Predicate)>> {
    let Some(named) = &filter.ids else { return Ok(None) };
    let (Some(first), Some(last)) = (named.first(), named.last()) else { return Ok(None) };
    if *filter != MessageFilter::default().with_ids(named.iter().copied()) {
        return Ok(None);
    }
    // Messages that lie far apart are not looked for among all that are between them.
    let most = 2 * named.len();
    let run = || dsl::recipient.eq(of.key()).and(dsl::id.between(first.value(), last.value()));
    let there = messages::table.filter(run()).select((dsl::id, dsl::read_at));
    let page = PageRequest::first(u32::try_from(most + 1).unwrap_or(u32::MAX));
    let there = cut(there, &page).load::<(i64, Option<i64>)>(connection)?;
    let unread = there.iter().filter(|(_, read_at)| read_at.is_none()).map(|(id, _)| *id).collect::<Vec<_>>();
    let is_run = there.len() <= most && unread.iter().all(|id| named.contains(&MessageId::new(*id)));
    // The plus keeps them from being looked for among all that are unread.
    Ok(is_run.then(|| (unread, Box::new(run().and(Fragment::new().sql("+read_at IS NULL"))) as Predicate)))
}

/// UPDATE .. SET read_at = NULL WHERE .. AND read_at IS NOT NULL RETURNING id
pub(super) fn mark_unread(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
) -> Result<Vec<MessageId>, Failure> {
    let read = Box::new(selection(of, filter).and(dsl::read_at.is_not_null()));
    Ok(ids(UpdateReadAt::to(Fragment::new().sql("NULL"), read).returning_ids().get_results(connection)?))
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

/// Each message has tags of its own to change, so each is a statement of its own.
pub(super) fn change_tags(
    connection: &mut Connection,
    of: &Recipient,
    filter: &MessageFilter,
    change: &TagChange,
) -> Result<Vec<MessageId>, Failure> {
    let recipient = of.key();
    lock_mailboxes(connection, slice::from_ref(of))?;
    let tagged = messages::table.filter(selection(of, filter)).select((dsl::id, dsl::tags));
    let tagged = tagged.load::<(i64, String)>(connection)?;
    // All are checked before the first one is changed.
    let apply = |(_, present): &(i64, String)| Ok::<_, Failure>(change.apply(&texts_in(present)?)?);
    let changed = tagged.iter().map(apply).collect::<Result<Vec<_>, _>>()?;
    for ((id, _), tags) in tagged.iter().zip(&changed) {
        diesel::update(messages::table.find((&recipient, id))).set(Tags::new(tags)).execute(connection)?;
    }
    Ok(ids(tagged.into_iter().map(|(id, _)| id).collect()))
}

/// The rows are deleted and inserted again, since a database that is divided by recipients refuses to update the
/// recipient of a row. Deleting returns them as they are by then, so a change that came before it is not lost.
pub(super) fn claim(connection: &mut Connection, from: &Recipient, to: &Recipient) -> Result<u64, Failure> {
    if from == to {
        return Ok(0);
    }
    let both = [from.clone(), to.clone()];
    let (from, to) = (from.key(), to.key());
    lock_mailboxes(connection, &both)?;
    let claimed = diesel::delete(messages::table.filter(dsl::recipient.eq(&from)));
    let mut claimed = claimed.returning(MovedRow::as_returning()).load(connection)?;
    claimed.sort_unstable_by_key(MovedRow::id);
    let Some(first) = claimed.first() else { return Ok(0) };
    let taken = messages::table.filter(dsl::recipient.eq(&to)).filter(dsl::id.ge(first.id().value()));
    let taken = taken.select(dsl::id).load::<i64>(connection)?.into_iter().collect::<BTreeSet<_>>();
    let free = MessageId::free_for(claimed.iter().map(MovedRow::id), |id| taken.contains(&id.value()));
    let moved = claimed.into_iter().zip(free).map(|(row, id)| row.moved(&to, id)).collect::<Vec<_>>();
    for chunk in moved.chunks(MAX_PARAMETERS / PARAMETERS_OF_A_ROW) {
        diesel::insert_into(messages::table).values(chunk).execute(connection)?;
    }
    Ok(moved.len() as u64)
}

pub(super) fn end_session(connection: &mut Connection, session: &SessionId, before: Timestamp) -> Result<u64, Failure> {
    let bound = || messages::table.filter(dsl::session.eq(session.as_str()));
    let deleted = diesel::delete(bound().filter(dsl::id.lt(before.as_micros()))).execute(connection)?;
    diesel::update(bound()).set(dsl::session.eq(None::<String>)).execute(connection)?;
    Ok(deleted as u64)
}

/// Where a step ends is looked up first, so that the one statement that writes has an end on both sides. A message
/// that has expired stays so, whatever happens between the two.
pub(super) fn sweep(
    connection: &mut Connection,
    expiry: &Expiry,
    from: Option<&SweepPosition>,
    at_most: u32,
) -> Result<Swept, Failure> {
    let last = messages::table.filter(between(from, None)).select((dsl::recipient, dsl::id));
    let last = last.order_by((dsl::recipient, dsl::id)).offset(i64::from(at_most.saturating_sub(1))).limit(1);
    let last = last.get_result::<(String, i64)>(connection).optional()?;
    let next = last.map(|(recipient, id)| {
        Ok::<_, Failure>(SweepPosition { recipient: recipient_in(&recipient)?, id: MessageId::new(id) })
    });
    let next = next.transpose()?;
    if let (Some(from), Some(next)) = (from, &next)
        && !goes_on(from, next)
    {
        // To go on from there would lead here again, and so for ever.
        let SweepPosition { recipient, id } = next;
        return Err(Failure::Row(format!("its mailbox is no text, or its id no integer: {recipient:?}, {id}")));
    }
    let step = messages::table.filter(between(from, next.as_ref())).filter(expired(expiry));
    let deleted = diesel::delete(step).execute(connection)? as u64;
    Ok(Swept { deleted, next })
}

fn ids(ids: Vec<i64>) -> Vec<MessageId> {
    ids.into_iter().map(MessageId::new).collect()
}

/// A count is never negative.
pub(super) fn unsigned(count: i64) -> u64 {
    u64::try_from(count).unwrap_or_default()
}
