//! Work that panics -> an error, on a connection that is as it was before.

use std::{
    any::Any,
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind},
};

use diesel::{
    QueryResult,
    connection::{AnsiTransactionManager, TransactionManager},
};

use super::Connection;
use crate::error::Failure;

/// Runs the work. If it panics, what it began on the connection is rolled back. A pool would otherwise give up the
/// connection, and with it a database in memory.
pub(super) fn catching<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let before = transaction_depth(connection)?;
    catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or_else(|panic| {
        if roll_back_to(connection, before).is_err() {
            give_up(connection);
        }
        Err(Failure::Panicked(text_of(&*panic)))
    })
}

pub(super) fn transaction_depth(connection: &mut Connection) -> QueryResult<Option<NonZeroU32>> {
    AnsiTransactionManager::transaction_manager_status_mut(connection).transaction_depth()
}

/// Lets the pool close this connection.
pub(super) fn give_up(connection: &mut Connection) {
    AnsiTransactionManager::transaction_manager_status_mut(connection).set_in_error();
}

fn roll_back_to(connection: &mut Connection, depth: Option<NonZeroU32>) -> QueryResult<()> {
    while transaction_depth(connection)? > depth {
        AnsiTransactionManager::rollback_transaction(connection)?;
    }
    Ok(())
}

fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it says no more").to_owned()
}
