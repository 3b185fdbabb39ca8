//! Advisory locks: mailboxes -> a transaction that has them to itself.

use std::num::NonZeroU32;

use actix_messages::Recipient;
use diesel::{
    QueryResult, RunQueryDsl,
    connection::SimpleConnection,
    pg::PgConnection,
    result::Error as DieselError,
    sql_types::{Array, Text},
};

use super::retry::is_lock_timeout;
use crate::{error::Failure, threads::transaction_depth};

/// A transaction that runs migrations holds this lock: the first eight bytes of the crate's name.
const LOCK_OF_MIGRATIONS: i64 = i64::from_be_bytes(*b"actix_me");
/// A transaction that writes into a few mailboxes shares this lock with others. One that writes into many has it alone.
const LOCK_OF_ALL: i64 = LOCK_OF_MIGRATIONS + 1;
/// Transactions that write into many mailboxes take this lock first: they wait for each other here, and hold up no other transaction.
const LOCK_OF_MANY: i64 = LOCK_OF_MIGRATIONS + 2;
/// The most mailboxes that a transaction locks one by one. A server has room for a few thousand locks.
const MOST_LOCKED: usize = 100;
/// A transaction that writes into no more mailboxes than these waits for their locks as it does for a row.
const FEW: usize = 2;
/// From here on, a transaction that already holds locks waits for the next one for a second. Without a limit, every
/// transaction queued behind it would wait too, and for an application's own transaction, as long as that may be.
const WAIT_WITH_LOCKS: &str = "
    SELECT set_config('actix_messages.lock_timeout', current_setting('lock_timeout'), true);
    SELECT set_config('lock_timeout', '1s', true)
    WHERE current_setting('lock_timeout')::interval NOT BETWEEN '1ms' AND '1s'";
/// From here on, it waits as it did before.
const WAIT_AS_BEFORE: &str = "
    SELECT set_config('lock_timeout', current_setting('actix_messages.lock_timeout'), true)";
/// How long a server keeps the lock of all for a client that says nothing any more. It is set for the transaction, so not
/// in one that goes on after this work.
const SILENCE_WITH_LOCKS: &str = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// Makes other transactions that run migrations wait until the end of this one.
pub(super) fn lock_migrations(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_OF_MIGRATIONS})"))
}

/// Locks these mailboxes for messages that are added, until the end of the transaction.
pub(super) fn lock_mailboxes(connection: &mut PgConnection, of: &[Recipient]) -> Result<(), Failure> {
    let keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    if keys.len() <= FEW {
        return Ok(lock(connection, &keys)?);
    }
    if keys.len() > MOST_LOCKED {
        return lock_all(connection);
    }
    connection.batch_execute(WAIT_WITH_LOCKS)?;
    lock(connection, &keys).map_err(lock_timeout)?;
    Ok(connection.batch_execute(WAIT_AS_BEFORE)?)
}

fn lock(connection: &mut PgConnection, keys: &[String]) -> QueryResult<()> {
    // In one order for all, so that no two wait for each other.
    let locks = diesel::sql_query(format!(
        "SELECT pg_advisory_xact_lock_shared({LOCK_OF_ALL}), pg_advisory_xact_lock(key) FROM \
         (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest($1) AS name ORDER BY key) AS keys"
    ));
    locks.bind::<Array<Text>, _>(keys).execute(connection).map(drop)
}

fn lock_all(connection: &mut PgConnection) -> Result<(), Failure> {
    connection.batch_execute(&format!("SELECT pg_advisory_xact_lock({LOCK_OF_MANY}); {WAIT_WITH_LOCKS}"))?;
    if transaction_depth(connection)? == Some(NonZeroU32::MIN) {
        connection.batch_execute(SILENCE_WITH_LOCKS)?;
    }
    let lock = format!("SELECT pg_advisory_xact_lock({LOCK_OF_ALL}); {WAIT_AS_BEFORE}");
    connection.batch_execute(&lock).map_err(lock_timeout)
}

/// Tells a wait that ended in time from other failures: the transaction is tried again.
fn lock_timeout(error: DieselError) -> Failure {
    if is_lock_timeout(&error) { Failure::LockTimeout(error) } else { error.into() }
}
