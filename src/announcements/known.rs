//! Caches the newest announcements of each group, so that most looks need no query.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{Group, board};
use crate::{
    mailbox::delivery::Delivery,
    model::{MessageId, Place, Recipient},
    store::StoreError,
};

/// How long a process relies on what it has read. Announcements of other processes are found after this time.
const MAX_AGE: Duration = Duration::from_secs(5);

/// The maximum number of mailboxes that are known to be up to date.
const MAX_MAILBOXES: usize = 10_000;

/// The newest running announcement of a group, and its newest withdrawal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Newest {
    pub(crate) running: Option<MessageId>,
    pub(crate) withdrawn: Option<MessageId>,
}

impl Newest {
    pub(crate) const fn is_none(self) -> bool {
        self.running.is_none() && self.withdrawn.is_none()
    }
}

/// The newest announcements that the process has read of each group, and the mailboxes that are up to date.
#[derive(Debug, Default)]
pub(crate) struct Known {
    groups: Mutex<HashMap<String, (Newest, Instant)>>,
    up_to_date: Mutex<HashMap<(String, Recipient), Newest>>,
}

impl Known {
    /// Returns the newest announcement and withdrawal of a group. Reads them at most every 5 seconds.
    pub(crate) async fn newest(&self, delivery: &Delivery, group: &Group) -> Result<Newest, StoreError> {
        if let Some((newest, read_at)) = lock(&self.groups).get(group.name())
            && read_at.elapsed() < MAX_AGE
        {
            return Ok(*newest);
        }
        // Before the queries, so an announcement that is added during them is read again in time.
        let read_at = Instant::now();
        let running = board::newest(delivery, group, Place::Inbox).await?;
        let withdrawn = board::newest(delivery, group, Place::Archive).await?;
        let newest = Newest { running, withdrawn };
        lock(&self.groups).insert(group.name().to_owned(), (newest, read_at));
        Ok(newest)
    }

    /// Notes that the announcements of a group have changed, so the next look reads them.
    pub(crate) fn forget(&self, group: &Group) {
        lock(&self.groups).remove(group.name());
    }

    pub(crate) fn is_up_to_date(&self, of: &Recipient, group: &Group, newest: Newest) -> bool {
        lock(&self.up_to_date).get(&(group.name().to_owned(), of.clone())) == Some(&newest)
    }

    pub(crate) fn note_up_to_date(&self, of: Recipient, group: &Group, newest: Newest) {
        let mut up_to_date = lock(&self.up_to_date);
        if up_to_date.len() >= MAX_MAILBOXES {
            up_to_date.clear();
        }
        up_to_date.insert((group.name().to_owned(), of), newest);
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
