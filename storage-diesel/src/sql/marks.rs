//! Reads, moves and deletes marks, the named positions in a mailbox.

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

/// Moves a mark forward, but not beyond the newest id given in the mailbox, and returns its previous position.
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

/// Returns the position of a mark.
pub(super) fn position(connection: &mut Connection, key: &str, mark: &Mark) -> QueryResult<Option<i64>> {
    marks::table.find((key, mark.as_str())).select(marks::at).first(connection).optional()
}

/// Sets a mark to this position, unless it is already there or further.
pub(crate) fn move_forward(connection: &mut Connection, key: &str, mark: &Mark, to: i64) -> QueryResult<()> {
    enum MoveForward {}
    // Databases have different names for the function that returns the larger number.
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let sql = "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) VALUES (?, ?, ?) \
                   ON CONFLICT (recipient, name) DO UPDATE SET at = larger(mark.at, excluded.at)";
        MESSAGES.put_into(&sql.replace("larger", DIALECT.larger))
    });
    let values = [Value::Text(key), Value::Text(mark.as_str()), Value::Number(to)];
    Statement::<MoveForward, Text>::new(&SQL, values).execute(connection).map(drop)
}

/// Removes all marks from a mailbox and returns them. The mark `newest` is returned as well, but not removed.
pub(super) fn remove_all(connection: &mut Connection, key: &str) -> Result<Vec<(Mark, MessageId)>, Failure> {
    let newest = ThisDatabase::newest(connection, key)?.map(|newest| (Mark::NEWEST, MessageId::new(newest)));
    let of_application = marks::table.filter(marks::recipient.eq(key)).filter(marks::name.ne(Mark::NEWEST.as_str()));
    let taken = diesel::delete(of_application).returning((marks::name, marks::at));
    let taken = taken.load::<(String, i64)>(connection)?.into_iter().map(|(name, at)| {
        let mark = Mark::new(name).map_err(|error| Failure::Row(format!("the mark: {error}")))?;
        Ok((mark, MessageId::new(at)))
    });
    newest.into_iter().map(Ok).chain(taken).collect()
}

/// Moves the mark `newest` of a mailbox back to the id of the newest existing message, if the mark is beyond `last`.
pub(super) fn move_newest_back(connection: &mut Connection, key: &str, last: MessageId) -> QueryResult<()> {
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

/// Moves the marks that are beyond both `last` and the newest id of the mailbox back to the newest id. If the mailbox
/// has no newest id, it deletes the marks beyond `last`.
pub(super) fn move_marks_back(connection: &mut Connection, key: &str, last: MessageId) -> Result<(), Failure> {
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

/// Deletes the mark `newest` of empty mailboxes between two positions of a sweep, if the mark is older than `before`.
/// Of visitors, it also deletes the other marks that are older than `before`. Returns the last position reached, if
/// more mailboxes may follow.
///
/// A row that another transaction has locked is skipped, since that transaction may be about to give an id. The next
/// sweep tries it again.
pub(super) fn delete_idle(
    connection: &mut Connection,
    before: Timestamp,
    [from, to]: [Option<&SweepPosition>; 2],
    at_most: u32,
) -> Result<Option<SweepPosition>, Failure> {
    enum ForgetIdle {}
    static SQL: LazyLock<String> =
        LazyLock::new(|| forget_sql("", &format!("{IDLE} AND {RANGE} ORDER BY mark.recipient LIMIT ?")));
    let key = |position: &SweepPosition| position.recipient.key();
    // The keys of visitors sort last.
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

/// Finds the idle mailboxes with one statement, and deletes the marks of each with another. This is for databases where
/// no statement can lock rows on several servers. Returns the mailboxes found.
fn forget_each(connection: &mut Connection, before: i64, range: [Value<'_>; 4]) -> QueryResult<Vec<String>> {
    enum FindIdle {}
    enum ForgetOne {}
    static SQL_TO_FIND: LazyLock<String> = LazyLock::new(|| {
        let sql = "SELECT mark.recipient FROM \"actix_messages_marks\" AS mark WHERE";
        MESSAGES.put_into(&format!("{sql} {IDLE_AFTER_MESSAGES} AND {RANGE} ORDER BY mark.recipient LIMIT ?"))
    });
    static SQL: LazyLock<String> =
        LazyLock::new(|| forget_sql("recipient = ? AND", &format!("{IDLE_AFTER_MESSAGES} AND mark.recipient = ?")));
    let idle = Statement::<FindIdle, Text>::new(&SQL_TO_FIND, range).load::<String>(connection)?;
    for key in &idle {
        let values = [Value::Text(key), Value::Number(before), Value::Text(key), Value::Number(before)];
        Statement::<ForgetOne, Text>::new(&SQL, values).execute(connection)?;
    }
    Ok(idle)
}

/// The newest id of each mailbox that is empty, but had messages.
const IDLE_AFTER_MESSAGES: &str = "mark.name = 'newest' AND mark.at < ? AND NOT EXISTS \
    (SELECT 1 FROM \"actix_messages\" AS message WHERE message.recipient = mark.recipient)";
/// One mark of each idle mailbox: the newest id, or, for a visitor who never had a message, the first mark by name.
const IDLE: &str = "mark.at < ? AND (mark.name = 'newest' OR (VISITOR(mark.recipient) AND NOT EXISTS \
        (SELECT 1 FROM \"actix_messages_marks\" AS other \
         WHERE other.recipient = mark.recipient AND (other.name = 'newest' OR other.name < mark.name)))) \
    AND NOT EXISTS (SELECT 1 FROM \"actix_messages\" AS message WHERE message.recipient = mark.recipient)";
const RANGE: &str = "mark.recipient >= ? AND mark.recipient <= ?";

/// Returns SQL that deletes the marks of mailboxes that are idle and not locked by another transaction.
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
