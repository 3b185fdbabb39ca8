//! Inserts one message into many mailboxes.

use std::sync::LazyLock;

use actix_messages::{MessageId, store::MessageParts};
use diesel::{
    QueryResult, RunQueryDsl,
    pg::{Pg, PgConnection},
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};

use super::{
    citus::is_distributed,
    sql::{
        Value,
        rows::{COLUMNS, NewRow},
    },
    table::MESSAGES,
};

/// For fewer mailboxes, a statement with a row for each is as fast. It needs no look at the catalog.
const MIN_MAILBOXES: usize = 100;
/// The maximum number of rows that one statement inserts.
const MAX_ROWS: usize = 10_000;

/// Inserts one message into each of these mailboxes, if they are many. Otherwise returns `false`.
///
/// A statement takes the mailboxes and ids as two arrays, and the values of the message once. A statement with a row
/// for each of many mailboxes would take longer to write and to parse than its rows take to insert. Citus would first
/// gather the rows of such a statement on the node of the connection, so it gets a row for each mailbox.
pub(super) fn insert_into_each(
    connection: &mut PgConnection,
    mailboxes: &[(&str, MessageId)],
    message: MessageParts<'_>,
) -> QueryResult<bool> {
    static SQL: LazyLock<String> = LazyLock::new(|| {
        let values = (3..=COLUMNS.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
        MESSAGES.put_into(&format!(
            "INSERT INTO \"actix_messages\" ({}) \
             SELECT mailbox.recipient, mailbox.id, {values} FROM unnest($1, $2) AS mailbox(recipient, id)",
            COLUMNS.join(", ")
        ))
    });
    if mailboxes.len() < MIN_MAILBOXES || is_distributed(connection)? {
        return Ok(false);
    }
    let row = NewRow::new("", MessageId::new(0), message);
    for mailboxes in mailboxes.chunks(MAX_ROWS) {
        let (keys, ids): (Vec<_>, Vec<_>) = mailboxes.iter().map(|(key, id)| (*key, id.value())).unzip();
        let insert = sql_query(&*SQL).bind::<Array<Text>, _>(keys).bind::<Array<BigInt>, _>(ids).into_boxed::<Pg>();
        let insert = row.values().into_iter().fold(insert, |insert, value| match value {
            Value::Text(text) => insert.bind::<Text, _>(text),
            Value::TextOrNull(text) => insert.bind::<Nullable<Text>, _>(text),
            Value::Number(number) => insert.bind::<BigInt, _>(number),
            Value::NumberOrNull(number) => insert.bind::<Nullable<BigInt>, _>(number),
            Value::SmallNumber(number) => insert.bind::<Integer, _>(number),
            Value::Flag(flag) => insert.bind::<Bool, _>(flag),
        });
        insert.execute(connection)?;
    }
    Ok(true)
}
