//! Messages with keys, and messages unless a mark is past -> rows, according to what is in the mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use actix_messages::{
    Clock, Message, MessageId, Place, Recipient, Repeat,
    store::{Inserted, Insertion},
};
use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, ThisDatabase,
    insert::insert_rows,
    marks::{move_forward, position},
    rows::{MessageRow, NewRow, recipient_in},
    table::messages::{self, dsl},
    where_clause::with_keys,
};
use crate::{database::Database, error::Failure};

/// Inserts what is to be inserted. The mailboxes are locked first, and read after that, so what decides is what was committed
/// by the others.
pub(super) fn insert(
    connection: &mut Connection,
    insertion: &Insertion,
    clock: &Clock,
) -> Result<Vec<Vec<Inserted>>, Failure> {
    let Insertion { recipients, messages, unless_past } = insertion;
    let is_inbox = |of: &Recipient| of.place() == Place::Inbox;
    if messages.is_empty() || !recipients.iter().all(is_inbox) {
        // Whoever inserts a key locks the inbox, whichever place it is for.
        let inboxes = recipients.iter().map(Recipient::inbox);
        let all = recipients.iter().cloned().chain(inboxes).collect::<BTreeSet<_>>();
        ThisDatabase::lock_mailboxes(connection, &all.into_iter().collect::<Vec<_>>())?;
    }
    let ids = match messages.len() {
        0 => vec![Vec::new(); recipients.len()],
        count => ThisDatabase::give_ids(connection, recipients, count, clock)?,
    };
    let mut is_for = Vec::new();
    for of in recipients {
        let position = match unless_past {
            Some((mark, _)) => position(connection, &of.key(), mark)?,
            None => None,
        };
        is_for.push(insertion.is_for(|_| position.map(MessageId::new)));
    }
    let getting = recipients.iter().zip(&is_for).filter(|(_, is_for)| **is_for).map(|(of, _)| of.clone());
    let getting = getting.collect::<Vec<_>>();
    let present = take_present(connection, &getting, insertion)?;
    let mut inserted = Vec::new();
    let mut new = Vec::new();
    for ((of, ids), is_for) in recipients.iter().zip(ids).zip(is_for) {
        if !is_for {
            inserted.push(Vec::new());
            continue;
        }
        let with_key = |key: &str| present.get(&(of.inbox(), key.to_owned())).map(|(place, it)| (*place, it));
        let delivered = insertion.deliver(of, with_key, ids);
        new.push((of.key(), delivered.new));
        inserted.push(delivered.inserted);
    }
    new.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let rows = new
        .iter()
        .flat_map(|(key, messages)| messages.iter().map(move |message| NewRow::new(key, message.id, message.parts())));
    insert_rows(connection, &rows.collect::<Vec<_>>())?;
    if let Some((mark, to)) = unless_past {
        new.iter().try_for_each(|(key, _)| move_forward(connection, key, mark, to.value()))?;
    }
    Ok(inserted)
}

/// The message that a recipient has under a key, and its place.
type Present = BTreeMap<(Recipient, String), (Place, Message)>;

/// Reads the messages that have one of the keys, and deletes those that will be replaced.
fn take_present(connection: &mut Connection, of: &[Recipient], insertion: &Insertion) -> Result<Present, Failure> {
    let keys = |repeat: Repeat| {
        let messages = insertion.messages.iter().filter(move |message| message.repeat() == Some(repeat));
        messages.filter_map(|message| message.parts().key.map(str::to_owned)).collect::<BTreeSet<_>>()
    };
    let replaced = keys(Repeat::Replaces);
    let ignored = keys(Repeat::Ignored).difference(&replaced).cloned().collect::<BTreeSet<_>>();
    let mut rows = Vec::<(String, MessageRow)>::new();
    if !of.is_empty() && !replaced.is_empty() {
        let deleted = diesel::delete(messages::table.filter(with_keys(of, &replaced)));
        rows = deleted.returning((dsl::recipient, MessageRow::as_returning())).get_results(connection)?;
        ThisDatabase::are_gone(connection, &rows.iter().map(|(key, row)| (key.clone(), row.id)).collect::<Vec<_>>())?;
    }
    if !of.is_empty() && !ignored.is_empty() {
        let there = messages::table.filter(with_keys(of, &ignored)).select((dsl::recipient, MessageRow::as_select()));
        rows.extend(there.load::<(String, MessageRow)>(connection)?);
    }
    let present = rows.into_iter().map(|(recipient, row)| {
        let (of, message) = (recipient_in(&recipient)?, Message::try_from(row)?);
        Ok((message.key.clone().map(|key| (of.inbox(), key)), (of.place(), message)))
    });
    let present = present.collect::<Result<Vec<_>, Failure>>()?;
    Ok(present.into_iter().filter_map(|(key, message)| Some((key?, message))).collect())
}
