//! Mailboxes -> a transaction that has them to itself, for a database with several writers at once.

use actix_messages::Recipient;
use diesel::{
    Connection as _, QueryResult, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    sql_types::{Array, Text},
};

use super::{Connection, MIGRATION_LOCK, has_waited_for_a_lock, settled, tried};
use crate::error::Failure;

/// Who writes into a few mailboxes holds this one together with others, and who writes into many holds it alone.
const LOCK_OF_ALL: i64 = MIGRATION_LOCK + 1;
/// Who writes into many holds this one before: they wait for each other here, where nobody else does.
const LOCK_OF_MANY: i64 = MIGRATION_LOCK + 2;
/// A transaction that writes into so many mailboxes locks each of them. A server has room for a few thousand locks.
const MOST_LOCKED: usize = 100;
/// How long who has some locks waits for the others. Those who wait for what it has wait as well, and would wait for an
/// application's own transaction, as long as that may be.
const WAIT_WITH_LOCKS: &str = "SET LOCAL lock_timeout = '1s'";
/// From then on, who waits does so as long as the database is set to.
const WAIT_AS_USUAL: &str = "SET LOCAL lock_timeout = DEFAULT";
/// How often who waits with locks does so in all. In between they have no lock, and those behind them get theirs.
const WAITS: u32 = 3;
/// Who writes into no more mailboxes than these waits as usual.
const FEW: usize = 2;
/// How long a server keeps the lock of all for who says nothing any more.
const SILENCE_WITH_LOCKS: &str = "SET LOCAL idle_in_transaction_session_timeout = '10s'";

/// Runs a transaction that writes into these mailboxes, and into which no other one writes meanwhile. So ids are seen in
/// the order in which they are given: nobody who has seen a message finds an older one later.
///
/// Within a transaction of the application's it is a part of that, and not tried again: what it has met then is still
/// there.
pub(super) fn write<T>(
    connection: &mut Connection,
    of: &[Recipient],
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let keys = of.iter().map(Recipient::key).collect::<Vec<_>>();
    let locked = |connection: &mut Connection| match keys.len() {
        0 => work(connection),
        1..=MOST_LOCKED => {
            lock(connection, &keys)?;
            work(connection)
        }
        _ => with_the_lock_of_all(connection, &work),
    };
    match AnsiTransactionManager::transaction_manager_status_mut(connection).transaction_depth()? {
        // Each statement sees what was committed before it, whatever the database is set to.
        None => {
            let waits = if keys.len() > FEW { WAITS } else { 1 };
            tried(waits, has_waited_for_a_lock, || {
                settled(connection, |connection| connection.build_transaction().read_committed().run(locked))
            })
        }
        Some(_) => connection.transaction(locked),
    }
}

/// Locks these mailboxes until the end of the transaction.
fn lock(connection: &mut Connection, keys: &[String]) -> QueryResult<()> {
    if keys.len() > FEW {
        connection.batch_execute(WAIT_WITH_LOCKS)?;
    }
    // In one order for all, so that no two wait for each other.
    let locks = diesel::sql_query(format!(
        "SELECT pg_advisory_xact_lock_shared({LOCK_OF_ALL}), pg_advisory_xact_lock(key) FROM \
         (SELECT DISTINCT hashtextextended(name, 0) AS key FROM unnest($1) AS name ORDER BY key) AS keys"
    ));
    locks.bind::<Array<Text>, _>(keys).execute(connection)?;
    if keys.len() > FEW {
        connection.batch_execute(WAIT_AS_USUAL)?;
    }
    Ok(())
}

/// Does this while nobody else writes into any mailbox.
fn with_the_lock_of_all<T>(
    connection: &mut Connection,
    work: impl Fn(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    connection.batch_execute(&format!(
        "SELECT pg_advisory_xact_lock({LOCK_OF_MANY}); {WAIT_WITH_LOCKS}; {SILENCE_WITH_LOCKS}; \
         SELECT pg_advisory_xact_lock({LOCK_OF_ALL}); {WAIT_AS_USUAL}"
    ))?;
    let done = work(connection)?;
    connection.batch_execute("SET LOCAL idle_in_transaction_session_timeout = DEFAULT")?;
    Ok(done)
}
