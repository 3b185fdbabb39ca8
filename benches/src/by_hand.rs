//! Contains the hand-written statements of the floor, on plain Diesel.

use chrono::Utc;
use diesel::{
    dsl::{count_star, max},
    prelude::*,
};

diesel::table! {
    actix_messages (recipient, id) {
        recipient -> Text,
        id -> BigInt,
        level -> Integer,
        message -> Text,
        html -> Bool,
        tags -> Text,
        view -> Text,
        session -> Nullable<Text>,
        read_at -> Nullable<BigInt>,
    }
}
use self::actix_messages::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = actix_messages)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) read_at: Option<i64>,
    pub(crate) level: i32,
    pub(crate) message: String,
    pub(crate) tags: String,
    pub(crate) view: String,
}

#[derive(Insertable)]
#[diesel(table_name = actix_messages)]
struct NewRow<'a> {
    recipient: &'a str,
    id: i64,
    level: i32,
    message: &'a str,
    html: bool,
    tags: &'a str,
    view: &'a str,
}

/// Returns the newest messages and their total number, of all messages or only of the unread ones.
pub(crate) fn list(
    connection: &mut SqliteConnection,
    of: &str,
    limit: i64,
    unread: bool,
) -> QueryResult<(Vec<Row>, i64)> {
    let all = || dsl::actix_messages.filter(dsl::recipient.eq(of));
    let newest = all().select(Row::as_select()).order_by(dsl::id.desc()).limit(limit);
    let rows =
        if unread { newest.filter(dsl::read_at.is_null()).load(connection)? } else { newest.load(connection)? };
    let found = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let count = match (found < limit, unread) {
        (true, _) => found,
        (false, true) => all().filter(dsl::read_at.is_null()).select(count_star()).get_result(connection)?,
        (false, false) => all().select(count_star()).get_result(connection)?,
    };
    Ok((rows, count))
}

/// Returns one message.
pub(crate) fn retrieve(connection: &mut SqliteConnection, of: &str, id: i64) -> QueryResult<Option<Row>> {
    dsl::actix_messages.find((of, id)).select(Row::as_select()).first(connection).optional()
}

/// Returns the number of unread messages of each level.
pub(crate) fn peek(connection: &mut SqliteConnection, of: &str) -> QueryResult<Counts> {
    let unread = dsl::actix_messages.filter(dsl::recipient.eq(of)).filter(dsl::read_at.is_null());
    unread.group_by(dsl::level).select((dsl::level, count_star())).load(connection)
}

/// Marks these messages as read, in a separate transaction.
pub(crate) fn mark_read(connection: &mut SqliteConnection, of: &str, ids: &[i64]) -> QueryResult<usize> {
    connection.immediate_transaction(|connection| {
        let shown = dsl::recipient.eq(of).and(dsl::id.eq_any(ids)).and(dsl::read_at.is_null());
        let read_at = dsl::read_at.eq(Utc::now().timestamp_micros());
        diesel::update(dsl::actix_messages.filter(shown)).set(read_at).execute(connection)
    })
}

/// Marks this message as unread, in a separate transaction.
#[allow(dead_code, reason = "only the benchmark without the server uses it")]
pub(crate) fn mark_unread(connection: &mut SqliteConnection, of: &str, id: i64) -> QueryResult<usize> {
    connection.immediate_transaction(|connection| {
        diesel::update(dsl::actix_messages.find((of, id))).set(dsl::read_at.eq(None::<i64>)).execute(connection)
    })
}

/// Adds a message, in a separate transaction.
pub(crate) fn add(connection: &mut SqliteConnection, of: &str) -> QueryResult<usize> {
    connection.immediate_transaction(|connection| {
        let newest = dsl::actix_messages.filter(dsl::recipient.eq(of)).select(max(dsl::id));
        let newest = newest.get_result::<Option<i64>>(connection)?.unwrap_or_default();
        let id = Utc::now().timestamp_micros().max(newest + 1);
        let message = "Your order is placed.";
        let row = NewRow { recipient: of, id, level: 25, message, html: false, tags: "[]", view: "" };
        diesel::insert_into(dsl::actix_messages).values(row).execute(connection)
    })
}

/// Adds a message for each of these users, in one transaction.
#[allow(dead_code, reason = "only the floor of live streams uses it")]
pub(crate) fn add_to_each(connection: &mut SqliteConnection, users: &[String]) -> QueryResult<usize> {
    connection.immediate_transaction(|connection| {
        let id = Utc::now().timestamp_micros();
        let message = "The shop is closed on Monday.";
        for recipient in users {
            let row = NewRow { recipient, id, level: 20, message, html: false, tags: "[]", view: "" };
            diesel::insert_into(dsl::actix_messages).values(row).execute(connection)?;
        }
        Ok(users.len())
    })
}

/// The number of messages of each level.
pub(crate) type Counts = Vec<(i32, i64)>;

/// Returns the messages after this id, and the number of unread messages of each level.
#[allow(dead_code, reason = "only the floor of live streams uses it")]
pub(crate) fn look(connection: &mut SqliteConnection, of: &str, after: i64) -> QueryResult<(Vec<Row>, Counts)> {
    let new = dsl::actix_messages.filter(dsl::recipient.eq(of)).filter(dsl::id.gt(after));
    Ok((new.select(Row::as_select()).order_by(dsl::id).load(connection)?, peek(connection, of)?))
}

/// Returns the id of the newest message, or 0.
#[allow(dead_code, reason = "only the floor of live streams uses it")]
pub(crate) fn newest(connection: &mut SqliteConnection, of: &str) -> QueryResult<i64> {
    let newest = dsl::actix_messages.filter(dsl::recipient.eq(of)).select(max(dsl::id));
    Ok(newest.get_result::<Option<i64>>(connection)?.unwrap_or_default())
}
