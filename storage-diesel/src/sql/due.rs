//! Finds the messages of all mailboxes whose time has come.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use actix_messages::{Message, PageRequest, Recipient, Timestamp};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

use super::{
    Connection,
    order_and_limit::limit_to_page,
    rows::{MessageRow, recipient_in},
    table::messages::{self, dsl},
};
use crate::error::Failure;

/// The maximum number of rows that the log names.
const MOST_NAMED: usize = 1000;

/// The malformed rows that the log has named. A ticker finds them again every few seconds.
#[derive(Debug, Clone, Default)]
pub(super) struct NamedRows(Arc<Mutex<BTreeSet<(String, i64)>>>);

impl NamedRows {
    /// Names a row in the log, once.
    fn log(&self, recipient: String, id: i64, error: &Failure) {
        if self.is_new(recipient, id) {
            tracing::warn!(%error, id, "a due row can't be read as a message, so it stays");
        }
    }

    fn is_new(&self, recipient: String, id: i64) -> bool {
        let mut named = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        named.len() < MOST_NAMED && named.insert((recipient, id))
    }
}

/// SELECT .. WHERE until <= ? ORDER BY until, recipient, id LIMIT 0 + ? OFFSET 0 + ?
///
/// A malformed row, written by hand, is skipped, so that it does not block the others.
pub(super) fn due(
    connection: &mut Connection,
    now: Timestamp,
    at_most: u32,
    named: &NamedRows,
) -> Result<Vec<(Recipient, Message)>, Failure> {
    let (mut found, mut page) = (Vec::new(), PageRequest::first(at_most));
    loop {
        let due = messages::table.filter(dsl::until.le(now.as_micros()));
        let due = due.order_by((dsl::until, dsl::recipient, dsl::id)).select((dsl::recipient, MessageRow::as_select()));
        let rows = limit_to_page(due, &page).load::<(String, MessageRow)>(connection)?;
        page.offset += rows.len() as u64;
        let is_end = rows.len() < page.limit as usize;
        let read = rows.into_iter().map(|(key, row)| {
            let id = row.id;
            let read = recipient_in(&key).and_then(|of| Ok((of, row.try_into()?)));
            read.inspect_err(|error| named.log(key, id, error))
        });
        found.extend(read.flatten());
        page.limit = at_most.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        if is_end || page.limit == 0 {
            return Ok(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_names_a_row_once_and_not_too_many() {
        let rows = NamedRows::default();
        let name = |id| rows.clone().is_new("u:alice".into(), id);
        assert_eq!([name(1), name(2), name(1)], [true, true, false]);
        assert_eq!((0..2000).filter(|id| name(*id)).count(), MOST_NAMED - 2);
    }
}
