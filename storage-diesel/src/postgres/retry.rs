//! Retries transactions that fail because of other transactions, such as deadlocks.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Failure;

/// The maximum number of attempts at a transaction that conflicts with others.
const TRIES_AFTER_CONFLICT: u32 = 10;
/// The maximum number of attempts at a transaction that waits for a lock while it holds others. Between two attempts it
/// holds no locks, so the transactions that wait for it proceed.
const TRIES_AFTER_LOCK_TIMEOUT: u32 = 3;

/// Runs a transaction, and retries it after a conflict or a lock timeout.
///
/// A conflict is, for example, a deadlock: if two transactions lock the same rows in different order, PostgreSQL
/// cancels one of them. A lock timeout is retried only if the transaction held other locks.
pub(super) fn retry_on_conflict<T>(mut transaction: impl FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
    let (mut conflicts, mut lock_timeouts) = (1, 1);
    loop {
        let done = transaction();
        match &done {
            Err(Failure::Query(error)) if is_conflict(error) && conflicts < TRIES_AFTER_CONFLICT => conflicts += 1,
            Err(Failure::LockTimeout(_)) if lock_timeouts < TRIES_AFTER_LOCK_TIMEOUT => lock_timeouts += 1,
            _ => return done,
        }
    }
}

/// Returns whether the transaction failed because of a conflict with another one.
pub(super) fn is_conflict(error: &DieselError) -> bool {
    use DatabaseErrorKind::{SerializationFailure, UniqueViolation};
    matches!(error, DieselError::DatabaseError(UniqueViolation | SerializationFailure, _))
        || has_message(error, "deadlock detected")
        // A deadlock between two nodes of Citus.
        || has_message(error, "canceling the transaction since it was involved in a distributed deadlock")
}

/// Returns whether the statement was cancelled by `lock_timeout`.
pub(super) fn is_lock_timeout(error: &DieselError) -> bool {
    has_message(error, "canceling statement due to lock timeout")
}

/// Returns whether the server sent exactly this message, for errors without a kind in Diesel.
fn has_message(error: &DieselError, message: &str) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::Unknown, said) if said.message() == message)
}
