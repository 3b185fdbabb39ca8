//! Limits the number of concurrent requests for one mailbox, and of concurrent searches.
//!
//! A user who sends too many requests waits for their own requests. Other users do not wait, except that all searches
//! wait for each other: together they use as many connections as one mailbox may use.

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
    searches: Arc<Semaphore>,
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
    _of_mailbox: Option<OwnedSemaphorePermit>,
    _of_kind: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Allows `at_once` concurrent requests for each mailbox, of which `writes` may write, and `at_once` concurrent
    /// searches in all mailboxes. Both are at least 1. A request waits at most `wait_timeout` for its turn.
    pub(crate) fn new(at_once: usize, writes: usize, wait_timeout: Duration) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.max(1)));
        let queues = (0..QUEUES).map(|_| Queue { all: places(at_once), writes: places(writes) }).collect();
        Self { queues, searches: places(at_once), hasher: RandomState::new(), wait_timeout }
    }

    /// Waits until a request may read in this mailbox.
    pub(crate) async fn to_read(&self, of: &Recipient) -> Result<Turn, Failure> {
        let turn = permit_in_time(&self.queue(of).all, self.wait_timeout).await.ok_or(Failure::MailboxBusy)?;
        Ok(Turn { _of_mailbox: Some(turn), _of_kind: None })
    }

    /// Waits until a request may search in this mailbox, or in all mailboxes for `None`. A search reads each message of
    /// a mailbox. It waits for its mailbox first, so that the searches of one user do not block those of others.
    pub(crate) async fn to_search(&self, of: Option<&Recipient>) -> Result<Turn, Failure> {
        let start = Instant::now();
        let mailbox = match of {
            None => None,
            Some(of) => {
                let turn = permit_in_time(&self.queue(of).all, self.wait_timeout).await;
                Some(turn.ok_or(Failure::MailboxBusy)?)
            }
        };
        let left = self.wait_timeout.saturating_sub(start.elapsed());
        let search = permit_in_time(&self.searches, left).await.ok_or(Failure::Busy)?;
        Ok(Turn { _of_mailbox: mailbox, _of_kind: Some(search) })
    }

    /// Waits until a request may write in this mailbox. A write waits for other writes first, so that waiting writes do
    /// not block reads.
    pub(crate) async fn to_write(&self, of: &Recipient) -> Result<Turn, Failure> {
        let (queue, start) = (self.queue(of), Instant::now());
        let write = permit_in_time(&queue.writes, self.wait_timeout).await.ok_or(Failure::MailboxBusy)?;
        let left = self.wait_timeout.saturating_sub(start.elapsed());
        let turn = permit_in_time(&queue.all, left).await.ok_or(Failure::MailboxBusy)?;
        Ok(Turn { _of_mailbox: Some(turn), _of_kind: Some(write) })
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

#[cfg(test)]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    fn run(test: impl Future<Output = ()>) {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(test);
    }

    #[test]
    fn all_searches_together_leave_half_of_the_connections_to_other_reads() {
        run(async {
            let turns = Turns::new(2, 1, Duration::from_millis(20));
            let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| Recipient::user(name).unwrap());
            let searches = [turns.to_search(Some(&alice)).await.unwrap(), turns.to_search(Some(&bob)).await.unwrap()];
            assert!(matches!(turns.to_search(Some(&carol)).await, Err(Failure::Busy)));
            assert!(matches!(turns.to_search(None).await, Err(Failure::Busy)));
            for of in [&alice, &bob, &carol] {
                turns.to_read(of).await.unwrap();
                turns.to_write(of).await.unwrap();
            }
            drop(searches);
            let across = turns.to_search(None).await.unwrap();
            let alone = turns.to_search(Some(&alice)).await.unwrap();
            drop((across, alone));
            turns.to_search(Some(&carol)).await.unwrap();
        });
    }

    #[test]
    fn a_search_counts_as_a_request_of_its_mailbox() {
        run(async {
            let turns = Turns::new(2, 1, Duration::from_millis(20));
            let alice = Recipient::user("alice").unwrap();
            let _search = turns.to_search(Some(&alice)).await.unwrap();
            let _read = turns.to_read(&alice).await.unwrap();
            assert!(matches!(turns.to_read(&alice).await, Err(Failure::MailboxBusy)));
        });
    }
}
