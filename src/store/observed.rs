//! Wraps a store, and tells its feed of each change.

use std::{panic, slice, sync::Arc, time::Duration};

use async_trait::async_trait;
use tokio::runtime::Handle;

use super::{MessageStore, Result, StoreError};
use crate::{
    forward_to_store,
    live::{ChangeFeed, ChangeHint, ChangeKind},
    model::{
        Arrival, Change, Clock, Inserted, Insertion, Kept, Mark, MessageFilter, MessageId, Move, Moved, Outcome,
        Recipient, RetentionCutoff, SessionEnd, SessionId, SweepPosition, SweepStep, Timestamp,
    },
};

/// A store whose changes are told to its feed.
#[derive(Debug, Clone)]
pub(crate) struct Observed {
    store: Arc<dyn MessageStore>,
    pub(crate) feed: ChangeFeed,
}

impl Observed {
    /// Wraps a store. If the store has no feed, it gets this one.
    pub(crate) fn new(store: Arc<dyn MessageStore>, otherwise: impl FnOnce() -> ChangeFeed) -> Self {
        let feed = store.feed().unwrap_or_else(otherwise);
        Self { store, feed }
    }

    fn tell(&self, of: &Recipient, kind: ChangeKind) {
        self.feed.publish([ChangeHint::new(of.clone(), kind)]);
    }

    /// Runs a verb that changes these mailboxes. If it fails, or its caller goes away, anything may have changed.
    async fn run<T>(&self, mailboxes: &[Recipient], verb: impl Future<Output = Result<T>>) -> Result<T> {
        self.run_as(ChangeKind::Unknown, mailboxes, verb).await
    }

    /// Runs a verb that changes these mailboxes. If it fails, or its caller goes away, this may have changed.
    async fn run_as<T>(
        &self,
        kind: ChangeKind,
        mailboxes: &[Recipient],
        verb: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut untold = Untold { feed: &self.feed, kind, mailboxes, is_told: false };
        let result = verb.await;
        // The verb has not been run if the change is invalid.
        untold.is_told = matches!(result, Ok(_) | Err(StoreError::Invalid(_)));
        result
    }
}

/// Runs a verb to its end, even if its caller goes away: only its result names the mailboxes that it has changed.
async fn run_to_end<T: Send + 'static>(verb: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    let Ok(runtime) = Handle::try_current() else { return verb.await };
    runtime.spawn(verb).await.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(stopped) => Err(StoreError::Unavailable { store: "runtime", source: stopped.into() }),
    })
}

/// Returns a hint of this kind for each mailbox.
fn hints<'a>(
    mailboxes: impl IntoIterator<Item = &'a Recipient>,
    kind: &ChangeKind,
) -> impl Iterator<Item = ChangeHint> {
    mailboxes.into_iter().map(|of| ChangeHint::new(of.clone(), kind.clone()))
}

/// A change whose outcome is unknown until `is_told` is set.
struct Untold<'a> {
    feed: &'a ChangeFeed,
    kind: ChangeKind,
    mailboxes: &'a [Recipient],
    is_told: bool,
}

impl Drop for Untold<'_> {
    fn drop(&mut self) {
        if self.is_told {
            return;
        }
        let hints = hints(self.mailboxes, &self.kind).collect::<Vec<_>>();
        self.feed.publish(hints.iter().cloned());
        // A store may go on with a change whose caller has gone away. The waits of the verbs are bounded.
        if let Ok(runtime) = Handle::try_current() {
            let feed = self.feed.clone();
            runtime.spawn(async move {
                for wait in REPEATED_AFTER {
                    tokio::time::sleep(wait).await;
                    feed.publish(hints.iter().cloned());
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
        let recipients = Arc::clone(&insertion.recipients);
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

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        if *mark != Mark::SEEN || to.is_none() {
            return self.store.advance(of, mark, to).await;
        }
        let before = self.run_as(ChangeKind::Seen, slice::from_ref(of), self.store.advance(of, mark, to)).await?;
        if before < to {
            self.tell(of, ChangeKind::Seen);
        }
        Ok(before)
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        let erased = self.run(slice::from_ref(of), self.store.erase(of)).await?;
        self.tell(of, ChangeKind::Unknown);
        Ok(erased)
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let (observed, session, kept) = (self.clone(), session.clone(), kept.clone());
        run_to_end(async move {
            let end = observed.store.end_session(&session, &kept).await;
            observed.feed.publish(end.iter().flat_map(|end| hints(&end.mailboxes, &ChangeKind::Unknown)));
            // Also after a failure, because the session has ended.
            observed.feed.relay_session_end(&session);
            end
        })
        .await
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let (observed, cutoff, from) = (self.clone(), *cutoff, from.cloned());
        run_to_end(async move {
            let step = observed.store.sweep(&cutoff, from.as_ref(), at_most).await?;
            observed.feed.publish(hints(&step.mailboxes, &ChangeKind::Unknown));
            Ok(step)
        })
        .await
    }

    forward_to_store!(observed => observed.store; except insert, change, delete, transfer, advance, erase, end_session, sweep);
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

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::Mutex};

    use tokio::time::{sleep, timeout};

    use super::*;
    use crate::{Level, MemoryStore, NewMessage};

    /// A store that changes many mailboxes slowly.
    #[derive(Debug)]
    struct Slow(MemoryStore);

    #[async_trait]
    impl MessageStore for Slow {
        async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
            sleep(Duration::from_millis(20)).await;
            self.0.end_session(session, kept).await
        }

        async fn sweep(
            &self,
            cutoff: &RetentionCutoff,
            from: Option<&SweepPosition>,
            at_most: u32,
        ) -> Result<SweepStep> {
            sleep(Duration::from_millis(20)).await;
            self.0.sweep(cutoff, from, at_most).await
        }

        forward_to_store!(slow => slow.0; except end_session, sweep);
    }

    #[tokio::test]
    async fn the_end_of_a_session_and_a_sweep_are_told_also_if_their_caller_goes_away() {
        let (session, alice) = (SessionId::from_digest([7; 16]), Recipient::user("alice").unwrap());
        let store = Observed::new(Arc::new(Slow(MemoryStore::new())), ChangeFeed::default);
        let told = Arc::new(Mutex::new(BTreeSet::new()));
        let tells = Arc::clone(&told);
        let message = || NewMessage::new(Level::INFO, "one").session(session.clone()).check().unwrap();
        let cutoff =
            RetentionCutoff { created_before: Some(Timestamp::from_micros(i64::MAX)), ..RetentionCutoff::default() };
        store.feed.observe(move |hint| tells.lock().unwrap().extend([hint.mailbox.clone()]));
        for verb in 0..2 {
            store.insert(Insertion::new([alice.clone()], [message()]), &Clock::default()).await.unwrap();
            told.lock().unwrap().clear();
            let soon = Duration::from_millis(1);
            let is_over = match verb {
                0 => timeout(soon, store.end_session(&session, &Kept::none())).await.is_ok(),
                _ => timeout(soon, store.sweep(&cutoff, None, 10)).await.is_ok(),
            };
            assert!(!is_over, "the caller goes away first");
            let hint = timeout(Duration::from_secs(20), async {
                while told.lock().unwrap().is_empty() {
                    sleep(Duration::from_millis(1)).await;
                }
            });
            hint.await.expect("no hint comes");
            assert_eq!(*told.lock().unwrap(), BTreeSet::from([alice.clone()]));
            let all = store.list(&alice, &MessageFilter::default(), &crate::PageRequest::all()).await.unwrap();
            assert!(all.messages.is_empty());
        }
    }
}
