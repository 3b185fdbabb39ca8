//! The clock that dates messages.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::model::Timestamp;

/// A source of the current time: the system clock, or a clock that a test controls.
///
/// ```
/// use actix_messages::{Clock, Timestamp};
///
/// let stopped = Clock::from(Timestamp::from_micros(1));
/// assert_eq!(stopped.now(), Timestamp::from_micros(1));
/// ```
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

/// The first microsecond of the system clock that [`Clock::reserve`] has not yet given to a message of this process.
static NEXT_FREE_MICRO: AtomicI64 = AtomicI64::new(i64::MIN);

/// The maximum number of microseconds by which given times may be ahead of the system clock. A larger distance means
/// that the system clock was set back.
const MAX_LEAD_MICROS: i64 = 60_000_000;

impl Clock {
    /// Creates a clock that returns the result of `now`.
    ///
    /// Stores call `now` while they hold locks on mailboxes, so it must not wait for a store.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Returns whether this is the system clock. If it is, a store on a server may use the clock of the server instead,
    /// so that all processes share one clock.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        self.0.is_none()
    }

    /// Returns the current time. The system clock never returns a time before one that a message was given, unless it
    /// was set back by more than a minute.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(now) => now(),
            None => Self::not_before(NEXT_FREE_MICRO.load(Ordering::Relaxed)),
        }
    }

    /// Returns the first of `count` consecutive microseconds, one for each of `count` messages in a mailbox.
    ///
    /// The system clock gives each microsecond at most once in a process, unless it was set back by more than a minute.
    /// Any other clock returns its current time and reserves nothing.
    #[must_use]
    pub fn reserve(&self, count: usize) -> Timestamp {
        let Self(None) = self else { return self.now() };
        let count = i64::try_from(count).unwrap_or(MAX_LEAD_MICROS);
        let mut not_given = NEXT_FREE_MICRO.load(Ordering::Relaxed);
        loop {
            let first = Self::not_before(not_given);
            let after = first.as_micros().saturating_add(count);
            match NEXT_FREE_MICRO.compare_exchange_weak(not_given, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return first,
                Err(meanwhile) => not_given = meanwhile,
            }
        }
    }

    fn not_before(not_given: i64) -> Timestamp {
        let now = Timestamp::now();
        let ahead = not_given.saturating_sub(now.as_micros());
        if (1..=MAX_LEAD_MICROS).contains(&ahead) { Timestamp::from_micros(not_given) } else { now }
    }
}

impl From<Timestamp> for Clock {
    /// Creates a clock that always returns this time.
    fn from(moment: Timestamp) -> Self {
        Self::new(move || moment)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_the_system_gives_no_moment_twice() {
        let clock = Clock::default();
        let first = clock.reserve(1_000_000);
        assert!(clock.now() >= Timestamp::from_micros(first.as_micros() + 1_000_000));
        let next = Clock::default().reserve(1);
        assert!(next >= Timestamp::from_micros(first.as_micros() + 1_000_000));
        assert!(clock.now() > next);
    }

    #[test]
    fn a_clock_that_was_set_back_is_followed() {
        let far_ahead = Timestamp::now().as_micros() + MAX_LEAD_MICROS + 1_000_000;
        assert!(Clock::not_before(far_ahead).as_micros() < far_ahead - MAX_LEAD_MICROS);
        let ahead = Timestamp::now().as_micros() + MAX_LEAD_MICROS / 2;
        assert_eq!(Clock::not_before(ahead), Timestamp::from_micros(ahead));
    }
}
