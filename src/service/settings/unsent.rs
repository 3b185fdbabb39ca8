//! The room for large answers that are not sent yet: a bound on how many bytes of them the server holds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::Recipient;

/// The largest answer, in bytes, that is never refused and never given up.
const SMALL: usize = 64 * 1024;

/// The most that is held of large answers.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes of answers about one mailbox.
    of_one_mailbox: usize,
    /// Bytes of answers about all mailboxes.
    of_all: usize,
    /// How long an answer is held of which the connection takes nothing.
    patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { of_one_mailbox: 16 * 1024 * 1024, of_all: 128 * 1024 * 1024, patience: Duration::from_secs(30) }
    }
}

/// Counts the bytes of large answers that are not sent yet. Without it, clients that ask for long lists and read nothing
/// would fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Unsent {
    limits: Limits,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    in_all: usize,
    by_mailbox: BTreeMap<Recipient, usize>,
}

/// The answer is large, and too many large answers are not fetched yet.
#[derive(Debug)]
pub(crate) struct TooMuchUnsent;

impl Unsent {
    /// Reserves room for an answer about a mailbox. Returns `None` if the answer is so small that it needs no room.
    ///
    /// An answer that is larger than all of the room gets it if nothing else is held.
    ///
    /// # Errors
    ///
    /// [`TooMuchUnsent`] if there is no room, for this mailbox or at all.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        of: &Recipient,
        bytes: usize,
    ) -> Result<Option<Reservation>, TooMuchUnsent> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let Limits { of_one_mailbox, of_all, .. } = self.limits;
        let mut held = self.lock();
        let here = held.by_mailbox.get(of).copied().unwrap_or_default();
        let fits = |held: usize, limit: usize| held == 0 || held.saturating_add(bytes) <= limit;
        if !fits(here, of_one_mailbox) || !fits(held.in_all, of_all) {
            tracing::warn!(bytes, held = held.in_all, "a large answer is refused, since others are not fetched yet");
            return Err(TooMuchUnsent);
        }
        held.in_all += bytes;
        held.by_mailbox.insert(of.clone(), here + bytes);
        Ok(Some(Reservation { unsent: Arc::clone(self), of: of.clone(), bytes }))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for an answer, until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    unsent: Arc<Unsent>,
    of: Recipient,
    bytes: usize,
}

impl Reservation {
    /// How long the answer is held if the connection takes nothing of it.
    pub(crate) fn patience(&self) -> Duration {
        self.unsent.limits.patience
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = self.unsent.lock();
        held.in_all -= self.bytes;
        if let Some(here) = held.by_mailbox.get_mut(&self.of) {
            *here -= self.bytes;
            if *here == 0 {
                held.by_mailbox.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
impl Unsent {
    /// The same limits with another patience.
    pub(crate) fn with_patience(patience: Duration) -> Arc<Self> {
        Arc::new(Self { limits: Limits { patience, ..Limits::default() }, held: Mutex::default() })
    }

    /// How many bytes are held now.
    pub(crate) fn bytes_held(&self) -> usize {
        self.lock().in_all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: usize = 1024 * 1024;

    fn user(id: &str) -> Recipient {
        Recipient::user(id).unwrap()
    }

    #[test]
    fn large_answers_have_so_much_room_and_small_ones_need_none() {
        let (unsent, alice) = (Arc::<Unsent>::default(), user("alice"));
        assert!(unsent.reserve(&alice, SMALL).unwrap().is_none());
        let first = unsent.reserve(&alice, 10 * MB).unwrap();
        assert!(unsent.reserve(&alice, 7 * MB).is_err());
        let second = unsent.reserve(&alice, 6 * MB).unwrap();
        assert!(unsent.reserve(&alice, SMALL + 1).is_err());
        drop(first);
        assert!(unsent.reserve(&alice, 10 * MB).unwrap().is_some());
        drop(second);

        let one_for_each = (0..8).map(|number| unsent.reserve(&user(&format!("user {number}")), 16 * MB).unwrap());
        let one_for_each = one_for_each.collect::<Vec<_>>();
        assert!(unsent.reserve(&alice, MB).is_err());
        assert!(unsent.reserve(&alice, SMALL).unwrap().is_none());
        drop(one_for_each);
        assert_eq!(unsent.bytes_held(), 0);
        assert!(unsent.lock().by_mailbox.is_empty());
        let only = unsent.reserve(&alice, 200 * MB).unwrap();
        assert!(only.is_some() && unsent.reserve(&user("bob"), MB).is_err());
    }
}
