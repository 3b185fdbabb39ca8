//! Messages -> rows in one or several mailboxes, whose ids are newer than all before.

use std::collections::BTreeMap;

use actix_messages::{
    Clock, Error, MessageId, NewMessage, Recipient, Timestamp,
    store::{Inserted, Insertion, StoreError},
};
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryResult, RunQueryDsl, dsl::max};

use super::{
    Connection, DIALECT, ThisDatabase,
    rows::{NewRow, PARAMETERS_OF_A_ROW},
    table::messages::{self, dsl},
    where_clause::of_any,
};
use crate::{database::Database, error::Failure};

/// Inserts the messages, in a transaction in which no other one gives ids in these mailboxes.
pub(super) fn insert(
    connection: &mut Connection,
    Insertion { recipients, messages }: &Insertion,
    clock: &Clock,
) -> Result<Vec<Vec<Inserted>>, Failure> {
    ThisDatabase::lock_mailboxes(connection, recipients)?;
    let newest = newest_of(connection, recipients)?;
    let now = clock.reserve(messages.len());
    let mailboxes = recipients.iter().map(|recipient| {
        let key = recipient.key();
        let ids = MessageId::next(newest.get(&key).copied().map(MessageId::new), messages.len(), now);
        (key, ids)
    });
    let mailboxes = mailboxes.collect::<Vec<_>>();
    // In one order for all transactions, so that no two wait for each other.
    let mut in_order = mailboxes.iter().collect::<Vec<_>>();
    in_order.sort_unstable();
    let rows = in_order.into_iter().flat_map(|(key, ids)| {
        let messages = ids.iter().zip(messages);
        messages.map(|(id, message)| NewRow::new(key, *id, message))
    });
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
    let inserted = |(_, ids): (String, Vec<MessageId>)| ids.into_iter().map(Inserted::new).collect();
    Ok(mailboxes.into_iter().map(inserted).collect())
}

/// Returns the newest id in each of these mailboxes that has messages.
fn newest_of(connection: &mut Connection, of: &[Recipient]) -> QueryResult<BTreeMap<String, i64>> {
    let newest = match of {
        // Nearly always. Diesel knows this statement by its type.
        [one] => {
            // SELECT max(id) FROM actix_messages WHERE recipient = ?
            let key = one.key();
            let newest = messages::table.filter(dsl::recipient.eq(&key)).select(max(dsl::id));
            newest.get_result::<Option<i64>>(connection)?.map(|newest| (key, newest)).into_iter().collect()
        }
        many => {
            let newest = messages::table.filter(of_any(many)).group_by(dsl::recipient);
            // Every group has a row.
            newest.select((dsl::recipient, max(dsl::id).assume_not_null())).load(connection)?.into_iter().collect()
        }
    };
    Ok(newest)
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
    let insertion = Insertion::new([of.clone()], [message]);
    let inserted =
        ThisDatabase::in_application_transaction(connection, |connection| insert(connection, &insertion, &now.into()));
    let inserted = inserted.map_err(StoreError::from)?.into_iter().flatten().next();
    let inserted = inserted.ok_or_else(|| StoreError::from(Failure::Row("no id was given".into())))?;
    Ok(inserted.id)
}
