//! Wraps a store, and tells its feed of each change.

use std::{slice, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::runtime::Handle;

use super::{MessageStore, Result, StoreError};
use crate::{
    forward_to_store,
    live::{ChangeFeed, ChangeHint, ChangeKind},
    model::{
        Arrival, Change, Clock, Inserted, Insertion, Kept, MessageFilter, MessageId, Move, Moved, Outcome, Recipient,
        RetentionCutoff, SessionEnd, SessionId, SweepPosition, SweepStep, Timestamp,
    },
};

/// A store whose changes are told to its feed.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    store: Arc<dyn MessageStore>,
    feed: ChangeFeed,
}

impl Observed {
    /// Wraps a store. If the store has no feed, it gets this one.
    pub(crate) fn new(store: Arc<dyn MessageStore>, otherwise: impl FnOnce() -> ChangeFeed) -> Self {
        let feed = store.feed().unwrap_or_else(otherwise);
        Self { store, feed }
    }

    pub(crate) const fn feed(&self) -> &ChangeFeed {
        &self.feed
    }

    fn tell(&self, of: &Recipient, kind: ChangeKind) {
        self.feed.publish([ChangeHint::new(of.clone(), kind)]);
    }

    /// Runs a verb that changes these mailboxes. If it fails, or its caller goes away, anything may have changed.
    async fn run<T>(&self, mailboxes: &[Recipient], verb: impl Future<Output = Result<T>>) -> Result<T> {
        let mut untold = Untold { feed: &self.feed, mailboxes, is_told: false };
        let result = verb.await;
        // The verb has not been run if the change is invalid.
        untold.is_told = matches!(result, Ok(_) | Err(StoreError::Invalid(_)));
        result
    }
}

/// A change whose outcome is unknown until `is_told` is set.
struct Untold<'a> {
    feed: &'a ChangeFeed,
    mailboxes: &'a [Recipient],
    is_told: bool,
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        let unknown = self.mailboxes.iter().map(|of| ChangeHint::new(of.clone(), ChangeKind::Unknown));
        let unknown = unknown.collect::<Vec<_>>();
        self.feed.publish(unknown.iter().cloned());
        // A store may go on with a change whose caller has gone away. The waits of the verbs are bounded.
        if let Ok(runtime) = Handle::try_current() {
            let feed = self.feed.clone();
            runtime.spawn(async move {
                for wait in REPEATED_AFTER {
                    tokio::time::sleep(wait).await;
                    feed.publish(unknown.iter().cloned());
                }
            });
        }
    }
}

/// When watchers look again after a change with an unknown outcome.
const REPEATED_AFTER: [Duration; 3] = [Duration::from_millis(100), Duration::from_secs(1), Duration::from_secs(5)];

#[async_trait]
impl MessageStore for Observed {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let recipients = insertion.recipients.clone();
        let inserted = self.run(&recipients, self.store.insert(insertion, clock)).await?;
        self.feed.publish(recipients.iter().zip(&inserted).flat_map(|(of, inserted)| hints_of(of, inserted)));
        Ok(inserted)
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let changed = self.run(slice::from_ref(of), self.store.change(of, filter, change, now)).await?;
        let kind = match change {
            Change::MarkRead => ChangeKind::Read,
            Change::MarkUnread => ChangeKind::Unread,
            Change::AddTags(_) | Change::RemoveTags(_) | Change::ReplaceTags(_) => ChangeKind::Tagged,
        };
        self.tell(of, kind(changed.clone()));
        Ok(changed)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        let deleted = self.run(slice::from_ref(of), self.store.delete(of, filter)).await?;
        self.tell(of, ChangeKind::Deleted(deleted.clone()));
        Ok(deleted)
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let mailboxes = [from.clone(), to.clone()];
        let moved = self.run(&mailboxes, self.store.transfer(from, to, what, clock)).await?;
        if moved.is_empty() {
            return Ok(moved);
        }
        if from == to {
            self.tell(from, ChangeKind::Unknown);
            return Ok(moved);
        }
        let arrived = moved.iter().filter_map(|moved| moved.to);
        let arrived = match what.arrival {
            Arrival::AsNew => ChangeKind::Added(arrived.collect()),
            // With their old ids, so they are not behind the position of a watcher.
            Arrival::Unchanged => ChangeKind::Unknown,
        };
        self.tell(from, ChangeKind::Deleted(moved.iter().map(|moved| moved.from).collect()));
        self.tell(to, arrived);
        Ok(moved)
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        let erased = self.run(slice::from_ref(of), self.store.erase(of)).await?;
        self.tell(of, ChangeKind::Unknown);
        Ok(erased)
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let end = self.store.end_session(session, kept).await?;
        self.feed.publish(end.mailboxes.iter().map(|of| ChangeHint::new(of.clone(), ChangeKind::Unknown)));
        Ok(end)
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let step = self.store.sweep(cutoff, from, at_most).await?;
        self.feed.publish(step.mailboxes.iter().map(|of| ChangeHint::new(of.clone(), ChangeKind::Unknown)));
        Ok(step)
    }

    forward_to_store!(observed => observed.store; except insert, change, delete, transfer, erase, end_session, sweep);
}

/// Returns the hints about an insertion in one mailbox: the new messages, and those that they replaced.
fn hints_of(of: &Recipient, inserted: &[Inserted]) -> impl Iterator<Item = ChangeHint> {
    let new = inserted.iter().filter(|inserted| inserted.is_new()).map(|inserted| inserted.id).collect();
    let replaced = inserted.iter().filter_map(|inserted| match inserted.outcome {
        Outcome::Replaced(place, id) => Some(ChangeHint::new(of.at(place), ChangeKind::Deleted(vec![id]))),
        Outcome::New | Outcome::Ignored(_) => None,
    });
    [ChangeHint::new(of.clone(), ChangeKind::Added(new))].into_iter().chain(replaced)
}
