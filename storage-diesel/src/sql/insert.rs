//! Messages -> rows in one or several mailboxes, whose ids are newer than all before.

use std::slice;

use actix_messages::{
    Clock, Error, MessageId, NewMessage, Recipient, Timestamp,
    store::{CheckedMessage, StoreError},
};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, dsl::max};

use super::{
    Connection, DIALECT, ThisDatabase,
    rows::{NewRow, PARAMETERS_OF_A_ROW},
    table::messages::{self, dsl},
    where_clause::of_any,
};
use crate::{database::Database, error::Failure};

/// Inserts the messages, in a transaction in which no other one gives the same ids.
pub(super) fn insert(
    connection: &mut Connection,
    of: &[Recipient],
    messages: &[CheckedMessage],
    clock: &Clock,
) -> Result<Vec<MessageId>, Failure> {
    ThisDatabase::lock_mailboxes(connection, of)?;
    // SELECT max(id) FROM actix_messages WHERE recipient = ?
    let newest = match of {
        // Nearly always. Diesel knows this statement by its type.
        [one] => messages::table.filter(dsl::recipient.eq(one.key())).select(max(dsl::id)).get_result(connection)?,
        many => messages::table.filter(of_any(many)).select(max(dsl::id)).get_result(connection)?,
    };
    let ids = MessageId::next(Option::<i64>::map(newest, MessageId::new), messages.len(), clock);
    let mut keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    // In one order for all transactions, so that no two wait for each other.
    keys.sort_unstable();
    let rows = keys.iter().flat_map(|key| ids.iter().zip(messages).map(|(id, message)| NewRow::new(key, *id, message)));
    match &rows.collect::<Vec<_>>()[..] {
        // Nearly always. The connection keeps this prepared statement, unlike one of several rows.
        [row] => {
            diesel::insert_into(messages::table).values(row).execute(connection)?;
        }
        rows => {
            for chunk in rows.chunks(DIALECT.max_parameters / PARAMETERS_OF_A_ROW) {
                diesel::insert_into(messages::table).values(chunk).execute(connection)?;
            }
        }
    }
    Ok(ids)
}

/// Adds a message on a connection of the application. If the connection is in a transaction, the message is committed with it,
/// and gone with its rollback.
///
/// It blocks the thread, as everything that Diesel does with the connection. The configuration of messages is not known
/// here: its minimum level and its bound of mailboxes don't apply, `now` comes from `MessagesConfig::reserve_moment`, and the message
/// has no session and no view unless it names them itself.
///
/// Until the transaction ends, a write of the store that needs the same mailbox waits: on SQLite every write, and on
/// PostgreSQL a message, a claim or a change of tags for this recipient. It waits for at most four fifths of the store's
/// patience (5 seconds by default) and is then refused with 503. On PostgreSQL, a message for three or more users, one of
/// them this recipient, is refused after three seconds. Requests for other mailboxes on PostgreSQL are not held up.
///
/// This function waits for locks as the connection is set to (`lock_timeout` on PostgreSQL), and leaves the connection's
/// settings as they are.
///
/// On PostgreSQL the transaction has to be `READ COMMITTED`, as it is by default, or ids may not rise. If an application adds
/// messages for several recipients in one transaction, it has to do so in one order everywhere, or two such transactions
/// may wait for each other.
///
/// # Errors
///
/// [`Error::Invalid`] if the message breaks a limit, [`Error::Store`] if the database could not keep it.
pub fn add(
    connection: &mut Connection,
    of: &Recipient,
    message: NewMessage,
    now: Timestamp,
) -> Result<MessageId, Error> {
    let message = message.check()?;
    let ids = ThisDatabase::in_application_transaction(connection, |connection| {
        insert(connection, slice::from_ref(of), slice::from_ref(&message), &now.into())
    });
    let ids = ids.map_err(StoreError::from)?;
    ids.first().copied().ok_or_else(|| StoreError::from(Failure::Row("no id was given".into())).into())
}
