//! A pool of connections -> a connection that is still there.

use std::fmt;

use diesel::r2d2::{ConnectionManager, Pool, PoolError, PooledConnection, R2D2Connection};

use super::catch_panics::close_after_use;
use crate::error::Failure;

/// A pool of connections.
pub(crate) struct Connections<C: R2D2Connection + 'static>(Pool<ConnectionManager<C>>);

impl<C: R2D2Connection + 'static> Connections<C> {
    pub(crate) const fn new(pool: Pool<ConnectionManager<C>>) -> Self {
        Self(pool)
    }

    /// Returns the maximum number of connections.
    pub(crate) fn most(&self) -> u32 {
        self.0.max_size()
    }

    /// Waits for a connection, for a bounded time.
    pub(crate) fn get(&self) -> Result<PooledConnection<ConnectionManager<C>>, PoolError> {
        self.0.get()
    }

    /// Runs this on a connection, and returns both the connection and the result. If the connection proves to be lost, another
    /// one is tried; all of them may be lost.
    pub(crate) fn get_alive<T>(
        &self,
        work: impl Fn(&mut C) -> Result<T, Failure>,
    ) -> Result<(PooledConnection<ConnectionManager<C>>, T), Failure> {
        let mut lost = 0;
        loop {
            let mut connection = self.get()?;
            match work(&mut connection) {
                Ok(done) => return Ok((connection, done)),
                Err(failure) if lost == self.most() || is_alive(&mut *connection) => return Err(failure),
                Err(_) => lost += 1,
            }
        }
    }
}

impl<C: R2D2Connection + 'static> Clone for Connections<C> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<C: R2D2Connection + 'static> fmt::Debug for Connections<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Connections").field("most", &self.most()).finish_non_exhaustive()
    }
}

/// Returns whether the server still answers on this connection. Otherwise the pool closes the connection.
fn is_alive<C: R2D2Connection>(connection: &mut C) -> bool {
    let answers = connection.ping().is_ok();
    if !answers {
        // Diesel does not notice each time.
        close_after_use(connection);
    }
    answers
}
