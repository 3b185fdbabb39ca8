//! Mailboxes and a filter -> messages across mailboxes, and their numbers.

use actix_messages::{Mailboxes, Message, MessageFilter, PageRequest, Recipient, Summary};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper, dsl::count_star};

use super::{
    Connection, ThisDatabase,
    list::summary,
    order_and_limit::{limit_to_page, order_by_page},
    rows::{MessageRow, recipient_in},
    table::messages::{self, dsl},
    where_clause::selection_across,
};
use crate::{database::Database, error::Failure};

/// SELECT recipient, .. ORDER BY .., id DESC, recipient LIMIT 0 + ? OFFSET 0 + ?
pub(super) fn browse(
    connection: &mut Connection,
    of: &Mailboxes,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Vec<(Recipient, Message)>, Failure> {
    let rows = ThisDatabase::read_across_mailboxes(connection, |connection| {
        let query = messages::table.select((dsl::recipient, MessageRow::as_select())).into_boxed();
        let query = order_by_page(query.filter(selection_across(of, filter)), page).then_order_by(dsl::recipient.asc());
        Ok(limit_to_page(query, page).load::<(String, MessageRow)>(connection)?)
    })?;
    rows.into_iter().map(|(recipient, row)| Ok((recipient_in(&recipient)?, row.try_into()?))).collect()
}

/// SELECT level, count(*) .. GROUP BY level
pub(super) fn tally(connection: &mut Connection, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary, Failure> {
    let counts = ThisDatabase::read_across_mailboxes(connection, |connection| {
        let selected = messages::table.filter(selection_across(of, filter));
        Ok(selected.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?)
    })?;
    Ok(summary(counts))
}
