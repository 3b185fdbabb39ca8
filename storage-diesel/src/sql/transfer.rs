//! Moves messages from one mailbox to another.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, PageRequest, Recipient, Timestamp,
    store::{Mark, Move, Moved},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, ThisDatabase,
    insert::insert_rows,
    marks,
    order_and_limit::limit_to_page,
    rows::{MessageRow, NewRow},
    table::messages::{self, dsl},
    unknown_conditions::resolve,
    where_clause::{selection, with_keys},
};
use crate::{database::Database, error::Failure};

/// Moves messages: deletes the rows and inserts them again. A database that is sharded by recipient refuses to update
/// the recipient of a row. The DELETE returns the latest state of the rows, so no earlier change is lost.
pub(super) fn transfer(
    connection: &mut Connection,
    from: &Recipient,
    to: &Recipient,
    what: &Move,
    clock: &Clock,
) -> Result<Vec<Moved>, Failure> {
    // Every insertion of a key locks the inbox.
    let locked = BTreeSet::from([from.clone(), to.clone(), from.inbox(), to.inbox()]);
    ThisDatabase::lock_mailboxes(connection, &locked.into_iter().collect::<Vec<_>>())?;
    let (from_key, to_key) = (from.key(), to.key());
    let marks = match what.with_marks {
        true if from != to => marks::remove_all(connection, &from_key)?,
        _ => Vec::new(),
    };
    let filter = &*resolve(connection, from, &what.filter)?;
    let leaving = diesel::delete(messages::table.filter(selection(from, filter)));
    let leaving = leaving.returning(MessageRow::as_returning()).get_results::<MessageRow>(connection)?;
    let gone = leaving.iter().map(|row| (from_key.clone(), row.id)).collect::<Vec<_>>();
    ThisDatabase::record_deleted(connection, &gone)?;
    let mut now = clock.now();
    let mut positions = gone.iter().map(|(_, id)| MessageId::new(*id)).chain(marks.iter().map(|(_, at)| *at));
    if from == to || positions.any(|position| position.is_ahead_of(now)) {
        // Only the clock that gives ids can tell whether another clock was wrong.
        now = ThisDatabase::now(connection, clock)?;
    }
    if from == to && what.with_marks {
        marks::move_newest_back(connection, &to_key, MessageId::latest_plausible(now))?;
    }
    let moved = arrive(connection, to, leaving, what, (now, clock))?;
    if from == to && what.with_marks {
        marks::move_marks_back(connection, &to_key, MessageId::latest_plausible(now))?;
    }
    for (mark, position) in marks {
        let newest = ThisDatabase::newest(connection, &to_key)?;
        if let Some(position) = Move::position_on_arrival(position, newest.map(MessageId::new), now)
            && (mark != Mark::NEWEST || newest < Some(position.value()))
        {
            marks::move_forward(connection, &to_key, &mark, position.value())?;
        }
    }
    Ok(moved)
}

/// Inserts messages that were deleted from another mailbox.
fn arrive(
    connection: &mut Connection,
    to: &Recipient,
    leaving: Vec<MessageRow>,
    what: &Move,
    (now, clock): (Timestamp, &Clock),
) -> Result<Vec<Moved>, Failure> {
    let mut extras = leaving.iter().map(|row| (row.id, row.extra.clone())).collect::<BTreeMap<_, _>>();
    let leaving = leaving.into_iter().map(Message::try_from).collect::<Result<Vec<_>, _>>()?;
    if leaving.is_empty() {
        return Ok(Vec::new());
    }
    let renumbered = leaving.iter().filter(|message| what.gives_new_id(message, now)).count();
    let new_ids = match renumbered {
        0 => Vec::new(),
        count => ThisDatabase::give_ids(connection, slice::from_ref(to), count, clock)?.concat(),
    };
    let taken = colliding_ids(connection, to, leaving.iter().filter(|message| !what.gives_new_id(message, now)))?;
    let keys = leaving.iter().filter_map(|message| message.key.clone()).collect::<BTreeSet<_>>();
    let present = match keys.is_empty() {
        true => BTreeSet::new(),
        false => {
            let present = messages::table.filter(with_keys(slice::from_ref(to), &keys)).select(dsl::key);
            present.load::<Option<String>>(connection)?.into_iter().flatten().collect()
        }
    };
    let is_taken = |id: MessageId| taken.contains(&id.value());
    let arrived = what.arrive(leaving, new_ids, now, is_taken, |key| present.contains(key));
    let key = to.key();
    let here = arrived.moved.iter().filter(|moved| moved.to.is_some());
    let rows = arrived.messages.iter().zip(here).map(|(message, moved)| {
        let extra = extras.remove(&moved.from.value()).flatten();
        NewRow::new(&key, message.id, message.parts()).with_extra(extra)
    });
    insert_rows(connection, &rows.collect::<Vec<_>>())?;
    // New ids are recorded when they are given.
    if let Some(newest) = arrived.messages.last()
        && renumbered < arrived.moved.len()
    {
        ThisDatabase::record_moved_in(connection, &key, newest.id)?;
    }
    Ok(arrived.moved)
}

/// Returns the ids in the mailbox that may collide with the ids of these messages. Nearly always, nothing collides and
/// the set is empty. Otherwise it contains all ids from the first message on, since a message that moves to the next id
/// may collide again.
fn colliding_ids<'a>(
    connection: &mut Connection,
    to: &Recipient,
    messages: impl Iterator<Item = &'a Message>,
) -> Result<BTreeSet<i64>, Failure> {
    let ids = messages.map(|message| message.id).collect::<BTreeSet<_>>();
    let Some(first) = ids.first().copied() else { return Ok(BTreeSet::new()) };
    let same = MessageFilter::default().with_ids(ids);
    let same = messages::table.filter(selection(to, &same)).select(dsl::id);
    if limit_to_page(same, &PageRequest::first(1)).load::<i64>(connection)?.is_empty() {
        return Ok(BTreeSet::new());
    }
    let from_first = messages::table.filter(dsl::recipient.eq(to.key())).filter(dsl::id.ge(first.value()));
    Ok(from_first.select(dsl::id).load::<i64>(connection)?.into_iter().collect())
}
