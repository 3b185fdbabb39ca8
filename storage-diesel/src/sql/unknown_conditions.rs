//! A filter with conditions that the SQL does not know -> the same filter with the ids of the messages that it means.

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

/// Returns the filter, if the SQL knows all of its conditions. Otherwise it looks at each message that the known conditions
/// select, and narrows the filter to the ids of those that it matches. The known conditions stay in the filter, so they hold for a
/// message that changes in between.
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

/// Returns the messages that the filter matches in these mailboxes, if the SQL does not know all of its conditions. It reads each
/// message that the known conditions select.
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
