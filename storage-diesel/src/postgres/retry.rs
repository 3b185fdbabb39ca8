//! Transactions that fail because of other ones, such as deadlocks -> tried again.

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::error::Failure;

/// The maximum number of tries of a transaction that another one undid.
const TRIES_AFTER_CONFLICT: u32 = 10;
/// The maximum number of tries of a transaction that waits while it holds locks. Between two tries it holds none, and the
/// transactions that wait for it get their locks.
const TRIES_AFTER_LOCK_TIMEOUT: u32 = 3;

/// Runs a transaction, and runs it again if another one undid it (PostgreSQL cancels one of two transactions that lock the
/// same rows in another order), or if it did not get a lock in time while it held others.
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

/// Returns whether another transaction has undone this one.
pub(super) fn is_conflict(error: &DieselError) -> bool {
    use DatabaseErrorKind::{SerializationFailure, UniqueViolation};
    matches!(error, DieselError::DatabaseError(UniqueViolation | SerializationFailure, _))
        || has_message(error, "deadlock detected")
        // Between two nodes of Citus.
        || has_message(error, "canceling the transaction since it was involved in a distributed deadlock")
}

/// Returns whether a lock was not free before `lock_timeout`.
pub(super) fn is_lock_timeout(error: &DieselError) -> bool {
    has_message(error, "canceling statement due to lock timeout")
}

/// Returns whether the server says this, where Diesel has no kind of error for it.
fn has_message(error: &DieselError, message: &str) -> bool {
    matches!(error, DieselError::DatabaseError(DatabaseErrorKind::Unknown, said) if said.message() == message)
}
