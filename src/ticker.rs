//! The ticker: moves messages to the inbox when they become visible, and deletes them when they expire.

mod batch;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use self::batch::{Batch, FailingMailboxes};
use crate::{
    error::WithCauses,
    live::ticks::{LastTick, Ticked},
    mailbox::delivery::Delivery,
    model::{Clock, Timestamp},
    store::{MessageStore, StoreError},
};

/// A background task that acts on messages when their moment has come. If it is dropped, it stops after the current
/// message.
///
/// At each tick, it looks for the messages of all mailboxes whose [`until`](crate::Message::until) has passed. It moves
/// the messages in [`Later`](crate::Place::Later) to the inbox, as new messages. It deletes all messages that have
/// expired, also in `Later`.
///
/// One ticker is enough for a store, and each process may run one. Every message is delivered once, since a store moves
/// a message for one caller only. Tickers run at slightly different moments, and a ticker that meets the work of
/// another one looks again at what is left. If a process ends in the middle of a tick, the next tick of any ticker does
/// the rest.
///
/// A tick changes at most 8 mailboxes at a time, so that requests need not wait for it. If a mailbox can't be changed,
/// the log names it once, and each tick tries it again after all others.
///
/// The clock of this process decides what is due. If it jumps ahead, messages come and go early. If it is set back,
/// they come and go late.
#[derive(Debug)]
#[must_use = "a ticker stops when it is dropped"]
pub struct Ticker {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    delivery: Delivery,
}

impl Ticker {
    /// The interval that suits most applications: 5 seconds. A tick with nothing to do reads one range of an index.
    pub const INTERVAL: Duration = Duration::from_secs(5);

    /// Starts a ticker in the background, on the Tokio runtime that calls this. It ticks at once, and then again before
    /// `every` has passed since the end of the last tick. With Actix, `MessagesConfig::start_ticker` is shorter, and
    /// uses the clock of the configuration.
    ///
    /// ```
    /// # async fn example() {
    /// use std::sync::Arc;
    /// use actix_messages::{Clock, MemoryStore, Ticker};
    ///
    /// let ticker = Ticker::start(Arc::new(MemoryStore::new()), Clock::default(), Ticker::INTERVAL);
    /// // .. the program runs ..
    /// ticker.stop().await;
    /// # }
    /// ```
    pub fn start(store: Arc<dyn MessageStore>, clock: Clock, every: Duration) -> Self {
        Self::start_on(Delivery { clock, ..Delivery::new(store) }, every)
    }

    pub(crate) fn start_on(delivery: Delivery, every: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(run(delivery.clone(), every, stopped));
        Self { stop, task, delivery }
    }

    /// Returns the last tick on this store in this process, for a health check. Returns `None` until the first tick has
    /// ended.
    #[must_use]
    pub fn last_tick(&self) -> Option<LastTick> {
        self.delivery.feed.ticks().last()
    }

    /// Stops the ticker, and waits until it has finished the mailboxes that it is changing.
    pub async fn stop(self) {
        let Self { stop, task, delivery: _ } = self;
        // Sending fails only if the task has ended already.
        let _ = stop.send(true);
        if let Err(error) = task.await {
            tracing::error!(%error, "the ticker task failed");
        }
    }
}

/// The number of due messages that a tick reads at once.
const BATCH: u32 = 500;
/// The maximum number of due messages that a tick reads to get past mailboxes that can't be changed.
const MAX_BATCH: u32 = 1 << 17;

/// Acts once on all messages that are due at `now`.
///
/// # Errors
///
/// [`StoreError`] if the store could not be asked which messages are due. The messages that were delivered before stay
/// delivered.
async fn tick(
    delivery: &Delivery,
    now: Timestamp,
    failing: &FailingMailboxes,
    stopped: Option<&watch::Receiver<bool>>,
) -> Result<Ticked, StoreError> {
    let mut batch = Batch::new(delivery.clone(), now, failing.clone(), stopped.cloned());
    let mut at_most = BATCH;
    loop {
        let due = delivery.store.due(now, at_most).await?;
        let is_everything = due.len() < at_most as usize;
        if !batch.fill(due) {
            if is_everything || at_most >= MAX_BATCH {
                break;
            }
            at_most *= 2;
            continue;
        }
        batch.run().await;
        if batch.is_stopped() {
            break;
        }
    }
    let outcome = batch.outcome();
    delivery.feed.ticks().note(LastTick { ended_at: delivery.clock.now(), outcome: Some(outcome) });
    Ok(outcome)
}

/// Acts once on all messages that are due at `now`, for tests.
#[cfg(feature = "testing")]
pub(crate) async fn tick_once(delivery: &Delivery, now: Timestamp) -> Result<Ticked, StoreError> {
    tick(delivery, now, &FailingMailboxes::default(), None).await
}

async fn run(delivery: Delivery, every: Duration, mut stopped: watch::Receiver<bool>) {
    let (failing, mut has_failed) = (FailingMailboxes::default(), false);
    loop {
        let started = Instant::now();
        match tick(&delivery, delivery.clock.now(), &failing, Some(&stopped)).await {
            Ok(Ticked { delivered, expired, failed, repeated }) => {
                if has_failed {
                    tracing::info!("the ticker works again");
                }
                has_failed = false;
                if delivered + expired > 0 {
                    let seconds = started.elapsed().as_secs_f32();
                    tracing::debug!(delivered, expired, failed, repeated, seconds, "ticked");
                }
            }
            Err(error) => {
                delivery.feed.ticks().note(LastTick { ended_at: delivery.clock.now(), outcome: None });
                if !has_failed {
                    let error = WithCauses(&error);
                    tracing::error!(%error, "the ticker can't find the messages that are due; it will be retried");
                }
                has_failed = true;
            }
        }
        // A dropped sender stops the task, too.
        let is_stopped = *stopped.borrow() || stopped.has_changed().is_err();
        // The random part keeps the tickers of several processes apart.
        let wait = every.mul_f32(1.0 - batch::random_share() / 4.0);
        if is_stopped || timeout(wait, stopped.changed()).await.is_ok() {
            return;
        }
    }
}
