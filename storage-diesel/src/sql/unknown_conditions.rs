//! Resolves filter conditions that SQL can't express, by reading messages.

use std::borrow::Cow;

use actix_messages::{Message, MessageFilter, Recipient, store::Mailboxes};
use diesel::{QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, ThisDatabase,
    rows::{MessageRow, with_recipients},
    table::messages::{self, dsl},
    where_clause::{is_known, selection, selection_across},
};
use crate::{database::Database, error::Failure};

/// Returns the filter if all of its conditions have a translation to SQL. Otherwise it reads each message that the
/// known conditions select, and narrows the filter to the ids of the matching messages. The known conditions stay in
/// the filter, so that they still apply to a message that changes in the meantime.
pub(super) fn resolve<'a>(
    connection: &mut Connection,
    of: &Recipient,
    filter: &'a MessageFilter,
) -> Result<Cow<'a, MessageFilter>, Failure> {
    if is_known(filter) {
        return Ok(Cow::Borrowed(filter));
    }
    let rows = messages::table.filter(selection(of, filter)).select(MessageRow::as_select());
    let candidates = rows.load(connection)?.into_iter().map(Message::try_from).collect::<Result<Vec<_>, _>>()?;
    let ids = candidates.iter().filter(|message| filter.matches(message)).map(|message| message.id);
    Ok(Cow::Owned(filter.clone().with_ids(ids)))
}

/// Returns the messages in these mailboxes that match the filter, or `None` if all conditions have a translation to
/// SQL. It reads each message that the known conditions select.
pub(super) fn matching_across(
    connection: &mut Connection,
    of: &Mailboxes,
    filter: &MessageFilter,
) -> Result<Option<Vec<(Recipient, Message)>>, Failure> {
    if is_known(filter) {
        return Ok(None);
    }
    let rows = messages::table.filter(selection_across(of, filter)).select((dsl::recipient, MessageRow::as_select()));
    let rows = ThisDatabase::read_across_mailboxes(connection, |connection| {
        Ok(rows.load::<(String, MessageRow)>(connection)?)
    })?;
    let mut candidates = with_recipients(rows)?;
    candidates.retain(|(_, message)| filter.matches(message));
    Ok(Some(candidates))
}
