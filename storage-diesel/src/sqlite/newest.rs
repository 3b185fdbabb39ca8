//! Finds the newest ids given in mailboxes, and gives the next ones.
//!
//! The newest id is the id of the newest message, so a message needs no second row. If the newest message is deleted,
//! its id is stored as a mark.

use std::{collections::BTreeMap, sync::LazyLock};

use actix_messages::{Clock, MessageId, Recipient};
use diesel::{
    QueryResult, RunQueryDsl,
    sql_types::{BigInt, Text},
    sqlite::SqliteConnection,
};

use super::{
    sql::{Statement, Value},
    table::MESSAGES,
};
use crate::error::Failure;

/// Means that no id was given. It is smaller than any time of a clock, so no message gets it.
const NONE: i64 = i64::MIN;

/// The id of the newest message, or the mark of a newer message that is deleted.
const NEWEST: &str = "max( \
    coalesce((SELECT max(id) FROM \"actix_messages\" WHERE recipient = <key>), -9223372036854775808), \
    coalesce((SELECT at FROM \"actix_messages_marks\" WHERE recipient = <key> AND name = 'newest'), -9223372036854775808) \
)";

/// Returns the newest id given in this mailbox.
pub(super) fn newest(connection: &mut SqliteConnection, key: &str) -> QueryResult<Option<i64>> {
    enum Newest {}
    static SQL: LazyLock<String> =
        LazyLock::new(|| MESSAGES.put_into(&format!("SELECT {}", NEWEST.replace("<key>", "?"))));
    let newest = Statement::<Newest, BigInt>::new(&SQL, [Value::Text(key), Value::Text(key)]);
    Ok(Some(newest.get_result(connection)?).filter(|newest| *newest != NONE))
}

/// Gives ids after the newest ones. No lock is needed, since no other transaction writes at the same time.
pub(super) fn give_ids(
    connection: &mut SqliteConnection,
    of: &[Recipient],
    count: usize,
    clock: &Clock,
) -> Result<Vec<Vec<MessageId>>, Failure> {
    enum NewestOfMany {}
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES.put_into(&format!(
            "SELECT {} FROM json_each(?) AS mailbox ORDER BY mailbox.key",
            NEWEST.replace("<key>", "mailbox.value")
        ))
    });
    let newest = match of {
        [one] => vec![newest(connection, &one.key())?],
        many => {
            let keys = serde_json::Value::from(many.iter().map(Recipient::key).collect::<Vec<_>>()).to_string();
            let newest = Statement::<NewestOfMany, BigInt>::new(&SQL, [Value::Text(&keys)]);
            let newest = newest.load::<i64>(connection)?;
            newest.into_iter().map(|newest| Some(newest).filter(|newest| *newest != NONE)).collect()
        }
    };
    let now = clock.reserve(count);
    Ok(newest.into_iter().map(|newest| MessageId::next(newest.map(MessageId::new), count, now)).collect())
}

/// Stores the ids of deleted messages as marks, if their mailboxes have no newer message.
pub(super) fn store_marks(connection: &mut SqliteConnection, gone: &[(String, i64)]) -> QueryResult<()> {
    enum LeaveMark {}
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES.put_into(
            "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) SELECT ?, 'newest', ? \
             WHERE NOT EXISTS (SELECT 1 FROM \"actix_messages\" WHERE recipient = ? AND id > ?) \
             ON CONFLICT (recipient, name) DO UPDATE SET at = max(mark.at, excluded.at)",
        )
    });
    let mut newest = BTreeMap::<&str, i64>::new();
    for (key, id) in gone {
        newest.entry(key).and_modify(|newest| *newest = *id.max(newest)).or_insert(*id);
    }
    for (key, id) in newest {
        let values = [Value::Text(key), Value::Number(id), Value::Text(key), Value::Number(id)];
        Statement::<LeaveMark, Text>::new(&SQL, values).execute(connection)?;
    }
    Ok(())
}
