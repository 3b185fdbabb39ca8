//! Messages -> rows in one or several mailboxes, whose ids are newer than all before.

use actix_messages::{
    Clock, Error, MessageId, NewMessage, Recipient, Timestamp,
    store::{CheckedMessage, Inserted, Insertion, Outcome, StoreError},
};
use diesel::{QueryResult, RunQueryDsl};

use super::{
    Connection, DIALECT, ThisDatabase, insert_conditionally,
    rows::{COLUMNS, NewRow},
    table::messages,
};
use crate::{database::Database, error::Failure};

/// Inserts one message into one mailbox, in a transaction as [`insert`].
pub(crate) fn insert_one(
    connection: &mut Connection,
    of: &Recipient,
    message: &CheckedMessage,
    clock: &Clock,
) -> Result<MessageId, Failure> {
    let inserted = insert(connection, &Insertion::new([of.clone()], [message.clone()]), clock)?;
    let id = inserted.into_iter().flatten().next().map(|inserted| inserted.id);
    id.ok_or_else(|| Failure::Row("no id was given".into()))
}

/// Inserts the messages, in a transaction in which no other one gives ids in these mailboxes.
pub(super) fn insert(
    connection: &mut Connection,
    insertion: &Insertion,
    clock: &Clock,
) -> Result<Vec<Vec<Inserted>>, Failure> {
    if insertion.is_conditional() {
        return insert_conditionally::insert(connection, insertion, clock);
    }
    let Insertion { recipients, messages, unless_past: _ } = insertion;
    if messages.is_empty() {
        return Ok(vec![Vec::new(); recipients.len()]);
    }
    let ids = ThisDatabase::give_ids(connection, recipients, messages.len(), clock)?;
    let mut mailboxes = recipients.iter().map(Recipient::key).zip(&ids).collect::<Vec<_>>();
    // In one order for all transactions, so that no two wait for each other.
    mailboxes.sort_unstable();
    let is_inserted = match (&messages[..], &mailboxes[..]) {
        ([message], [_, _, ..]) => {
            let mailboxes = mailboxes.iter().flat_map(|(key, ids)| ids.iter().map(move |id| (&**key, *id)));
            ThisDatabase::insert_into_each(connection, &mailboxes.collect::<Vec<_>>(), message.parts())?
        }
        _ => false,
    };
    if !is_inserted {
        let rows = mailboxes.iter().flat_map(|(key, ids)| {
            let messages = ids.iter().zip(messages);
            messages.map(|(id, message)| NewRow::new(key, *id, message.parts()))
        });
        insert_rows(connection, &rows.collect::<Vec<_>>())?;
    }
    Ok(ids.into_iter().map(|ids| ids.into_iter().map(|id| Inserted::new(id, Outcome::New)).collect()).collect())
}

/// Inserts rows, whose ids are free.
pub(super) fn insert_rows(connection: &mut Connection, rows: &[NewRow<'_>]) -> QueryResult<()> {
    match rows {
        // Nearly always. The connection keeps this prepared statement, unlike one of several rows.
        [row] => {
            diesel::insert_into(messages::table).values(row).execute(connection)?;
        }
        rows => {
            for chunk in rows.chunks(DIALECT.max_parameters / COLUMNS.len()) {
                diesel::insert_into(messages::table).values(chunk).execute(connection)?;
            }
        }
    }
    Ok(())
}

/// Adds a message on a connection of the application. If the connection is in a transaction, the message is committed
/// or rolled back with it.
///
/// The call blocks the thread, like every use of a connection of Diesel. It does not know the configuration of
/// messages: the minimum level and the bound of mailboxes don't apply, `now` comes from
/// `MessagesConfig::reserve_moment`, and the message has no session and no view unless it names them itself.
///
/// If the message is [visible](NewMessage::visible_from) only later, the id is the one in the place `Later` of the
/// recipient.
///
/// Until the transaction ends, other writes of the store wait. On SQLite, every write waits. On PostgreSQL, a write
/// waits if it gives an id in the same mailbox: a message, a transfer or a change of tags for this recipient. If the
/// message has a key, this applies to all places of the recipient. A write waits for at most four fifths of the store's
/// timeout (5 seconds by default) and is then refused with 503. On PostgreSQL, a message for three or more users that
/// include this recipient is refused after three seconds. Requests for other mailboxes on PostgreSQL do not wait.
///
/// This function waits for locks as the connection is configured (`lock_timeout` on PostgreSQL), and does not change
/// the settings of the connection.
///
/// If an application adds messages for several recipients in one transaction, all of its transactions must use the same
/// order of recipients. Otherwise, two transactions can cause a deadlock. On PostgreSQL, a `REPEATABLE READ` or
/// `SERIALIZABLE` transaction fails if another transaction has added a message for the same recipient since it began,
/// as for any changed row. Retry the transaction.
///
/// # Errors
///
/// [`Error::Invalid`] if the message breaks a limit or has expired, [`Error::Store`] if the database could not keep it.
pub fn add(
    connection: &mut Connection,
    of: &Recipient,
    message: NewMessage,
    now: Timestamp,
) -> Result<MessageId, Error> {
    let (of, message) = &message.check()?.addressed(of, now)?;
    let id = ThisDatabase::in_application_transaction(connection, |connection| {
        insert_one(connection, of, message, &now.into())
    });
    Ok(id.map_err(StoreError::from)?)
}
