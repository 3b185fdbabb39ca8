//! Clocks: where the time of messages comes from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use crate::model::Timestamp;

/// Where moments come from: the system's clock, or one that a test turns by hand.
///
/// ```
/// use actix_messages::{Clock, Timestamp};
///
/// let stopped = Clock::from(Timestamp::from_micros(1));
/// assert_eq!(stopped.now(), Timestamp::from_micros(1));
/// ```
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

/// The first moment of the system's clock that no message of this process was given yet.
static NOT_GIVEN: AtomicI64 = AtomicI64::new(i64::MIN);

/// How far the system's clock may be behind the moments that it has given, in microseconds: beyond, somebody has set it.
const A_MINUTE: i64 = 60_000_000;

impl Clock {
    /// A clock that says what `now` says. Stores ask it while they have mailboxes to themselves, so it must not wait for
    /// a store.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(now)))
    }

    /// Whether it is the system's clock. A store on a server may take the time from there instead, so that all processes have one.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        self.0.is_none()
    }

    /// What time it is. The system's clock shows no moment before one that a message was given, unless it was set back
    /// by more than a minute.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Some(now) => now(),
            None => Self::not_before(NOT_GIVEN.load(Ordering::Relaxed)),
        }
    }

    /// Returns the first of `count` consecutive microseconds, for as many messages in one mailbox. The system's clock gives each
    /// microsecond once in a process.
    #[must_use]
    pub fn reserve(&self, count: usize) -> Timestamp {
        let Self(None) = self else { return self.now() };
        let count = i64::try_from(count).unwrap_or(A_MINUTE);
        let mut not_given = NOT_GIVEN.load(Ordering::Relaxed);
        loop {
            let first = Self::not_before(not_given);
            let after = first.as_micros().saturating_add(count);
            match NOT_GIVEN.compare_exchange_weak(not_given, after, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return first,
                Err(meanwhile) => not_given = meanwhile,
            }
        }
    }

    fn not_before(not_given: i64) -> Timestamp {
        let now = Timestamp::now();
        let ahead = not_given.saturating_sub(now.as_micros());
        if (1..=A_MINUTE).contains(&ahead) { Timestamp::from_micros(not_given) } else { now }
    }
}

impl From<Timestamp> for Clock {
    /// A clock that stands still at this moment.
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
        let far_ahead = Timestamp::now().as_micros() + A_MINUTE + 1_000_000;
        assert!(Clock::not_before(far_ahead).as_micros() < far_ahead - A_MINUTE);
        let ahead = Timestamp::now().as_micros() + A_MINUTE / 2;
        assert_eq!(Clock::not_before(ahead), Timestamp::from_micros(ahead));
    }
}
