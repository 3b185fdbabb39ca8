//! Work on connections -> threads that may block, one for each connection.

use std::{fmt, time::Duration};

use actix_messages::StoreError;
use diesel::r2d2::R2D2Connection;

use super::{catch_panics::catch_panics, connections::Connections, work_queue::Threads};
use crate::error::Failure;

/// Connections, with a thread for each of them that may block.
pub(crate) struct Workers<C: R2D2Connection + 'static> {
    connections: Connections<C>,
    threads: Threads,
}

impl<C: R2D2Connection + 'static> Workers<C> {
    pub(crate) fn start(connections: Connections<C>, patience: Duration) -> std::io::Result<Self> {
        Ok(Self { threads: Threads::start(connections.most(), patience)?, connections })
    }

    /// Does this on a thread that may block.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connections<C>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connections = self.connections.clone();
        Ok(self.threads.run(move || work(&connections)).await?)
    }

    /// Reads on a connection that is alive.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut C) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(move |connections| Ok(connections.get_alive(|connection| catch_panics(connection, &work))?.1)).await
    }
}

impl<C: R2D2Connection + 'static> Clone for Workers<C> {
    fn clone(&self) -> Self {
        Self { connections: self.connections.clone(), threads: self.threads.clone() }
    }
}

impl<C: R2D2Connection + 'static> fmt::Debug for Workers<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { connections, threads } = self;
        formatter.debug_struct("Workers").field("connections", connections).field("threads", threads).finish()
    }
}
