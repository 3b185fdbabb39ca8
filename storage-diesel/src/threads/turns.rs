//! Requests about one mailbox -> a bounded number of them at work at once.
//!
//! A user who sends too many requests then waits for the own ones, and other users don't.

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

/// The number of queues, which mailboxes share by a hash with a secret key.
const QUEUES: usize = 1024;

/// The turns of all mailboxes.
#[derive(Debug)]
pub(crate) struct Turns {
    queues: Vec<Queue>,
    hasher: RandomState,
    patience: Duration,
}

/// The turns of one mailbox, and the turns that may write.
#[derive(Debug)]
struct Queue {
    all: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

/// A turn, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _of_all: OwnedSemaphorePermit,
    _of_writes: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Gives each mailbox `at_once` turns at the same time, of which `writes` may write; at least one each. A request waits
    /// for a turn no longer than `patience`.
    pub(crate) fn new(at_once: usize, writes: usize, patience: Duration) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.max(1)));
        let queues = (0..QUEUES).map(|_| Queue { all: places(at_once), writes: places(writes) }).collect();
        Self { queues, hasher: RandomState::new(), patience }
    }

    /// Waits for a turn of this mailbox to read.
    pub(crate) async fn to_read(&self, of: &Recipient) -> Result<Turn, Failure> {
        let turn = permit_in_time(&self.queue(of).all, self.patience).await.ok_or(Failure::Crowded)?;
        Ok(Turn { _of_all: turn, _of_writes: None })
    }

    /// Waits for a turn of this mailbox to write. Writes wait for each other before they take a turn from the reads.
    pub(crate) async fn to_write(&self, of: &Recipient) -> Result<Turn, Failure> {
        let (queue, start) = (self.queue(of), Instant::now());
        let write = permit_in_time(&queue.writes, self.patience).await.ok_or(Failure::Crowded)?;
        let left = self.patience.saturating_sub(start.elapsed());
        let turn = permit_in_time(&queue.all, left).await.ok_or(Failure::Crowded)?;
        Ok(Turn { _of_all: turn, _of_writes: Some(write) })
    }

    fn queue(&self, of: &Recipient) -> &Queue {
        &self.queues[self.hasher.hash_one(of) as usize % QUEUES]
    }
}

/// Waits for a permit, for at most `patience`.
pub(crate) async fn permit_in_time(semaphore: &Arc<Semaphore>, patience: Duration) -> Option<OwnedSemaphorePermit> {
    match Arc::clone(semaphore).try_acquire_owned() {
        // Nearly always, and no timer is needed.
        Ok(permit) => Some(permit),
        Err(_) => timeout(patience, Arc::clone(semaphore).acquire_owned()).await.ok()?.ok(),
    }
}
