//! Turns a panic into an error, and restores the connection.

use std::{
    any::Any,
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind},
};

use diesel::{Connection, QueryResult, connection::TransactionManager};

use crate::error::Failure;

/// Runs the work. If it panics, this rolls back the transactions that the work began, and returns an error. Without
/// this, a pool would close the connection, and a database in memory would be lost.
pub(crate) fn catch_panics<C: Connection, T>(
    connection: &mut C,
    work: impl FnOnce(&mut C) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let before = transaction_depth(connection)?;
    catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or_else(|panic| {
        if roll_back_to(connection, before).is_err() {
            close_after_use(connection);
        }
        Err(Failure::Panicked(panic_message(&*panic)))
    })
}

/// Returns the depth of the connection's nested transactions, or `None` outside of a transaction.
pub(crate) fn transaction_depth<C: Connection>(connection: &mut C) -> QueryResult<Option<NonZeroU32>> {
    C::TransactionManager::transaction_manager_status_mut(connection).transaction_depth()
}

/// Marks the connection as broken, so that it is closed and never used again.
pub(crate) fn close_after_use<C: Connection>(connection: &mut C) {
    C::TransactionManager::transaction_manager_status_mut(connection).set_in_error();
}

fn roll_back_to<C: Connection>(connection: &mut C, depth: Option<NonZeroU32>) -> QueryResult<()> {
    while transaction_depth(connection)? > depth {
        C::TransactionManager::rollback_transaction(connection)?;
    }
    Ok(())
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the panic has no message").to_owned()
}
