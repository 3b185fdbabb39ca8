//! Deletes the messages of ended sessions, and expired messages.

use std::collections::BTreeSet;

use actix_messages::{
    MessageFilter, MessageId, SessionId,
    store::{Kept, RetentionCutoff, SessionEnd, SweepPosition, SweepStep},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

use super::{
    Connection, ThisDatabase,
    marks::delete_idle,
    rows::{recipient_in, recipients_in},
    table::messages::{self, dsl},
    where_clause::{between, expired, selection},
};
use crate::{database::Database, error::Failure};

/// Unbinds the kept messages from the session, and deletes its other messages.
pub(super) fn end_session(
    connection: &mut Connection,
    session: &SessionId,
    kept: &Kept,
) -> Result<SessionEnd, Failure> {
    let bound = || messages::table.filter(dsl::session.eq(session.as_str()));
    let unbound = || dsl::session.eq(None::<String>);
    let mut mailboxes = BTreeSet::new();
    let these = match kept {
        Kept::All => {
            // UPDATE .. SET session = NULL WHERE session = ? RETURNING recipient
            let kept = diesel::update(bound()).set(unbound()).returning(dsl::recipient).load::<String>(connection)?;
            return Ok(SessionEnd::new(0, recipients_in(kept)));
        }
        Kept::Only(these) => these.iter().collect::<Vec<_>>(),
    };
    for of_one in these.chunk_by(|(one, _), (other, _)| one == other) {
        let ids = MessageFilter::default().with_ids(of_one.iter().map(|(_, id)| *id));
        let kept = bound().filter(selection(&of_one[0].0, &ids));
        mailboxes.extend(diesel::update(kept).set(unbound()).returning(dsl::recipient).load::<String>(connection)?);
    }
    let deleted = diesel::delete(bound()).returning((dsl::recipient, dsl::id)).load::<(String, i64)>(connection)?;
    ThisDatabase::record_deleted(connection, &deleted)?;
    let number = deleted.len() as u64;
    mailboxes.extend(deleted.into_iter().map(|(recipient, _)| recipient));
    Ok(SessionEnd::new(number, recipients_in(mailboxes)))
}

/// Deletes the expired messages of one step. A first statement finds the end of the step, so that the range of the
/// writing statement has two bounds. Changes between the two statements do no harm, since an expired message stays
/// expired.
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
        // The next step would return to this position, and the sweep would never end.
        let SweepPosition { recipient, id } = next;
        return Err(Failure::Row(format!(
            "its recipient is not a text, or its id is not an integer: {recipient:?}, {id}"
        )));
    }
    let step = messages::table.filter(between(from, next.as_ref())).filter(expired(cutoff));
    let deleted = diesel::delete(step).returning((dsl::recipient, dsl::id)).load::<(String, i64)>(connection)?;
    ThisDatabase::record_deleted(connection, &deleted)?;
    let forgotten_to = match cutoff.idle_marks_before {
        Some(before) => delete_idle(connection, before, [from, next.as_ref()], at_most.max(1))?,
        None => None,
    };
    let number = deleted.len() as u64;
    let mailboxes = recipients_in(deleted.into_iter().map(|(recipient, _)| recipient));
    Ok(SweepStep::new(number, mailboxes, forgotten_to.or(next)))
}
