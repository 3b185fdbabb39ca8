//! Runs reads and writes on threads that may block, each with its connection.

use std::{fmt, time::Duration};

use actix_messages::store::StoreError;
use diesel::r2d2::R2D2Connection;

use super::{
    catch_panics::catch_panics,
    connections::{Connections, Failed},
    work_queue::{Kept, Threads},
};
use crate::error::Failure;

/// Threads that run work on connections.
pub(crate) struct Workers<C: R2D2Connection + 'static>(Threads<Connections<C>>);

impl<C: R2D2Connection + 'static> Workers<C> {
    /// Starts a thread for each connection. Work that no thread begins within `wait_timeout` fails, and is never begun.
    pub(crate) fn start(
        connections: impl IntoIterator<Item = Connections<C>>,
        wait_timeout: Duration,
    ) -> std::io::Result<Self> {
        Threads::start(connections, wait_timeout).map(Self)
    }

    /// Runs this work on a thread that may block.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connections<C>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        Ok(self.0.run(work).await?)
    }

    /// Reads on a live connection. Work that fails because the connection is lost is retried on another one.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut C) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let read = move |connection: &mut C| {
            catch_panics(connection, &work).map_err(|failure| Failed { failure, has_begun: false })
        };
        self.run(move |connections| connections.run(read)).await
    }
}

impl<C: R2D2Connection + 'static> Kept for Connections<C> {
    fn release_idle(&self) {
        self.close_idle();
    }
}

impl<C: R2D2Connection + 'static> fmt::Debug for Workers<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Workers").field(&self.0).finish()
    }
}
