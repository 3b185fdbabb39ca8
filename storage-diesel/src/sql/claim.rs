//! The messages of one mailbox -> moved into another one.

use std::collections::BTreeSet;

use actix_messages::{MessageId, Recipient};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection, DIALECT, ThisDatabase, marks,
    rows::{COLUMNS, MovedRow},
    table::messages::{self, dsl},
};
use crate::{database::Database, error::Failure};

/// Deletes the rows and inserts them again, since a database that is divided by recipients refuses to update the recipient of a
/// row. The DELETE returns the rows in their latest state, so no earlier change is lost.
pub(super) fn claim(connection: &mut Connection, from: &Recipient, to: &Recipient) -> Result<u64, Failure> {
    if from == to {
        return Ok(0);
    }
    let both = [from.clone(), to.clone()];
    let (from, to) = (from.key(), to.key());
    ThisDatabase::lock_mailboxes(connection, &both)?;
    marks::take_along(connection, &from, &to)?;
    let claimed = diesel::delete(messages::table.filter(dsl::recipient.eq(&from)));
    let mut claimed = claimed.returning(MovedRow::as_returning()).load(connection)?;
    claimed.sort_unstable_by_key(MovedRow::id);
    let Some(first) = claimed.first() else { return Ok(0) };
    ThisDatabase::are_gone(connection, &claimed.iter().map(MovedRow::place).collect::<Vec<_>>())?;
    let taken = messages::table.filter(dsl::recipient.eq(&to)).filter(dsl::id.ge(first.id().value()));
    let taken = taken.select(dsl::id).load::<i64>(connection)?.into_iter().collect::<BTreeSet<_>>();
    let free = MessageId::free_for(claimed.iter().map(MovedRow::id), |id| taken.contains(&id.value()));
    let moved = claimed.into_iter().zip(free).map(|(row, id)| row.moved(&to, id)).collect::<Vec<_>>();
    for chunk in moved.chunks(DIALECT.max_parameters / COLUMNS.len()) {
        diesel::insert_into(messages::table).values(chunk).execute(connection)?;
    }
    if let Some(newest) = moved.last() {
        ThisDatabase::has_arrived(connection, &to, newest.id())?;
    }
    Ok(moved.len() as u64)
}
