//! Limits how many bytes of large, unsent responses the server holds.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::model::Recipient;

/// The maximum size, in bytes, of a response that is never refused and never given up.
const SMALL: usize = 64 * 1024;

/// The limits for large, unsent responses.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The maximum number of bytes of responses about one mailbox.
    of_one_mailbox: usize,
    /// The maximum number of bytes of responses about all mailboxes.
    of_all: usize,
    /// How long a response is held while the connection takes no bytes of it.
    wait_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { of_one_mailbox: 16 * 1024 * 1024, of_all: 128 * 1024 * 1024, wait_timeout: Duration::from_secs(30) }
    }
}

/// Counts the bytes of large responses that are not sent yet. Without it, clients that request long lists and read
/// nothing would fill the memory.
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

/// The response is large, and too many bytes of other large responses are not sent yet.
#[derive(Debug)]
pub(crate) struct TooManyUnsentBytes;

impl Unsent {
    /// Reserves room for a response about a mailbox. Returns `None` if the response is so small that it needs no room.
    ///
    /// A response that alone exceeds a limit is admitted if nothing else counts towards that limit.
    ///
    /// # Errors
    ///
    /// [`TooManyUnsentBytes`] if the response would exceed the limit for this mailbox, or the limit for all mailboxes.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        of: &Recipient,
        bytes: usize,
    ) -> Result<Option<Reservation>, TooManyUnsentBytes> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let Limits { of_one_mailbox, of_all, .. } = self.limits;
        let mut held = self.lock();
        let here = held.by_mailbox.get(of).copied().unwrap_or_default();
        let fits = |held: usize, limit: usize| held == 0 || held.saturating_add(bytes) <= limit;
        if !fits(here, of_one_mailbox) || !fits(held.in_all, of_all) {
            tracing::warn!(bytes, held = held.in_all, "refused a large response, because too many others are unsent");
            return Err(TooManyUnsentBytes);
        }
        held.in_all += bytes;
        held.by_mailbox.insert(of.clone(), here + bytes);
        Ok(Some(Reservation { unsent: Arc::clone(self), of: of.clone(), bytes }))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for a response. Dropping it frees the room.
#[derive(Debug)]
pub(crate) struct Reservation {
    unsent: Arc<Unsent>,
    of: Recipient,
    bytes: usize,
}

impl Reservation {
    /// Returns how long the response is held while the connection takes no bytes of it.
    pub(crate) fn wait_timeout(&self) -> Duration {
        self.unsent.limits.wait_timeout
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
    /// Creates the default limits with another timeout.
    pub(crate) fn with_patience(wait_timeout: Duration) -> Arc<Self> {
        Arc::new(Self { limits: Limits { wait_timeout, ..Limits::default() }, held: Mutex::default() })
    }

    /// Returns the number of bytes that are held.
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
