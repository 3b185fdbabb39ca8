//! Retention: how long messages are kept, and the sweeper that deletes expired messages.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{
    error::WithCauses,
    model::{Clock, RetentionCutoff, Timestamp},
    store::{MessageStore, StoreError},
};

/// The number of messages that one step of a sweep looks at. It is small, so that a step hardly delays other requests.
const SWEEP_STEP_SIZE: u32 = 1000;
/// The age at which the newest id of an empty mailbox is forgotten. The clocks of the servers differ by less than this,
/// so no server gives a smaller id afterwards.
const IDLE_MARK_AGE: Duration = Duration::from_secs(60 * 60);

/// How long messages are kept. By default they are kept for ever.
///
/// ```
/// use std::time::Duration;
/// use actix_messages::Retention;
///
/// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// let retention = Retention::default().read_for(30 * DAY).any_for(365 * DAY).visitors_for(DAY);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    read: Option<Duration>,
    any: Option<Duration>,
    archived: Option<Duration>,
    visitors: Option<Duration>,
}

impl Retention {
    /// Sets how long a message in an inbox is kept after it was first read. The default is for ever.
    #[must_use]
    pub const fn read_for(mut self, duration: Duration) -> Self {
        self.read = Some(duration);
        self
    }

    /// Sets how long a message in an inbox is kept after it was created, whether it was read or not. The default is for
    /// ever.
    #[must_use]
    pub const fn any_for(mut self, duration: Duration) -> Self {
        self.any = Some(duration);
        self
    }

    /// Sets how long a message in an archive is kept after it was created. The default is for ever.
    #[must_use]
    pub const fn archived_for(mut self, duration: Duration) -> Self {
        self.archived = Some(duration);
        self
    }

    /// Sets how long a visitor's message is kept after it was created, in any place. The default is for ever. Choose
    /// the longest lifetime of a session, because the message can't be read after that.
    #[must_use]
    pub const fn visitors_for(mut self, duration: Duration) -> Self {
        self.visitors = Some(duration);
        self
    }

    /// Returns the cut-off times for a sweep at the moment `now`.
    #[must_use]
    pub fn cutoff(&self, now: Timestamp) -> RetentionCutoff {
        let before = |duration: Option<Duration>| {
            let micros = i64::try_from(duration?.as_micros()).unwrap_or(i64::MAX);
            Some(Timestamp::from_micros(now.as_micros().saturating_sub(micros)))
        };
        let Self { read, any, archived, visitors } = self;
        RetentionCutoff {
            read_before: before(*read),
            created_before: before(*any),
            archived_created_before: before(*archived),
            visitors_created_before: before(*visitors),
            idle_marks_before: before(Some(IDLE_MARK_AGE)),
        }
    }

    /// Deletes the messages that have expired at the moment `now`, and returns their number. It works in small steps,
    /// and other tasks can run between them.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not delete them. The messages that were deleted before stay deleted.
    pub async fn sweep(&self, store: &dyn MessageStore, now: Timestamp) -> Result<u64, StoreError> {
        self.sweep_unless(store, now, || false).await
    }

    async fn sweep_unless(
        &self,
        store: &dyn MessageStore,
        now: Timestamp,
        is_stopped: impl Fn() -> bool,
    ) -> Result<u64, StoreError> {
        let cutoff = self.cutoff(now);
        let (mut deleted, mut from) = (0, None);
        loop {
            let swept = store.sweep(&cutoff, from.as_ref(), SWEEP_STEP_SIZE).await?;
            deleted += swept.deleted;
            from = swept.next;
            if from.is_none() || is_stopped() {
                return Ok(deleted);
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A background task that deletes expired messages at intervals. If it is dropped, it stops after the current step.
#[derive(Debug)]
#[must_use = "a sweeper stops when it is dropped"]
pub struct Sweeper {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
    last: Arc<Mutex<Option<LastSweep>>>,
}

/// The last sweep of a [`Sweeper`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastSweep {
    /// When it ended.
    pub ended_at: Timestamp,
    /// The number of messages that it deleted; `None` if it failed.
    pub deleted: Option<u64>,
}

impl Sweeper {
    /// Starts a sweeper in the background, on the Tokio runtime that calls this. It sweeps at once, and then again
    /// whenever `every` has passed since the end of the last sweep. With Actix, `MessagesConfig::start_sweeper` is
    /// shorter.
    ///
    /// ```
    /// # async fn example() {
    /// use std::{sync::Arc, time::Duration};
    /// use actix_messages::{Clock, MemoryStore, Retention, Sweeper};
    ///
    /// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// let (store, retention) = (Arc::new(MemoryStore::new()), Retention::default().read_for(30 * DAY));
    /// let sweeper = Sweeper::start(store, Clock::default(), retention, Duration::from_secs(3600));
    /// // .. the program runs ..
    /// sweeper.stop().await;
    /// # }
    /// ```
    pub fn start(store: Arc<dyn MessageStore>, clock: Clock, retention: Retention, every: Duration) -> Self {
        let (stop, stopped) = watch::channel(false);
        let last = Arc::default();
        let task = tokio::spawn(run(store, clock, retention, every, stopped, Arc::clone(&last)));
        Self { stop, task, last }
    }

    /// Returns the last sweep, for a health check. Returns `None` until the first sweep has ended.
    #[must_use]
    pub fn last_sweep(&self) -> Option<LastSweep> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops the sweeper, and waits until the current step is done.
    pub async fn stop(self) {
        let Self { stop, task, last: _ } = self;
        // Sending fails only if the task has ended already.
        let _ = stop.send(true);
        if let Err(error) = task.await {
            tracing::error!(%error, "the sweeper task failed");
        }
    }
}

async fn run(
    store: Arc<dyn MessageStore>,
    clock: Clock,
    retention: Retention,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
    last: Arc<Mutex<Option<LastSweep>>>,
) {
    loop {
        // A dropped sender stops the task, too.
        let is_stopped = || *stopped.borrow() || stopped.has_changed().is_err();
        let swept = retention.sweep_unless(&*store, clock.now(), is_stopped).await;
        let deleted = swept.as_ref().ok().copied();
        *last.lock().unwrap_or_else(PoisonError::into_inner) = Some(LastSweep { ended_at: clock.now(), deleted });
        match swept {
            Ok(deleted) => tracing::info!(deleted, "swept expired messages"),
            Err(error) => {
                tracing::error!(error = %WithCauses(&error), "sweeping failed; it will be retried");
            }
        }
        if is_stopped() || timeout(every, stopped.changed()).await.is_ok() {
            return;
        }
    }
}
