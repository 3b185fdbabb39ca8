//! The mailboxes whose shown messages are being marked as read; later requests to such a mailbox wait for that.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit, watch},
    time::timeout,
};

use super::change_feed::ChangeFeed;
use crate::model::Recipient;

/// The maximum time to wait for messages to be marked. It equals the default time that a store waits for its database.
const MARK_TIMEOUT: Duration = Duration::from_secs(5);

/// While messages are being marked, or wait to be marked, in this many mailboxes, responses wait before they show more.
const MAX_MAILBOXES: usize = 64;

/// The maximum number of marks that run at once.
const MAX_MARKS: usize = 64;

/// The mailboxes of a store in which messages are being marked.
#[derive(Debug)]
pub(crate) struct RunningMarks {
    mailboxes: Mutex<BTreeMap<Recipient, Marking>>,
    /// Wakes all tasks that wait in `wait_for_capacity`. Each of them looks again.
    capacity_freed: Notify,
    /// Bounds the marks that run at once. More may wait, because several responses may pass `wait_for_capacity` before
    /// the first of them marks its messages.
    at_once: Semaphore,
}

impl Default for RunningMarks {
    fn default() -> Self {
        Self { mailboxes: Mutex::default(), capacity_freed: Notify::new(), at_once: Semaphore::new(MAX_MARKS) }
    }
}

#[derive(Debug)]
struct Marking {
    marks: usize,
    finished: watch::Sender<()>,
}

impl RunningMarks {
    /// Waits until all shown messages of this mailbox are marked, for up to 5 seconds.
    pub(crate) async fn wait(&self, of: &Recipient) {
        let finished = self.mailboxes().get(of).map(|marking| marking.finished.subscribe());
        if let Some(mut finished) = finished {
            // No value is ever sent. The wait ends when the sender is dropped.
            if timeout(MARK_TIMEOUT, finished.changed()).await.is_err() {
                tracing::warn!("messages that were shown are still not marked, and may be shown again");
            }
        }
    }

    /// Waits until fewer than 64 mailboxes have messages that are being marked, for up to 5 seconds.
    pub(crate) async fn wait_for_capacity(&self) {
        if timeout(MARK_TIMEOUT, self.capacity()).await.is_err() {
            tracing::warn!("many messages that were shown are still not marked");
        }
    }

    async fn capacity(&self) {
        loop {
            let mut freed = pin!(self.capacity_freed.notified());
            // A mark that finishes after the look at the mailboxes is not missed.
            freed.as_mut().enable();
            if self.mailboxes().len() < MAX_MAILBOXES {
                return;
            }
            freed.await;
        }
    }

    /// Waits until the mark may run. If other marks take too long, it runs nevertheless.
    pub(crate) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        timeout(MARK_TIMEOUT, self.at_once.acquire()).await.ok()?.ok()
    }

    fn mailboxes(&self) -> MutexGuard<'_, BTreeMap<Recipient, Marking>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts as a running mark until it is dropped.
pub(crate) struct RunningMark {
    feed: ChangeFeed,
    of: Recipient,
}

impl RunningMark {
    pub(crate) fn start(feed: ChangeFeed, of: Recipient) -> Self {
        let marking = || Marking { marks: 0, finished: watch::Sender::new(()) };
        feed.marks().mailboxes().entry(of.clone()).or_insert_with(marking).marks += 1;
        Self { feed, of }
    }
}

impl Drop for RunningMark {
    fn drop(&mut self) {
        let marks = self.feed.marks();
        let mut mailboxes = marks.mailboxes();
        if let Entry::Occupied(mut marking) = mailboxes.entry(self.of.clone()) {
            marking.get_mut().marks -= 1;
            if marking.get().marks == 0 {
                marking.remove();
            }
        }
        if mailboxes.len() < MAX_MAILBOXES {
            marks.capacity_freed.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::runtime::Builder;

    use super::*;

    fn user(number: usize) -> Recipient {
        Recipient::user(number).unwrap()
    }

    #[test]
    fn all_that_wait_for_capacity_go_on_when_the_marks_are_made() {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
            let feed = ChangeFeed::default();
            let marks =
                (0..MAX_MAILBOXES).map(|number| RunningMark::start(feed.clone(), user(number))).collect::<Vec<_>>();
            let waiting = (0..3 * MAX_MAILBOXES).map(|_| {
                let feed = feed.clone();
                tokio::spawn(async move { timeout(MARK_TIMEOUT, feed.marks().capacity()).await })
            });
            let waiting = waiting.collect::<Vec<_>>();
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(marks);
            let start = Instant::now();
            for waiter in waiting {
                waiter.await.unwrap().expect("nothing is being marked, and one still waits");
            }
            assert!(start.elapsed() < MARK_TIMEOUT / 2, "they waited for {:?}", start.elapsed());
        });
    }
}
