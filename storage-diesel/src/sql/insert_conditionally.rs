//! Messages with keys, and messages unless a mark is past -> rows, according to what is in the mailboxes.

use std::collections::{BTreeMap, BTreeSet};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, Place, Recipient,
    store::{Inserted, Insertion},
};
use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, ThisDatabase,
    insert::insert_rows,
    marks::{move_forward, position},
    rows::{MessageRow, NewRow, recipient_in},
    table::messages::{self, dsl},
    where_clause::{selection, with_keys},
};
use crate::{database::Database, error::Failure};

/// The message that a recipient has under a key, and its place.
type Present = BTreeMap<(Recipient, String), (Place, Message)>;

/// Inserts the messages that no existing message and no mark excludes. It locks the mailboxes before it reads them, so
/// it sees all that other transactions have committed. An insert of a key always locks the inbox of the recipient, even
/// if the message is for another place.
pub(super) fn insert(
    connection: &mut Connection,
    insertion: &Insertion,
    clock: &Clock,
) -> Result<Vec<Vec<Inserted>>, Failure> {
    let Insertion { recipients, messages, unless_past } = insertion;
    let locked = recipients.iter().cloned().chain(recipients.iter().map(Recipient::inbox)).collect::<BTreeSet<_>>();
    ThisDatabase::lock_mailboxes(connection, &locked.into_iter().collect::<Vec<_>>())?;
    let mut getting = BTreeSet::new();
    for of in recipients.iter() {
        let position = match unless_past {
            Some((mark, _)) => position(connection, &of.key(), mark)?,
            None => None,
        };
        getting.extend(insertion.delivers_to(|_| position.map(MessageId::new)).then_some(of));
    }
    let present = present(connection, &getting, insertion)?;
    let deliver = |of: &Recipient, ids: Vec<MessageId>| {
        let with_key = |key: &str| present.get(&(of.inbox(), key.to_owned())).map(|(place, it)| (*place, it));
        insertion.deliver(of, with_key, ids)
    };
    // As many ids are given as there are new messages.
    let any = vec![MessageId::new(0); messages.len()];
    let new_in = |of: &Recipient| deliver(of, any.clone()).inserted.iter().filter(|it| it.is_new()).count();
    let (getting_new, new_in_each): (Vec<_>, Vec<_>) =
        getting.iter().map(|of| ((*of).clone(), new_in(of))).filter(|(_, new)| *new > 0).unzip();
    let ids = match new_in_each.into_iter().max() {
        None => Vec::new(),
        Some(needed) => ThisDatabase::give_ids(connection, &getting_new, needed, clock)?,
    };
    let mut ids = getting_new.iter().zip(ids).collect::<BTreeMap<_, _>>();
    let (mut inserted, mut new, mut gone) = (Vec::new(), Vec::new(), Vec::new());
    for of in recipients.iter() {
        if !getting.contains(of) {
            inserted.push(Vec::new());
            continue;
        }
        let delivered = deliver(of, ids.remove(of).unwrap_or_default());
        gone.extend(delivered.replaced.into_iter().map(|(place, id)| (of.at(place), id)));
        new.push((of.key(), delivered.new));
        inserted.push(delivered.inserted);
    }
    for (of, id) in &gone {
        diesel::delete(messages::table.filter(selection(of, &MessageFilter::default().with_id(*id))))
            .execute(connection)?;
    }
    new.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    let rows = new
        .iter()
        .flat_map(|(key, messages)| messages.iter().map(move |message| NewRow::new(key, message.id, message.parts())));
    insert_rows(connection, &rows.collect::<Vec<_>>())?;
    ThisDatabase::record_deleted(connection, &gone.iter().map(|(of, id)| (of.key(), id.value())).collect::<Vec<_>>())?;
    if let Some((mark, to)) = unless_past {
        new.iter().try_for_each(|(key, _)| move_forward(connection, key, mark, to.value()))?;
    }
    Ok(inserted)
}

/// Reads the messages that these recipients have under one of the keys.
fn present(connection: &mut Connection, of: &BTreeSet<&Recipient>, insertion: &Insertion) -> Result<Present, Failure> {
    let keys = insertion.messages.iter().filter_map(|message| message.parts().key.map(str::to_owned));
    let keys = keys.collect::<BTreeSet<_>>();
    if of.is_empty() || keys.is_empty() {
        return Ok(Present::new());
    }
    let of = of.iter().map(|of| (*of).clone()).collect::<Vec<_>>();
    let there = messages::table.filter(with_keys(&of, &keys)).select((dsl::recipient, MessageRow::as_select()));
    let mut present = Present::new();
    for (recipient, row) in there.load::<(String, MessageRow)>(connection)? {
        let (of, message) = (recipient_in(&recipient)?, Message::try_from(row)?);
        present.extend(message.key.clone().map(|key| ((of.inbox(), key), (of.place(), message))));
    }
    Ok(present)
}
