//! Acts on a batch of due messages: mailbox by mailbox, a few at a time.

use std::{
    collections::{BTreeMap, BTreeSet, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use tokio::{sync::watch, task::JoinSet};

use crate::{
    error::WithCauses,
    live::ticks::Ticked,
    mailbox::delivery::Delivery,
    model::{Message, MessageFilter, MessageId, Place, Recipient, Timestamp},
    store::{Move, StoreError, Until},
};

/// The number of mailboxes that a tick changes at a time.
const AT_ONCE: usize = 8;
/// The number of mailboxes with nothing left to do after which the rest of a batch is read again. Another ticker works
/// on the same messages.
const MAX_MISSES: u32 = 4;
/// The maximum number of mailboxes that the log names.
const MOST_NAMED: usize = 1000;

/// The mailboxes that could not be changed, and that the log has named.
#[derive(Debug, Clone, Default)]
pub(super) struct FailingMailboxes(Arc<Mutex<BTreeSet<Recipient>>>);

impl FailingMailboxes {
    /// Names a mailbox in the log, once until it works again.
    fn log(&self, of: &Recipient, error: &StoreError) {
        let mut named = lock(&self.0);
        if named.len() < MOST_NAMED && named.insert(of.clone()) {
            let (user, error) = (of.user_id(), WithCauses(error));
            tracing::error!(user, %error, "the due messages of a mailbox can't be moved or deleted; each tick tries it again");
        }
    }

    fn forget(&self, of: &Recipient) {
        lock(&self.0).remove(of);
    }
}

/// The due messages that a tick works on.
#[derive(Debug)]
pub(super) struct Batch {
    work: Arc<Work>,
    /// The messages that were tried without an effect. If they are still due, their mailbox is skipped.
    tried: BTreeSet<(Recipient, MessageId)>,
    /// The mailboxes that this tick skips.
    skipped: BTreeSet<Recipient>,
    failed: u64,
    outcome: Ticked,
}

/// The part of a batch that its workers share.
#[derive(Debug)]
struct Work {
    delivery: Delivery,
    now: Timestamp,
    failing: FailingMailboxes,
    stopped: Option<watch::Receiver<bool>>,
    queue: Mutex<Vec<(Recipient, Vec<Message>)>>,
    done: Mutex<Vec<Done>>,
    misses: AtomicU32,
}

/// The outcome for one mailbox.
#[derive(Debug)]
struct Done {
    of: Recipient,
    messages: Vec<MessageId>,
    outcome: Result<Ticked, StoreError>,
}

impl Batch {
    pub(super) fn new(
        delivery: Delivery,
        now: Timestamp,
        failing: FailingMailboxes,
        stopped: Option<watch::Receiver<bool>>,
    ) -> Self {
        let (queue, done, misses) = (Mutex::default(), Mutex::default(), AtomicU32::new(0));
        let work = Arc::new(Work { delivery, now, failing, stopped, queue, done, misses });
        Self { work, tried: BTreeSet::new(), skipped: BTreeSet::new(), failed: 0, outcome: Ticked::default() }
    }

    /// Takes these messages, and returns whether there is anything to do.
    pub(super) fn fill(&mut self, due: Vec<(Recipient, Message)>) -> bool {
        let mut by_mailbox = BTreeMap::<_, Vec<_>>::new();
        self.failed = 0;
        for (of, message) in due {
            if self.tried.contains(&(of.clone(), message.id)) {
                self.skipped.insert(of.clone());
            }
            by_mailbox.entry(of).or_default().push(message);
        }
        by_mailbox.retain(|of, messages| {
            let is_skipped = self.skipped.contains(of);
            self.failed += if is_skipped { messages.len() as u64 } else { 0 };
            !is_skipped
        });
        let mut queue = by_mailbox.into_iter().collect::<Vec<_>>();
        // In a random order, so that several tickers do not work on the same mailbox at the same moment.
        let order = RandomState::new();
        queue.sort_by_cached_key(|(of, _)| order.hash_one(of));
        let is_filled = !queue.is_empty();
        *lock(&self.work.queue) = queue;
        is_filled
    }

    /// Works on the messages, until all are done or another ticker turns out to work on them as well.
    pub(super) async fn run(&mut self) {
        self.work.misses.store(0, Ordering::Relaxed);
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE.min(lock(&self.work.queue).len()) {
            workers.spawn(Arc::clone(&self.work).work());
        }
        while let Some(joined) = workers.join_next().await {
            if let Err(error) = joined {
                tracing::error!(%error, "a part of a tick failed");
            }
        }
        let done = std::mem::take(&mut *lock(&self.work.done));
        for Done { of, messages, outcome } in done {
            match outcome {
                Ok(Ticked { delivered, expired, repeated, .. }) => {
                    self.outcome.delivered += delivered;
                    self.outcome.expired += expired;
                    self.outcome.repeated += repeated;
                    self.work.failing.forget(&of);
                    if repeated > 0 {
                        self.tried.extend(messages.into_iter().map(|id| (of.clone(), id)));
                    }
                }
                Err(error) => {
                    self.work.failing.log(&of, &error);
                    self.skipped.insert(of);
                }
            }
        }
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.work.is_stopped()
    }

    pub(super) const fn outcome(&self) -> Ticked {
        Ticked { failed: self.failed, ..self.outcome }
    }
}

impl Work {
    async fn work(self: Arc<Self>) {
        while !self.is_stopped() && self.misses.load(Ordering::Relaxed) < MAX_MISSES {
            let Some((of, messages)) = lock(&self.queue).pop() else { return };
            let ids = messages.iter().map(|message| message.id).collect::<Vec<_>>();
            let outcome = self.act(&of, messages).await;
            if outcome.as_ref().is_ok_and(|done| done.repeated > 0) {
                self.misses.fetch_add(1, Ordering::Relaxed);
            }
            lock(&self.done).push(Done { of, messages: ids, outcome });
        }
    }

    /// Deletes the messages that have expired, and moves the others to the inbox. Both only if they are still due: a
    /// user may have put them off again.
    async fn act(&self, of: &Recipient, messages: Vec<Message>) -> Result<Ticked, StoreError> {
        let Self { delivery, now, .. } = self;
        let number = messages.len() as u64;
        let waits = |message: &Message| {
            of.place() == Place::Later && message.expires_at.is_none_or(|expires_at| expires_at > *now)
        };
        let (waiting, expired): (Vec<_>, Vec<_>) = messages.into_iter().partition(waits);
        let still_due = |messages: Vec<Message>| {
            MessageFilter::default().with_ids(messages.into_iter().map(|message| message.id)).due(*now)
        };
        let mut outcome = Ticked::default();
        let mut left = number;
        if !expired.is_empty() {
            outcome.expired = delivery.store.delete(of, &still_due(expired)).await?.len() as u64;
            left = left.saturating_sub(outcome.expired);
        }
        if !waiting.is_empty() {
            let what = Move::of(still_due(waiting)).as_new().until(Until::Expiry);
            let moved = delivery.store.transfer(of, &of.inbox(), &what, &delivery.clock).await?;
            outcome.delivered = moved.iter().filter(|moved| moved.to.is_some()).count() as u64;
            left = left.saturating_sub(moved.len() as u64);
        }
        outcome.repeated = left;
        Ok(outcome)
    }

    fn is_stopped(&self) -> bool {
        self.stopped.as_ref().is_some_and(|stopped| *stopped.borrow() || stopped.has_changed().is_err())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns a random number from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "the number is smaller than 2^16")]
pub(super) fn random_share() -> f32 {
    (RandomState::new().build_hasher().finish() % 65_536) as f32 / 65_536.0
}
