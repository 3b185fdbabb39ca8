//! Named positions in a mailbox: moved forward, taken along, moved back, and forgotten.

use std::sync::LazyLock;

use actix_messages::{
    MessageId, Recipient, Timestamp,
    store::{Mark, SweepPosition},
};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, QueryResult, RunQueryDsl, sql_types::Text};

use super::{
    Connection, DIALECT, ThisDatabase,
    rows::recipient_in,
    statement::{Statement, Value},
    table::{MESSAGES, marks},
};
use crate::{database::Database, error::Failure};

/// Moves a mark forward, but not beyond the newest id that was given in the mailbox, and returns where it was.
pub(super) fn advance(
    connection: &mut Connection,
    of: &Recipient,
    mark: &Mark,
    to: Option<MessageId>,
) -> Result<Option<MessageId>, Failure> {
    let key = of.key();
    if *mark == Mark::NEWEST {
        return Ok(ThisDatabase::newest(connection, &key)?.map(MessageId::new));
    }
    let before = position(connection, &key, mark)?.map(MessageId::new);
    if let Some(to) = to
        && before.is_none_or(|before| before < to)
        && let Some(newest) = ThisDatabase::newest(connection, &key)?
    {
        move_forward(connection, &key, mark, to.value().min(newest))?;
    }
    Ok(before)
}

/// Returns where a mark is.
pub(super) fn position(connection: &mut Connection, key: &str, mark: &Mark) -> QueryResult<Option<i64>> {
    marks::table.find((key, mark.as_str())).select(marks::at).first(connection).optional()
}

/// Sets a mark to this position, unless it is there or further already.
pub(crate) fn move_forward(connection: &mut Connection, key: &str, mark: &Mark, to: i64) -> QueryResult<()> {
    enum MoveForward {}
    // The name of the function that returns the larger number differs.
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let sql = "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) VALUES (?, ?, ?) \
                   ON CONFLICT (recipient, name) DO UPDATE SET at = larger(mark.at, excluded.at)";
        MESSAGES.put_into(&sql.replace("larger", DIALECT.larger))
    });
    let values = [Value::Text(key), Value::Text(mark.as_str()), Value::Number(to)];
    Statement::<MoveForward, Text>::new(&SQL, values).execute(connection).map(drop)
}

/// Takes all marks out of a mailbox and returns them. The newest id is one of them, and stays there, too.
pub(super) fn take_out(connection: &mut Connection, key: &str) -> Result<Vec<(Mark, MessageId)>, Failure> {
    let newest = ThisDatabase::newest(connection, key)?.map(|newest| (Mark::NEWEST, MessageId::new(newest)));
    let of_application = marks::table.filter(marks::recipient.eq(key)).filter(marks::name.ne(Mark::NEWEST.as_str()));
    let taken = diesel::delete(of_application).returning((marks::name, marks::at));
    let taken = taken.load::<(String, i64)>(connection)?.into_iter().map(|(name, at)| {
        let mark = Mark::new(name).map_err(|error| Failure::Row(format!("the mark: {error}")))?;
        Ok((mark, MessageId::new(at)))
    });
    newest.into_iter().map(Ok).chain(taken).collect()
}

/// Moves the newest id of a mailbox back to the newest message that is there, if it is beyond `last`.
pub(super) fn bring_newest_back(connection: &mut Connection, key: &str, last: MessageId) -> QueryResult<()> {
    enum BringNewestBack {}
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES.put_into(
            "UPDATE \"actix_messages_marks\" \
             SET at = coalesce((SELECT max(id) FROM \"actix_messages\" WHERE recipient = ?), -9223372036854775808) \
             WHERE recipient = ? AND name = 'newest' AND at > ?",
        )
    });
    let values = [Value::Text(key), Value::Text(key), Value::Number(last.value())];
    Statement::<BringNewestBack, Text>::new(&SQL, values).execute(connection).map(drop)
}

/// Moves the marks of a mailbox that are beyond `last` back to its newest id. If there is none, they are deleted.
pub(super) fn bring_back(connection: &mut Connection, key: &str, last: MessageId) -> Result<(), Failure> {
    let newest = ThisDatabase::newest(connection, key)?;
    let ahead = marks::table.filter(marks::recipient.eq(key)).filter(marks::name.ne(Mark::NEWEST.as_str()));
    let ahead = ahead.filter(marks::at.gt(newest.map_or(last.value(), |newest| newest.max(last.value()))));
    match newest {
        Some(newest) => diesel::update(ahead).set(marks::at.eq(newest)).execute(connection)?,
        None => diesel::delete(ahead).execute(connection)?,
    };
    Ok(())
}

/// Deletes all marks of a mailbox.
pub(super) fn delete_all(connection: &mut Connection, key: &str) -> QueryResult<()> {
    diesel::delete(marks::table.filter(marks::recipient.eq(key))).execute(connection).map(drop)
}

/// Forgets the newest ids of empty mailboxes between two positions of a sweep, if they are moments before this one, and all
/// marks of visitors among them. Returns the position that it came to, if there may be more.
///
/// A row that another transaction holds is left: it may be about to give an id. The next sweep comes by.
pub(super) fn forget_idle(
    connection: &mut Connection,
    before: Timestamp,
    [from, to]: [Option<&SweepPosition>; 2],
    at_most: u32,
) -> Result<Option<SweepPosition>, Failure> {
    enum ForgetIdle {}
    static SQL: LazyLock<String> =
        LazyLock::new(|| forget_sql("", &format!("{IDLE} AND {RANGE} ORDER BY mark.recipient LIMIT ?")));
    let key = |position: &SweepPosition| position.recipient.key();
    // No key is beyond those of visitors.
    let (from, to) = (from.map(key).unwrap_or_default(), to.map_or_else(|| "v;".to_owned(), key));
    let (before, at_most) = (before.as_micros(), i64::from(at_most));
    let range = [Value::Number(before), Value::Text(&from), Value::Text(&to), Value::Number(at_most)];
    let mut passed = if ThisDatabase::is_distributed(connection)? {
        forget_each(connection, before, range)?
    } else {
        let values = range.into_iter().chain([Value::Number(before)]);
        Statement::<ForgetIdle, Text>::new(&SQL, values).load::<String>(connection)?
    };
    passed.sort_unstable();
    passed.dedup();
    match passed.pop() {
        Some(last) if passed.len() as i64 + 1 >= at_most => {
            Ok(Some(SweepPosition { recipient: recipient_in(&last)?, id: MessageId::new(i64::MAX) }))
        }
        _ => Ok(None),
    }
}

/// Looks for the mailboxes by one statement and forgets each by another one, where no statement can lock rows on several
/// servers. Returns those that it found.
fn forget_each(connection: &mut Connection, before: i64, range: [Value<'_>; 4]) -> QueryResult<Vec<String>> {
    enum FindIdle {}
    enum ForgetOne {}
    static SQL_TO_FIND: LazyLock<String> = LazyLock::new(|| {
        let sql = "SELECT mark.recipient FROM \"actix_messages_marks\" AS mark WHERE";
        MESSAGES.put_into(&of_visitors(&format!("{sql} {IDLE} AND {RANGE} ORDER BY mark.recipient LIMIT ?")))
    });
    static SQL: LazyLock<String> =
        LazyLock::new(|| forget_sql("recipient = ? AND", &format!("{IDLE} AND mark.recipient = ?")));
    let idle = Statement::<FindIdle, Text>::new(&SQL_TO_FIND, range).load::<String>(connection)?;
    for key in &idle {
        let values = [Value::Text(key), Value::Number(before), Value::Text(key), Value::Number(before)];
        Statement::<ForgetOne, Text>::new(&SQL, values).execute(connection)?;
    }
    Ok(idle)
}

/// One mark of each idle mailbox: the newest id, or the first mark of a visitor who never had a message.
const IDLE: &str = "mark.at < ? AND (mark.name = 'newest' OR (VISITOR(mark.recipient) AND NOT EXISTS \
        (SELECT 1 FROM \"actix_messages_marks\" AS other \
         WHERE other.recipient = mark.recipient AND (other.name = 'newest' OR other.name < mark.name)))) \
    AND NOT EXISTS (SELECT 1 FROM \"actix_messages\" AS message WHERE message.recipient = mark.recipient)";
const RANGE: &str = "mark.recipient >= ? AND mark.recipient <= ?";

/// Deletes the marks of mailboxes that are idle and that no other transaction holds.
fn forget_sql(place: &str, idle: &str) -> String {
    MESSAGES.put_into(&of_visitors(&format!(
        "DELETE FROM \"actix_messages_marks\" WHERE {place} recipient IN ( \
            SELECT mark.recipient FROM \"actix_messages_marks\" AS mark WHERE {idle} {} \
         ) AND at < ? AND (name = 'newest' OR VISITOR(recipient)) RETURNING recipient",
        DIALECT.unless_locked
    )))
}

/// Replaces `VISITOR(column)` by the condition that a key in the column is that of a visitor's place.
fn of_visitors(sql: &str) -> String {
    let condition = |column| format!("(substr({column}, 1, 2) = 'v:' OR substr({column}, 1, 4) IN ('a:v:', 'l:v:'))");
    ["mark.recipient", "recipient"]
        .iter()
        .fold(sql.to_owned(), |sql, column| sql.replace(&format!("VISITOR({column})"), &condition(column)))
}
