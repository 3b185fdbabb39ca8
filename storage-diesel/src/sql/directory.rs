//! Lists and counts messages across mailboxes.

use actix_messages::{Message, MessageFilter, PageRequest, Recipient, Summary, store::Mailboxes};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper, dsl::count_star};

use super::{
    Connection, ThisDatabase,
    list::summary,
    order_and_limit::{limit_to_page, order_by_page},
    rows::{MessageRow, with_recipients},
    table::messages::{self, dsl},
    unknown_conditions::matching_across,
    where_clause::selection_across,
};
use crate::{database::Database, error::Failure};

/// SELECT recipient, .. ORDER BY .., id DESC, recipient LIMIT 0 + ? OFFSET 0 + ?
pub(super) fn list_across(
    connection: &mut Connection,
    of: &Mailboxes,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Vec<(Recipient, Message)>, Failure> {
    if let Some(mut matching) = matching_across(connection, of, filter)? {
        matching.sort_by(|(of, one), (other, two)| page.order.compare(one, two).then_with(|| of.cmp(other)));
        let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
        return Ok(matching.into_iter().skip(offset).take(page.limit as usize).collect());
    }
    let rows = ThisDatabase::read_across_mailboxes(connection, |connection| {
        let query = messages::table.select((dsl::recipient, MessageRow::as_select())).into_boxed();
        let query = order_by_page(query.filter(selection_across(of, filter)), page).then_order_by(dsl::recipient.asc());
        Ok(limit_to_page(query, page).load::<(String, MessageRow)>(connection)?)
    })?;
    with_recipients(rows)
}

/// SELECT level, count(*) .. GROUP BY level
pub(super) fn summarize_across(
    connection: &mut Connection,
    of: &Mailboxes,
    filter: &MessageFilter,
) -> Result<Summary, Failure> {
    if let Some(matching) = matching_across(connection, of, filter)? {
        return Ok(matching.iter().map(|(_, message)| message.level).collect());
    }
    let counts = ThisDatabase::read_across_mailboxes(connection, |connection| {
        let selected = messages::table.filter(selection_across(of, filter));
        Ok(selected.group_by(dsl::level).select((dsl::level, count_star())).load::<(i32, i64)>(connection)?)
    })?;
    Ok(summary(counts))
}
