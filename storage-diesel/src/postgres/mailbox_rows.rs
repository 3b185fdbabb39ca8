//! Gives ids by the rows of mailboxes, which also serve as locks.
//!
//! The mark `newest` of a mailbox is a row that outlives the messages. A transaction that gives ids in the mailbox
//! updates this row, and so locks it until the transaction ends.

use std::{collections::BTreeMap, num::NonZeroU32, sync::LazyLock};

use actix_messages::{
    Clock, MessageId, Recipient, Timestamp,
    store::{CheckedMessage, Mark},
};
use diesel::{
    OptionalExtension, QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql as sql_literal,
    pg::PgConnection,
    result::Error as DieselError,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text},
};

use super::{
    citus::is_distributed,
    dialect::DIALECT,
    retry::is_lock_timeout,
    sql::{
        self, Statement, Value,
        marks::move_forward,
        rows::{COLUMNS, NewRow},
    },
    table::MESSAGES,
};
use crate::{error::Failure, threads::transaction_depth};

/// The advisory lock of a transaction that runs migrations: the first eight bytes of the crate's name.
const LOCK_OF_MIGRATIONS: i64 = i64::from_be_bytes(*b"actix_me");
/// The maximum number of mailboxes whose rows a transaction locks with its ordinary lock timeout.
const MAX_ROWS_WITHOUT_LOCK_LIMIT: usize = 2;
/// Limits each further wait for a lock to at most one second, for a transaction that may already hold row locks.
/// Without a limit, every transaction queued behind it would wait too, even for a long transaction of the application.
const WAIT_WITH_LOCKS: &str = "
    SELECT set_config('actix_messages.lock_timeout', current_setting('lock_timeout'), true);
    SELECT set_config('lock_timeout', '1s', true)
    WHERE current_setting('lock_timeout')::interval NOT BETWEEN '1ms' AND '1s'";
/// Restores the previous lock timeout.
const WAIT_AS_BEFORE: &str = "
    SELECT set_config('lock_timeout', current_setting('actix_messages.lock_timeout'), true)";
/// Limits how long the server holds many row locks for a silent client to 10 seconds. The setting lasts until the
/// transaction ends, so it is not used in a transaction that continues after this work.
const SILENCE_WITH_LOCKS: &str = "SELECT set_config('idle_in_transaction_session_timeout', '10s', true)";
/// The position of a mailbox in which no id has been given.
const NONE: i64 = i64::MIN;
/// The time of the server, which is the same for all processes.
const TIME: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
/// A new row starts this far below the current time. No message has such an id, so a new row can be recognized.
const OFFSET: i64 = 1 << 62;

/// Makes other transactions that run migrations wait until this one ends.
pub(super) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_OF_MIGRATIONS})"))
}

/// Locks these mailboxes until the transaction ends.
pub(super) fn lock(connection: &mut PgConnection, of: &[Recipient]) -> Result<(), Failure> {
    let mut keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    if keys.len() > MAX_ROWS_WITHOUT_LOCK_LIMIT {
        return change_rows(connection, &keys, Some(NONE), 0).map(drop);
    }
    // All transactions lock in the same order, so that no two of them deadlock.
    keys.sort_unstable();
    for key in keys {
        // A row nearly always exists. To lock it is cheaper than to write it.
        if lock_one(connection, &key)?.is_none() {
            upsert_one(connection, &key, Some(NONE), 0)?;
        }
    }
    Ok(())
}

/// Locks the row of a mailbox, if it exists.
fn lock_one(connection: &mut PgConnection, key: &str) -> QueryResult<Option<i64>> {
    enum LockOne {}
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES.put_into("SELECT at FROM \"actix_messages_marks\" WHERE recipient = ? AND name = 'newest' FOR UPDATE")
    });
    Statement::<LockOne, BigInt>::new(&SQL, [Value::Text(key)]).get_result(connection).optional()
}

/// Gives ids for `count` messages in each of these mailboxes, and locks the mailboxes until the transaction ends.
pub(super) fn give_ids(
    connection: &mut PgConnection,
    of: &[Recipient],
    count: usize,
    clock: &Clock,
) -> Result<Vec<Vec<MessageId>>, Failure> {
    let keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    let now = reserve_time(clock, count);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let newest = change_rows(connection, &keys, now, count)?;
    let ids = |key: &String| {
        let newest = newest.get(key).ok_or_else(|| Failure::Row("no id was given".into()))?;
        Ok((0..count).rev().map(|before| MessageId::new(newest.saturating_sub(before))).collect())
    };
    keys.iter().map(ids).collect()
}

/// Returns the time of the server, or of the application's clock if it has set one.
pub(super) fn now(connection: &mut PgConnection, clock: &Clock) -> QueryResult<Timestamp> {
    if !clock.is_system() {
        return Ok(clock.now());
    }
    diesel::select(sql_literal::<BigInt>(TIME)).get_result(connection).map(Timestamp::from_micros)
}

/// Reserves `count` moments of the application's clock and returns the first. Returns `None` if the clock is the
/// system's.
fn reserve_time(clock: &Clock, count: usize) -> Option<i64> {
    (!clock.is_system()).then(|| clock.reserve(count).as_micros())
}

/// Moves the positions of these mailboxes forward, and returns them. The new position is the later one of two: the old
/// position plus `count`, or the last of `count` moments from `now` on.
fn change_rows(
    connection: &mut PgConnection,
    keys: &[String],
    now: Option<i64>,
    count: i64,
) -> Result<BTreeMap<String, i64>, Failure> {
    if keys.len() <= MAX_ROWS_WITHOUT_LOCK_LIMIT {
        let mut keys = keys.iter().collect::<Vec<_>>();
        // All transactions lock in the same order, so that no two of them deadlock.
        keys.sort_unstable();
        let newest = keys.into_iter().map(|key| Ok((key.clone(), upsert_one(connection, key, now, count)?)));
        return newest.collect();
    }
    connection.batch_execute(WAIT_WITH_LOCKS)?;
    if transaction_depth(connection)? == Some(NonZeroU32::MIN) {
        connection.batch_execute(SILENCE_WITH_LOCKS)?;
    }
    let upsert = if is_distributed(connection)? { upsert_many_on_citus } else { upsert_many };
    let newest = upsert(connection, keys, now, count).map_err(lock_timeout)?;
    connection.batch_execute(WAIT_AS_BEFORE)?;
    Ok(newest)
}

/// Locks a row and moves its position forward. Inserts the row first if it is missing.
fn upsert_one(connection: &mut PgConnection, key: &str, now: Option<i64>, count: i64) -> QueryResult<i64> {
    enum UpsertOne {}
    enum BeginOne {}
    static UPSERT: LazyLock<String> =
        LazyLock::new(|| upsert_sql(&format!("VALUES (?, 'newest', {TIME} - {OFFSET})"), "?", ["?"; 2]));
    static BEGIN: LazyLock<String> = LazyLock::new(|| begin_sql("?", "?", ["?"; 2]));
    let more = (count - 1).max(0);
    let values = [Value::Text(key), Value::Number(count), Value::NumberOrNull(now), Value::Number(more)];
    let (_, at) = Statement::<UpsertOne, (Text, BigInt)>::new(&UPSERT, values).get_result::<(String, _)>(connection)?;
    if !is_new(at) {
        return Ok(at);
    }
    let values = [Value::NumberOrNull(now), Value::Number(more), Value::Number(count), Value::Text(key)];
    let (_, at) = Statement::<BeginOne, (Text, BigInt)>::new(&BEGIN, values).get_result::<(String, _)>(connection)?;
    Ok(at)
}

/// Moves the positions of rows forward, and inserts the missing rows.
///
/// All transactions lock the rows in the same order, so that no two of them deadlock. A row may be missing after a
/// sweep, or if messages were written by hand. A new row starts above the existing messages.
fn upsert_many(
    connection: &mut PgConnection,
    keys: &[String],
    now: Option<i64>,
    count: i64,
) -> QueryResult<BTreeMap<String, i64>> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES.put_into(&format!(
            "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) \
             SELECT mailbox, 'newest', greatest(coalesce($2, {TIME}) + greatest($3 - 1, 0), \
                $3 + (SELECT max(id) FROM \"actix_messages\" AS message WHERE message.recipient = mailbox)) \
             FROM unnest($1) AS mailbox ORDER BY mailbox COLLATE \"C\" \
             ON CONFLICT (recipient, name) DO UPDATE SET at = greatest(mark.at + $3, excluded.at) RETURNING recipient, at"
        ))
    });
    let rows = sql_query(&*SQL).bind::<Array<Text>, _>(keys).bind::<Nullable<BigInt>, _>(now).bind::<BigInt, _>(count);
    Ok(pairs(rows.load(connection)?))
}

/// Does the same on Citus, which refuses the statement above. Citus locks the rows in order only if the statement lists
/// them one by one.
fn upsert_many_on_citus(
    connection: &mut PgConnection,
    keys: &[String],
    now: Option<i64>,
    count: i64,
) -> QueryResult<BTreeMap<String, i64>> {
    let mut keys = keys.iter().collect::<Vec<_>>();
    keys.sort_unstable();
    // Citus accepts no parameters in the expression for the position.
    let now = now.map_or_else(|| "NULL::bigint".to_owned(), |now| format!("'{now}'::bigint"));
    let [count, more] = [count, (count - 1).max(0)].map(|number| number.to_string());
    let mut newest = BTreeMap::new();
    for keys in keys.chunks(DIALECT.max_parameters) {
        let rows = (1..=keys.len()).map(|number| format!("(${number}, 'newest', {TIME} - {OFFSET})"));
        let rows = format!("VALUES {}", rows.collect::<Vec<_>>().join(", "));
        let upsert = sql_query(upsert_sql(&rows, &now, [&count, &more])).into_boxed();
        let upsert = keys.iter().fold(upsert, |upsert, key| upsert.bind::<Text, _>(*key));
        newest.extend(pairs(upsert.load(connection)?));
    }
    let new = newest.iter().filter(|(_, at)| is_new(**at)).map(|(key, _)| key.clone()).collect::<Vec<_>>();
    if !new.is_empty() {
        let begin = sql_query(begin_sql("ANY($1)", &now, [&count, &more])).bind::<Array<Text>, _>(new);
        newest.extend(pairs(begin.load(connection)?));
    }
    Ok(newest)
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    recipient: String,
    #[diesel(sql_type = BigInt)]
    at: i64,
}

fn pairs(rows: Vec<Row>) -> BTreeMap<String, i64> {
    rows.into_iter().map(|row| (row.recipient, row.at)).collect()
}

/// Returns SQL that moves the positions of rows forward, and inserts missing rows at a position that marks them as new.
///
/// On Citus, `VALUES` can't read the messages, and `DO UPDATE` can't read the time.
fn upsert_sql(rows: &str, now: &str, [count, more]: [&str; 2]) -> String {
    MESSAGES.put_into(&format!(
        "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) {rows} \
         ON CONFLICT (recipient, name) DO UPDATE \
         SET at = greatest(mark.at + {count}, coalesce({now}, excluded.at + {OFFSET}) + {more}) RETURNING recipient, at"
    ))
}

/// Returns SQL that moves the positions of new rows above the existing messages.
fn begin_sql(mailboxes: &str, now: &str, [count, more]: [&str; 2]) -> String {
    MESSAGES.put_into(&format!(
        "UPDATE \"actix_messages_marks\" AS mark SET at = greatest(coalesce({now}, mark.at + {OFFSET}) + {more}, \
            {count} + (SELECT max(id) FROM \"actix_messages\" AS message WHERE message.recipient = mark.recipient)) \
         WHERE recipient = {mailboxes} AND name = 'newest' RETURNING recipient, at"
    ))
}

/// Returns whether this is the position of a row that was just inserted.
const fn is_new(at: i64) -> bool {
    at < -OFFSET / 2
}

/// Inserts a message with one statement, with a bounded wait for the row of the mailbox. In a transaction of the
/// application it uses several statements, since it must not change the settings of that transaction.
pub(super) fn insert_one(
    connection: &mut PgConnection,
    of: &Recipient,
    message: &CheckedMessage,
    clock: &Clock,
    lock_timeout: u128,
) -> Result<MessageId, Failure> {
    enum WithRow {}
    enum WithoutRow {}
    // The row of the mailbox nearly always exists. An update is cheaper than an insert that meets a conflict.
    static WITH_ROW: LazyLock<String> = LazyLock::new(|| {
        insert_after(&format!(
            "UPDATE \"actix_messages_marks\" AS mark SET at = greatest(mark.at + 1, coalesce(?, {TIME})) \
             WHERE recipient = ? AND name = 'newest' AND set_config('lock_timeout', ?, true) IS NOT NULL"
        ))
    });
    static WITHOUT_ROW: LazyLock<String> = LazyLock::new(|| {
        insert_after(&format!(
            "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) \
             SELECT ?, 'newest', greatest(coalesce(?, {TIME}), 1 + (SELECT max(id) FROM \"actix_messages\" WHERE recipient = ?)) \
             WHERE set_config('lock_timeout', ?, true) IS NOT NULL \
             ON CONFLICT (recipient, name) DO UPDATE SET at = greatest(mark.at + 1, excluded.at)"
        ))
    });
    if transaction_depth(connection)?.is_some() {
        return sql::insert_one(connection, of, message, clock);
    }
    // The value 0 would disable the limit.
    let (key, lock_timeout) = (of.key(), lock_timeout.clamp(1, i32::MAX as u128).to_string());
    let now = reserve_time(clock, 1);
    let row = NewRow::new(&key, MessageId::new(NONE), message.parts());
    let (key, lock_timeout) = (|| Value::Text(&key), || Value::Text(&lock_timeout));
    let place = [Value::NumberOrNull(now), key(), lock_timeout(), key()];
    let statement = Statement::<WithRow, BigInt>::new(&WITH_ROW, place.into_iter().chain(row.values()));
    if let Some(id) = statement.get_result(connection).optional()? {
        return Ok(MessageId::new(id));
    }
    let place = [key(), Value::NumberOrNull(now), key(), lock_timeout(), key()];
    let statement = Statement::<WithoutRow, BigInt>::new(&WITHOUT_ROW, place.into_iter().chain(row.values()));
    Ok(MessageId::new(statement.get_result(connection)?))
}

/// `WITH mark AS (.. RETURNING at) INSERT INTO .. SELECT ?, at, ?, .. FROM mark RETURNING id`
fn insert_after(change_of_row: &str) -> String {
    let values = COLUMNS[2..].iter().map(|_| "?").collect::<Vec<_>>().join(", ");
    MESSAGES.put_into(&format!(
        "WITH mark AS ({change_of_row} RETURNING at) \
         INSERT INTO \"actix_messages\" ({}) SELECT ?, at, {values} FROM mark RETURNING id",
        COLUMNS.join(", ")
    ))
}

/// Returns the newest id given in a mailbox. Until the transaction ends, no other transaction deletes the row.
pub(super) fn newest(connection: &mut PgConnection, key: &str) -> Result<Option<i64>, Failure> {
    enum Newest {}
    enum OfMessages {}
    static SQL: LazyLock<String> = LazyLock::new(|| {
        MESSAGES
            .put_into("SELECT at FROM \"actix_messages_marks\" WHERE recipient = ? AND name = 'newest' FOR KEY SHARE")
    });
    static SQL_OF_MESSAGES: LazyLock<String> =
        LazyLock::new(|| MESSAGES.put_into("SELECT max(id) FROM \"actix_messages\" WHERE recipient = ?"));
    let newest = Statement::<Newest, BigInt>::new(&SQL, [Value::Text(key)]).get_result(connection).optional()?;
    let newest = match newest {
        Some(newest) => Some(newest),
        // The row is missing. Insert it if the mailbox has messages.
        None => {
            let of_messages = Statement::<OfMessages, Nullable<BigInt>>::new(&SQL_OF_MESSAGES, [Value::Text(key)]);
            match of_messages.get_result::<Option<i64>>(connection)? {
                None => None,
                Some(_) => change_rows(connection, &[key.to_owned()], Some(NONE), 0)?.into_values().next(),
            }
        }
    };
    Ok(newest.filter(|newest| *newest != NONE))
}

/// Moves the position of a mailbox forward to the id of a message that was moved into it.
pub(super) fn record_moved_in(connection: &mut PgConnection, key: &str, id: MessageId) -> QueryResult<()> {
    move_forward(connection, key, &Mark::NEWEST, id.value())
}

/// Distinguishes a lock timeout from other failures, since the transaction is then retried.
fn lock_timeout(error: DieselError) -> Failure {
    if is_lock_timeout(&error) { Failure::LockTimeout(error) } else { error.into() }
}
