//! Messages of one mailbox -> moved into another one.

use std::{collections::BTreeSet, slice};

use actix_messages::{
    Clock, Message, MessageId, PageRequest, Recipient, Timestamp,
    store::{Mark, Move, Moved},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, ThisDatabase,
    insert::insert_rows,
    marks,
    order_and_limit::limit_to_page,
    rows::{MessageRow, NewRow, recipient_in},
    table::messages::{self, dsl},
    unknown_conditions::resolve,
    where_clause::{selection, with_keys},
};
use crate::{database::Database, error::Failure};

/// Deletes the rows and inserts them again, since a database that is divided by recipients refuses to update the recipient of a
/// row. The DELETE returns the rows in their latest state, so no earlier change is lost.
pub(super) fn transfer(
    connection: &mut Connection,
    from: &Recipient,
    to: &Recipient,
    what: &Move,
    clock: &Clock,
) -> Result<Vec<Moved>, Failure> {
    // Whoever inserts a key locks the inbox.
    let locked = BTreeSet::from([from.clone(), to.clone(), from.inbox(), to.inbox()]);
    ThisDatabase::lock_mailboxes(connection, &locked.into_iter().collect::<Vec<_>>())?;
    let now = clock.now();
    let (from_key, to_key) = (from.key(), to.key());
    let marks = match what.with_marks {
        true if from != to => marks::take_out(connection, &from_key)?,
        _ => Vec::new(),
    };
    let filter = &*resolve(connection, from, &what.filter)?;
    let leaving = diesel::delete(messages::table.filter(selection(from, filter)));
    let leaving = leaving.returning(MessageRow::as_returning()).get_results(connection)?;
    let leaving = leaving.into_iter().map(Message::try_from).collect::<Result<Vec<_>, _>>()?;
    if from != to {
        let gone = leaving.iter().map(|message| (from_key.clone(), message.id.value())).collect::<Vec<_>>();
        ThisDatabase::are_gone(connection, &gone)?;
    } else if what.with_marks {
        marks::bring_newest_back(connection, &to_key, MessageId::last_at(now))?;
    }
    let (within, ahead) = marks.into_iter().partition::<Vec<_>, _>(|(_, position)| !position.is_ahead_of(now));
    let moved = arrive(connection, to, leaving, what, (now, clock))?;
    for (mark, position) in within {
        if mark != Mark::NEWEST || ThisDatabase::newest(connection, &to_key)? < Some(position.value()) {
            marks::move_forward(connection, &to_key, &mark, position.value())?;
        }
    }
    if what.with_marks
        && let Some(newest) = ThisDatabase::newest(connection, &to_key)?
    {
        let ahead = ahead.iter().filter(|(mark, _)| *mark != Mark::NEWEST);
        ahead.into_iter().try_for_each(|(mark, _)| marks::move_forward(connection, &to_key, mark, newest))?;
        if from == to {
            marks::bring_back(connection, &to_key, MessageId::last_at(now), newest)?;
        }
    }
    Ok(moved)
}

/// Inserts messages that have left another mailbox.
fn arrive(
    connection: &mut Connection,
    to: &Recipient,
    leaving: Vec<Message>,
    what: &Move,
    (now, clock): (Timestamp, &Clock),
) -> Result<Vec<Moved>, Failure> {
    let Some(first) = leaving.iter().map(|message| message.id).min() else { return Ok(Vec::new()) };
    let renumbered = leaving.iter().filter(|message| what.renumbers(message, now)).count();
    let new_ids = match renumbered {
        0 => Vec::new(),
        count => ThisDatabase::give_ids(connection, slice::from_ref(to), count, clock)?.concat(),
    };
    let key = to.key();
    let taken = messages::table.filter(dsl::recipient.eq(&key)).filter(dsl::id.ge(first.value()));
    let taken = taken.select(dsl::id).load::<i64>(connection)?.into_iter().collect::<BTreeSet<_>>();
    let keys = leaving.iter().filter_map(|message| message.key.clone()).collect::<BTreeSet<_>>();
    let present = match keys.is_empty() {
        true => Vec::new(),
        false => {
            let present = messages::table.filter(with_keys(slice::from_ref(to), &keys)).select(dsl::key);
            present.load::<Option<String>>(connection)?.into_iter().flatten().collect()
        }
    };
    let is_taken = |id: MessageId| taken.contains(&id.value());
    let has_key = |key: &str| present.iter().any(|present| present == key);
    let arrived = what.arrive(leaving, new_ids, now, is_taken, has_key);
    let rows = arrived.messages.iter().map(|message| NewRow::new(&key, message.id, message.parts()));
    insert_rows(connection, &rows.collect::<Vec<_>>())?;
    if let Some(newest) = arrived.messages.last() {
        ThisDatabase::has_arrived(connection, &key, newest.id)?;
    }
    Ok(arrived.moved)
}

/// SELECT .. WHERE until <= ? ORDER BY until, recipient, id LIMIT 0 + ?
///
/// A row that was written by hand and can't be read is left out, so that it does not hold up the others. The log says so.
pub(super) fn due(
    connection: &mut Connection,
    now: Timestamp,
    at_most: u32,
) -> Result<Vec<(Recipient, Message)>, Failure> {
    let due = messages::table.filter(dsl::until.le(now.as_micros()));
    let due = due.order_by((dsl::until, dsl::recipient, dsl::id)).select((dsl::recipient, MessageRow::as_select()));
    let rows = limit_to_page(due, &PageRequest::first(at_most)).load::<(String, MessageRow)>(connection)?;
    let read = rows.into_iter().map(|(key, row)| Ok::<_, Failure>((recipient_in(&key)?, row.try_into()?)));
    Ok(read
        .filter_map(|read| read.inspect_err(|error| tracing::warn!(%error, "a row that is due is no message")).ok())
        .collect())
}
