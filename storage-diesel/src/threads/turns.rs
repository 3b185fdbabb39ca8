//! Limits the number of concurrent requests for one mailbox.
//!
//! A user who sends too many requests waits for their own requests. Other users do not wait.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use actix_messages::Recipient;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::Failure;

/// The number of queues. A hash with a random key assigns each mailbox to a queue.
const QUEUES: usize = 1024;

/// The limits of all mailboxes.
#[derive(Debug)]
pub(crate) struct Turns {
    queues: Vec<Queue>,
    hasher: RandomState,
    wait_timeout: Duration,
}

/// The permits for all requests, and for the writes, of the mailboxes in one queue.
#[derive(Debug)]
struct Queue {
    all: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

/// A permit for one request. Dropping it lets the next request proceed.
#[derive(Debug)]
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_writes: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Allows `at_once` concurrent requests for each mailbox, of which `writes` may write. Both are at least 1. A
    /// request waits at most `wait_timeout` for its turn.
    pub(crate) fn new(at_once: usize, writes: usize, wait_timeout: Duration) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.max(1)));
        let queues = (0..QUEUES).map(|_| Queue { all: places(at_once), writes: places(writes) }).collect();
        Self { queues, hasher: RandomState::new(), wait_timeout }
    }

    /// Waits until a request may read in this mailbox.
    pub(crate) async fn to_read(&self, of: &Recipient) -> Result<Turn, Failure> {
        let turn = permit_in_time(&self.queue(of).all, self.wait_timeout).await.ok_or(Failure::MailboxBusy)?;
        Ok(Turn { _of_all: turn, _of_writes: None })
    }

    /// Waits until a request may write in this mailbox. A write waits for other writes first, so that waiting writes do
    /// not block reads.
    pub(crate) async fn to_write(&self, of: &Recipient) -> Result<Turn, Failure> {
        let (queue, start) = (self.queue(of), Instant::now());
        let write = permit_in_time(&queue.writes, self.wait_timeout).await.ok_or(Failure::MailboxBusy)?;
        let left = self.wait_timeout.saturating_sub(start.elapsed());
        let turn = permit_in_time(&queue.all, left).await.ok_or(Failure::MailboxBusy)?;
        Ok(Turn { _of_all: turn, _of_writes: Some(write) })
    }

    fn queue(&self, of: &Recipient) -> &Queue {
        &self.queues[self.hasher.hash_one(of) as usize % QUEUES]
    }
}

/// Waits for a permit for at most `wait_timeout`.
pub(crate) async fn permit_in_time(semaphore: &Arc<Semaphore>, wait_timeout: Duration) -> Option<OwnedSemaphorePermit> {
    match Arc::clone(semaphore).try_acquire_owned() {
        // The common case needs no timer.
        Ok(permit) => Some(permit),
        Err(_) => timeout(wait_timeout, Arc::clone(semaphore).acquire_owned()).await.ok()?.ok(),
    }
}
