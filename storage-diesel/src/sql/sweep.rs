//! Sessions that end and messages that expire -> deleted rows.

use actix_messages::{
    MessageId, SessionId, Timestamp,
    store::{RetentionCutoff, SweepPosition, SweepStep},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    Connection, ThisDatabase,
    rows::recipient_in,
    table::messages::{self, dsl},
    where_clause::{between, expired},
};
use crate::{database::Database, error::Failure};

pub(super) fn end_session(connection: &mut Connection, session: &SessionId, before: Timestamp) -> Result<u64, Failure> {
    let bound = || messages::table.filter(dsl::session.eq(session.as_str()));
    let deleted = diesel::delete(bound().filter(dsl::id.lt(before.as_micros()))).execute(connection)?;
    diesel::update(bound()).set(dsl::session.eq(None::<String>)).execute(connection)?;
    Ok(deleted as u64)
}

/// Deletes the expired messages of one step. A first statement looks up the end of the step, so that the statement that writes is
/// bounded on both sides. A message that has expired stays expired, so nothing can happen between the two.
pub(super) fn sweep(
    connection: &mut Connection,
    cutoff: &RetentionCutoff,
    from: Option<&SweepPosition>,
    at_most: u32,
) -> Result<SweepStep, Failure> {
    let last = messages::table.filter(between(from, None)).select((dsl::recipient, dsl::id));
    let last = last.order_by((dsl::recipient, dsl::id)).offset(i64::from(at_most.saturating_sub(1))).limit(1);
    let last = last.get_result::<(String, i64)>(connection).optional()?;
    let next = last.map(|(recipient, id)| {
        Ok::<_, Failure>(SweepPosition { recipient: recipient_in(&recipient)?, id: MessageId::new(id) })
    });
    let next = next.transpose()?;
    if let (Some(from), Some(next)) = (from, &next)
        && !ThisDatabase::is_after(next, from)
    {
        // The next step would lead here again, and so for ever.
        let SweepPosition { recipient, id } = next;
        return Err(Failure::Row(format!("its mailbox is no text, or its id no integer: {recipient:?}, {id}")));
    }
    let step = messages::table.filter(between(from, next.as_ref())).filter(expired(cutoff));
    let deleted = diesel::delete(step).execute(connection)? as u64;
    Ok(SweepStep::new(deleted, next))
}
