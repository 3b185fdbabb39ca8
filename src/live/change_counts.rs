//! Counts the changes of mailboxes, as far as this process knows them.

use std::{
    array,
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use crate::model::Recipient;

/// The number of counters. A hash with a random key assigns each mailbox to a counter.
const COUNTERS: usize = 1024;

/// A count for each mailbox, which other mailboxes may raise as well.
#[derive(Debug)]
pub(super) struct ChangeCounts {
    of_all: AtomicU64,
    counters: [AtomicU64; COUNTERS],
    hasher: RandomState,
}

impl Default for ChangeCounts {
    fn default() -> Self {
        let counters = array::from_fn(|_| AtomicU64::new(0));
        Self { of_all: AtomicU64::new(0), counters, hasher: RandomState::new() }
    }
}

impl ChangeCounts {
    /// Counts a change of this mailbox.
    pub(super) fn add(&self, of: &Recipient) {
        self.counter(of).fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a change of each mailbox.
    pub(super) fn add_to_all(&self) {
        self.of_all.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns the number of changes of this mailbox. It never goes back.
    pub(super) fn of(&self, of: &Recipient) -> u64 {
        self.of_all.load(Ordering::SeqCst) + self.counter(of).load(Ordering::SeqCst)
    }

    fn counter(&self, of: &Recipient) -> &AtomicU64 {
        &self.counters[self.hasher.hash_one(of) as usize % COUNTERS]
    }
}
