//! Remembers the last tick of a process, and warns if messages wait for a ticker that does not run.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::model::Timestamp;

/// The outcome of one tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Ticked {
    /// The number of messages that were moved to an inbox.
    pub delivered: u64,
    /// The number of messages that were deleted, because they had expired.
    pub expired: u64,
    /// The number of messages that stay due, because their mailbox could not be changed. The next tick tries again.
    pub failed: u64,
    /// The number of due messages for which there was nothing left to do, because another ticker or a user had been
    /// faster.
    pub repeated: u64,
}

/// The last tick of a [`Ticker`](crate::Ticker).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LastTick {
    /// When it ended.
    pub ended_at: Timestamp,
    /// Its outcome; `None` if the store could not be asked which messages are due.
    pub outcome: Option<Ticked>,
}

/// The time without a tick after which messages that wait for a ticker lead to a warning.
const PATIENCE: Duration = Duration::from_secs(60);

/// The ticks of this process on one store.
#[derive(Debug)]
pub(crate) struct Ticks {
    since: Instant,
    last: Mutex<Option<(Instant, LastTick)>>,
    has_warned: AtomicBool,
}

impl Default for Ticks {
    fn default() -> Self {
        Self { since: Instant::now(), last: Mutex::default(), has_warned: AtomicBool::new(false) }
    }
}

impl Ticks {
    pub(crate) fn note(&self, tick: LastTick) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), tick));
    }

    #[cfg_attr(not(feature = "actix"), allow(dead_code, reason = "only a health check of a configuration shows it"))]
    pub(crate) fn last(&self) -> Option<LastTick> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).map(|(_, tick)| tick)
    }

    /// Warns, once, that a message waits for a moment at which no ticker of this process may run.
    pub(crate) fn warn_if_missing(&self) {
        if self.is_missing_at(Instant::now()) && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a message waits for a moment, and no ticker has run in this process for a minute: unless another \
                 process runs one, start it with `MessagesConfig::start_ticker` or `Ticker::start`"
            );
        }
    }

    fn is_missing_at(&self, now: Instant) -> bool {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).map_or(self.since, |(at, _)| at);
        now.saturating_duration_since(last) > PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticker_is_missing_after_a_minute_without_a_tick() {
        let (ticks, second) = (Ticks::default(), Duration::from_secs(1));
        assert!(!ticks.is_missing_at(ticks.since + PATIENCE));
        assert!(ticks.is_missing_at(ticks.since + PATIENCE + second));
        ticks.note(LastTick { ended_at: Timestamp::from_micros(1), outcome: None });
        let noted = Instant::now();
        assert!(!ticks.is_missing_at(noted + PATIENCE - second));
        assert!(ticks.is_missing_at(noted + PATIENCE + second));
    }
}
