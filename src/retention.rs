//! Retention: how long messages stay, and the sweeper that lets them go.

use std::{sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::{
    error::WithCauses,
    model::{Clock, RetentionCutoff, Timestamp},
    store::{MessageStore, StoreError},
};

/// How many messages one step of a sweep looks at: few enough that nobody waits for it.
const STEP: u32 = 1000;
/// How old the newest id of an empty mailbox is before it is forgotten: older than the clocks of servers differ, so that no server
/// gives a smaller id then.
const IDLE: Duration = Duration::from_secs(60 * 60);

/// How long messages stay. By default for ever.
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
    /// A message in an inbox goes so long after it was first read. By default it stays.
    #[must_use]
    pub const fn read_for(mut self, duration: Duration) -> Self {
        self.read = Some(duration);
        self
    }

    /// A message in an inbox goes so long after it was created, read or not. By default it stays.
    #[must_use]
    pub const fn any_for(mut self, duration: Duration) -> Self {
        self.any = Some(duration);
        self
    }

    /// A message in an archive goes so long after it was created. By default it stays.
    #[must_use]
    pub const fn archived_for(mut self, duration: Duration) -> Self {
        self.archived = Some(duration);
        self
    }

    /// A visitor's message goes so long after it was created: as long as a session can live, since nobody can read
    /// it afterwards. By default it stays.
    #[must_use]
    pub const fn visitors_for(mut self, duration: Duration) -> Self {
        self.visitors = Some(duration);
        self
    }

    /// What has expired `now`.
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
            idle_marks_before: before(Some(IDLE)),
        }
    }

    /// Deletes what has expired `now`, in small steps between which others get their turn, and returns how many
    /// messages that were.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the store could not delete them; what was deleted before stays deleted.
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
            let swept = store.sweep(&cutoff, from.as_ref(), STEP).await?;
            deleted += swept.deleted;
            from = swept.next;
            if from.is_none() || is_stopped() {
                return Ok(deleted);
            }
            tokio::task::yield_now().await;
        }
    }
}

/// A sweeper at work in the background.
/// When it is dropped it stops after the step it is at.
#[derive(Debug)]
#[must_use = "a sweeper that is dropped stops"]
pub struct Sweeper {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Sweeper {
    /// Sweeps now, and then each time that `every` has passed, in the background. It runs on the Tokio runtime that it is
    /// started in. With Actix, `MessagesConfig::start_sweeper` is shorter.
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
        Self { stop, task: tokio::spawn(run(store, clock, retention, every, stopped)) }
    }

    /// Stops it, and waits until the step it is at is done.
    pub async fn stop(self) {
        let Self { stop, task } = self;
        // It fails only where the task has ended already.
        let _ = stop.send(true);
        if let Err(error) = task.await {
            tracing::error!(%error, "the sweeper had failed");
        }
    }
}

async fn run(
    store: Arc<dyn MessageStore>,
    clock: Clock,
    retention: Retention,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        // A sender that is gone stops it as well.
        let is_stopped = || *stopped.borrow() || stopped.has_changed().is_err();
        match retention.sweep_unless(&*store, clock.now(), is_stopped).await {
            Ok(deleted) => tracing::info!(deleted, "swept expired messages"),
            Err(error) => {
                tracing::error!(error = %WithCauses(&error), "sweeping failed: it is tried again later");
            }
        }
        if is_stopped() || timeout(every, stopped.changed()).await.is_ok() {
            return;
        }
    }
}
