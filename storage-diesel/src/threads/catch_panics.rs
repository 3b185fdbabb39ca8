//! Work that panics -> an error, on a connection that is as it was before.

use std::{
    any::Any,
    num::NonZeroU32,
    panic::{AssertUnwindSafe, catch_unwind},
};

use diesel::{Connection, QueryResult, connection::TransactionManager};

use crate::error::Failure;

/// Runs the work. If it panics, the transactions that it began on the connection are rolled back. A pool would otherwise
/// close the connection, and with it a database in memory.
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

/// Returns how many transactions the connection is in, each within the one before.
pub(crate) fn transaction_depth<C: Connection>(connection: &mut C) -> QueryResult<Option<NonZeroU32>> {
    C::TransactionManager::transaction_manager_status_mut(connection).transaction_depth()
}

/// Marks the connection as broken, so that it is closed and not used again.
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
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it says no more").to_owned()
}
