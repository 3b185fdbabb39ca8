//! The hints that wait to be sent.

use std::{
    mem,
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use actix_messages::live::{RelayMessage, RelayStatus};

/// The maximum number of hints that wait. If there are more, they are dropped. The other processes notice it by the
/// numbers of the messages after them.
const MAX_WAITING: usize = 200_000;

/// How long hints are gathered, at least, before they are sent together.
const GATHERED: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
pub(super) struct Queue {
    waiting: Mutex<Vec<RelayMessage>>,
    added: Condvar,
    is_connected: AtomicBool,
    sent: AtomicU64,
    received: AtomicU64,
    interruptions: AtomicU64,
}

impl Queue {
    pub(super) fn add(&self, messages: &[RelayMessage]) {
        let mut waiting = self.lock();
        if waiting.len() + messages.len() > MAX_WAITING {
            self.interruptions.fetch_add(1, Ordering::Relaxed);
            waiting.clear();
        }
        waiting.extend_from_slice(messages);
        drop(waiting);
        self.added.notify_one();
    }

    /// Takes the hints that wait, but not before this moment. Returns none if that takes longer than `at_most`.
    pub(super) fn take(&self, at_most: Duration, not_before: Instant) -> Vec<RelayMessage> {
        let end = Instant::now() + at_most;
        let waiting = self.lock();
        let (waiting, _) = self
            .added
            .wait_timeout_while(waiting, at_most, |waiting| waiting.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.is_empty() {
            return Vec::new();
        }
        drop(waiting);
        let ready = not_before.max(Instant::now() + GATHERED);
        thread::sleep(ready.min(end).saturating_duration_since(Instant::now()));
        if ready > end { Vec::new() } else { mem::take(&mut self.lock()) }
    }

    /// Puts hints back that could not be sent. They may be sent twice.
    pub(super) fn put_back(&self, messages: Vec<RelayMessage>) {
        let mut waiting = self.lock();
        let later = mem::replace(&mut *waiting, messages);
        waiting.extend(later);
    }

    pub(super) fn set_connected(&self, is_connected: bool) {
        if self.is_connected.swap(is_connected, Ordering::Relaxed) && !is_connected {
            self.interruptions.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(super) fn count_sent(&self, messages: usize) {
        self.sent.fetch_add(messages as u64, Ordering::Relaxed);
    }

    pub(super) fn count_received(&self, messages: usize) {
        self.received.fetch_add(messages as u64, Ordering::Relaxed);
    }

    pub(super) fn status(&self) -> RelayStatus {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RelayStatus::new(
            self.is_connected.load(Ordering::Relaxed),
            read(&self.sent),
            read(&self.received),
            read(&self.interruptions),
        )
    }

    fn lock(&self) -> MutexGuard<'_, Vec<RelayMessage>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
