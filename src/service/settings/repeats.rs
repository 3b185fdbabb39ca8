//! The answers that were sent a short time ago, by the requests for them.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The maximum number of answers. Each takes about 64 bytes.
const MAX_ANSWERS: usize = 100_000;

/// An answer, and the number of changes of the mailbox that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Repeat {
    /// The digest of the answer.
    pub(crate) digest: u128,
    pub(crate) changes: u64,
}

/// The answers, each for a limited time.
#[derive(Debug)]
pub(crate) struct Repeats {
    valid_for: Duration,
    known: Mutex<HashMap<u128, (Repeat, Instant)>>,
}

impl Repeats {
    pub(crate) fn new(valid_for: Duration) -> Self {
        Self { valid_for, known: Mutex::default() }
    }

    /// Returns the answer to the request with this key, if it is still valid.
    pub(crate) fn find(&self, key: u128) -> Option<Repeat> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(&key).filter(|(_, since)| since.elapsed() < self.valid_for).map(|(repeat, _)| *repeat)
    }

    /// Remembers the answer to the request with this key, from now on.
    pub(crate) fn remember(&self, key: u128, answer: Repeat) {
        let now = Instant::now();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ANSWERS && !known.contains_key(&key) {
            known.retain(|_, (_, since)| now.saturating_duration_since(*since) < self.valid_for);
            if known.len() >= MAX_ANSWERS {
                known.clear();
            }
        }
        known.insert(key, (answer, now));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_valid_for_the_time_and_its_number_is_bounded() {
        let answer = Repeat { digest: 7, changes: 3 };
        let repeats = Repeats::new(Duration::from_secs(60));
        assert_eq!(repeats.find(1), None);
        for key in 0..=MAX_ANSWERS as u128 {
            repeats.remember(key, answer);
        }
        assert_eq!((repeats.find(0), repeats.find(MAX_ANSWERS as u128)), (None, Some(answer)));
        assert!(repeats.known.lock().unwrap().len() <= MAX_ANSWERS);
        let short = Repeats::new(Duration::ZERO);
        short.remember(1, answer);
        assert_eq!(short.find(1), None);
    }
}
