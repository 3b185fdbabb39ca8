//! Requests about one mailbox -> only so many of them at work at once.
//!
//! Whoever asks for too much then waits behind themselves, and not everybody behind them.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use actix_messages::Recipient;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use crate::error::Failure;

/// Mailboxes share so many queues, by a hash that nobody can foresee.
const QUEUES: usize = 1024;

/// The turns of all mailboxes.
#[derive(Debug)]
pub(crate) struct Turns {
    queues: Vec<Arc<Semaphore>>,
    hasher: RandomState,
    patience: Duration,
}

/// A turn, which lasts until it is dropped.
pub(crate) type Turn = OwnedSemaphorePermit;

impl Turns {
    /// Each mailbox has so many at once, and at least one. A turn is waited for no longer than `patience`.
    pub(crate) fn new(at_once: u32, patience: Duration) -> Self {
        let queues = (0..QUEUES).map(|_| Arc::new(Semaphore::new(at_once.max(1) as usize))).collect();
        Self { queues, hasher: RandomState::new(), patience }
    }

    /// Waits for a turn of this mailbox.
    pub(crate) async fn of(&self, recipient: &Recipient) -> Result<Turn, Failure> {
        let queue = Arc::clone(&self.queues[self.hasher.hash_one(recipient) as usize % QUEUES]);
        match Arc::clone(&queue).try_acquire_owned() {
            // Nearly always, and no timer is needed.
            Ok(turn) => Ok(turn),
            Err(_) => {
                timeout(self.patience, queue.acquire_owned()).await.ok().and_then(Result::ok).ok_or(Failure::Crowded)
            }
        }
    }
}
