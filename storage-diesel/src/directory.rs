//! Messages across mailboxes: what each verb of the directory says to the database.

use actix_messages::{Level, Mailboxes, Message, MessageFilter, PageRequest, Recipient, Summary};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper, dsl::count_star};

use super::{
    Connection, across_mailboxes,
    filter::across,
    page::{cut, ordered},
    rows::{MessageRow, recipient_in},
    schema::messages::{self, dsl},
    statements::unsigned,
};
use crate::error::Failure;

/// SELECT recipient, .. ORDER BY .., id DESC, recipient LIMIT 0 + ? OFFSET 0 + ?
pub(super) fn browse(
    connection: &mut Connection,
    of: &Mailboxes,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Vec<(Recipient, Message)>, Failure> {
    let rows = across_mailboxes(connection, |connection| {
        let query = messages::table.select((dsl::recipient, MessageRow::as_select())).into_boxed();
        let query = ordered(query.filter(across(of, filter)), page).then_order_by(dsl::recipient.asc());
        Ok(cut(query, page).load::<(String, MessageRow)>(connection)?)
    })?;
    rows.into_iter().map(|(recipient, row)| Ok((recipient_in(&recipient)?, row.try_into()?))).collect()
}

/// SELECT level, count(*) .. GROUP BY level
pub(super) fn tally(connection: &mut Connection, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary, Failure> {
    let counts = across_mailboxes(connection, |connection| {
        let selected = messages::table.filter(across(of, filter));
        Ok(selected.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?)
    })?;
    Ok(Summary { by_level: counts.into_iter().map(|(level, count)| (Level::new(level), unsigned(count))).collect() })
}
