//! Mailboxes -> their rows, which give ids and keep other transactions out.
//!
//! The mark `newest` of a mailbox is a row that outlives its messages. A transaction that gives ids in the mailbox changes the
//! row, and so has it to itself until it ends.

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

/// A transaction that runs migrations holds this lock: the first eight bytes of the crate's name.
const LOCK_OF_MIGRATIONS: i64 = i64::from_be_bytes(*b"actix_me");
/// A transaction that writes into no more mailboxes than these waits for their rows as it does for any other.
const FEW: usize = 2;
/// From here on, a transaction that already holds rows waits for the next one for a second. Without a limit, every transaction
/// queued behind it would wait too, and for an application's own transaction, as long as that may be.
const WAIT_WITH_LOCKS: &str = "
    SELECT set_config('actix_messages.lock_timeout', current_setting('lock_timeout'), true);
    SELECT set_config('lock_timeout', '1s', true)
    WHERE current_setting('lock_timeout')::interval NOT BETWEEN '1ms' AND '1s'";
/// From here on, it waits as it did before.
const WAIT_AS_BEFORE: &str = "
    SELECT set_config('lock_timeout', current_setting('actix_messages.lock_timeout'), true)";
/// How long a server keeps many rows for a client that says nothing any more. It is set for the transaction, so not in one that
/// goes on after this work.
const SILENCE_WITH_LOCKS: &str = "SELECT set_config('idle_in_transaction_session_timeout', '10s', true)";
/// The position of a mailbox in which no id was given yet.
const NONE: i64 = i64::MIN;
/// The time of the server, which is one for all processes.
const TIME: &str = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
/// A row is inserted at a position that is this far below the time: no message has such an id, so a new row can be told.
const OFFSET: i64 = 1 << 62;

/// Makes other transactions that run migrations wait until the end of this one.
pub(super) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_OF_MIGRATIONS})"))
}

/// Locks these mailboxes until the end of the transaction.
pub(super) fn lock(connection: &mut PgConnection, of: &[Recipient]) -> Result<(), Failure> {
    let keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    change_rows(connection, &keys, Some(NONE), 0).map(drop)
}

/// Gives ids for this many messages in each of these mailboxes, and locks them until the end of the transaction.
pub(super) fn give_ids(
    connection: &mut PgConnection,
    of: &[Recipient],
    count: usize,
    clock: &Clock,
) -> Result<Vec<Vec<MessageId>>, Failure> {
    let keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    let now = reading(clock, count);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let newest = change_rows(connection, &keys, now, count)?;
    let ids = |key: &String| {
        let newest = newest.get(key).ok_or_else(|| Failure::Row("no id was given".into()))?;
        Ok((0..count).rev().map(|before| MessageId::new(newest.saturating_sub(before))).collect())
    };
    keys.iter().map(ids).collect()
}

/// What time it is: of the server, or of the application's own clock.
pub(super) fn now(connection: &mut PgConnection, clock: &Clock) -> QueryResult<Timestamp> {
    if !clock.is_system() {
        return Ok(clock.now());
    }
    diesel::select(sql_literal::<BigInt>(TIME)).get_result(connection).map(Timestamp::from_micros)
}

/// What an application's own clock shows; `None` if the time is the system's.
fn reading(clock: &Clock, count: usize) -> Option<i64> {
    (!clock.is_system()).then(|| clock.reserve(count).as_micros())
}

/// Moves the positions of these mailboxes forward by `count`, or to the last of as many moments from `now` on, and returns them.
fn change_rows(
    connection: &mut PgConnection,
    keys: &[String],
    now: Option<i64>,
    count: i64,
) -> Result<BTreeMap<String, i64>, Failure> {
    if keys.len() <= FEW {
        let mut keys = keys.iter().collect::<Vec<_>>();
        // In one order for all transactions, so that no two wait for each other.
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

/// Locks a row and moves its position forward, and makes it first if it is missing.
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

/// Locks the rows in one order for all transactions, so that no two wait for each other. A row that is missing, since it was
/// swept or messages were written by hand, begins above the messages that are there.
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

/// The same on Citus, which refuses the statement above, and locks rows in one order only if they are listed one by one.
fn upsert_many_on_citus(
    connection: &mut PgConnection,
    keys: &[String],
    now: Option<i64>,
    count: i64,
) -> QueryResult<BTreeMap<String, i64>> {
    let mut keys = keys.iter().collect::<Vec<_>>();
    keys.sort_unstable();
    // It takes no parameters where it sets the position of a row.
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

/// Moves the positions of rows forward, and inserts those that are missing, at a position that says so.
///
/// Citus does not let `VALUES` look at the messages, nor what follows `DO UPDATE` at the time.
fn upsert_sql(rows: &str, now: &str, [count, more]: [&str; 2]) -> String {
    MESSAGES.put_into(&format!(
        "INSERT INTO \"actix_messages_marks\" AS mark (recipient, name, at) {rows} \
         ON CONFLICT (recipient, name) DO UPDATE \
         SET at = greatest(mark.at + {count}, coalesce({now}, excluded.at + {OFFSET}) + {more}) RETURNING recipient, at"
    ))
}

/// Moves the positions of rows that were missing, since they were swept or messages were written by hand, above the messages
/// that are there.
fn begin_sql(mailboxes: &str, now: &str, [count, more]: [&str; 2]) -> String {
    MESSAGES.put_into(&format!(
        "UPDATE \"actix_messages_marks\" AS mark SET at = greatest(coalesce({now}, mark.at + {OFFSET}) + {more}, \
            {count} + (SELECT max(id) FROM \"actix_messages\" AS message WHERE message.recipient = mark.recipient)) \
         WHERE recipient = {mailboxes} AND name = 'newest' RETURNING recipient, at"
    ))
}

/// Whether a row was inserted just now.
const fn is_new(at: i64) -> bool {
    at < -OFFSET / 2
}

/// Inserts a message by one statement, whose wait for the row of the mailbox is bounded. In a transaction of the application,
/// whose settings it must not change, it takes several.
pub(super) fn insert_one(
    connection: &mut PgConnection,
    of: &Recipient,
    message: &CheckedMessage,
    clock: &Clock,
    lock_timeout: u128,
) -> Result<MessageId, Failure> {
    enum WithRow {}
    enum WithoutRow {}
    // Nearly always, the row of the mailbox is there. To update it takes less than to insert it and find that it is there.
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
    // The number 0 would switch the limit off.
    let (key, lock_timeout) = (of.key(), lock_timeout.clamp(1, i32::MAX as u128).to_string());
    let now = reading(clock, 1);
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

/// Returns the newest id that was given in a mailbox. Until the end of the transaction, its row is not deleted.
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
        // The row is missing. It is made, if there are messages.
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

/// Moves the position of a mailbox forward to a message that has another origin.
pub(super) fn has_arrived(connection: &mut PgConnection, key: &str, id: MessageId) -> QueryResult<()> {
    move_forward(connection, key, &Mark::NEWEST, id.value())
}

/// Tells a wait that ended after a second from other failures: the transaction is tried again.
fn lock_timeout(error: DieselError) -> Failure {
    if is_lock_timeout(&error) { Failure::LockTimeout(error) } else { error.into() }
}
