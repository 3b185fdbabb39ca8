//! A watcher of a mailbox: flags that say where to look. Nothing is ever queued for it.

use std::{
    collections::BTreeMap,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;

use super::hint::ChangeKind;
use crate::model::{MessageId, Recipient, SessionId};

/// The maximum number of changed messages that a watcher notes. If there are more, it notes only that it has missed
/// some.
const MAX_NOTED: usize = 64;

/// A registered watch of a mailbox.
#[derive(Debug)]
pub(crate) struct Watcher {
    pub(super) of: Recipient,
    /// The session that the watcher belongs to.
    pub(super) session: Option<SessionId>,
    noted: Mutex<Noted>,
    wake: Notify,
    has_ended: AtomicBool,
}

/// The changes that a watcher has heard of since its last look.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Noted {
    /// There may be new messages.
    pub(crate) is_added: bool,
    /// The owner may have seen more messages.
    pub(crate) is_seen: bool,
    /// Something may have changed. A look compares what it finds with what it expects.
    pub(crate) is_due: bool,
    /// More may have changed than is noted.
    pub(crate) is_unknown: bool,
    /// The messages that have changed.
    pub(crate) changed: BTreeMap<MessageId, Aspects>,
}

/// The aspects of a message that have changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Aspects {
    /// Whether the message is read.
    pub(crate) reading: bool,
    pub(crate) tags: bool,
}

impl Noted {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn note(&mut self, kind: &ChangeKind) {
        let (ids, aspects) = match kind {
            ChangeKind::Added(_) => {
                self.is_added = true;
                return;
            }
            ChangeKind::Seen => {
                self.is_seen = true;
                return;
            }
            ChangeKind::Unknown => {
                self.note_unknown();
                return;
            }
            ChangeKind::Read(ids) | ChangeKind::Unread(ids) => (ids, Aspects { reading: true, tags: false }),
            ChangeKind::Tagged(ids) => (ids, Aspects { reading: false, tags: true }),
            // Whether a message is gone is seen at the look.
            ChangeKind::Deleted(ids) => (ids, Aspects::default()),
        };
        // Enough is known already if the watcher has missed some.
        for id in ids.iter().filter(|_| !self.is_unknown) {
            self.changed.entry(*id).or_default().add(aspects);
        }
        if self.changed.len() > MAX_NOTED {
            self.note_unknown();
        }
    }

    fn note_unknown(&mut self) {
        *self = Self { is_added: true, is_unknown: true, ..Self::default() };
    }

    /// Adds what was noted later.
    pub(crate) fn extend(&mut self, later: Self) {
        self.is_added |= later.is_added;
        self.is_due |= later.is_due;
        self.is_seen |= later.is_seen;
        if self.is_unknown || later.is_unknown {
            self.note_unknown();
            return;
        }
        for (id, aspects) in later.changed {
            self.changed.entry(id).or_default().add(aspects);
        }
        if self.changed.len() > MAX_NOTED {
            self.note_unknown();
        }
    }
}

impl Aspects {
    const fn add(&mut self, others: Self) {
        self.reading |= others.reading;
        self.tags |= others.tags;
    }
}

impl Watcher {
    pub(super) fn new(of: Recipient, session: Option<SessionId>) -> Self {
        let (noted, wake, has_ended) = Default::default();
        Self { of, session, noted, wake, has_ended }
    }

    pub(super) fn hear(&self, kind: &ChangeKind) {
        self.noted().note(kind);
        self.wake.notify_one();
    }

    /// Makes the watch look at the store.
    pub(super) fn look(&self) {
        self.noted().is_due = true;
        self.wake.notify_one();
    }

    /// Ends the watch. From now on, it returns nothing.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::SeqCst)
    }

    /// Waits until something is heard or the watch ends.
    pub(crate) async fn heard(&self) {
        self.wake.notified().await;
    }

    /// Takes what was heard since the last call.
    pub(crate) fn take(&self) -> Noted {
        mem::take(&mut *self.noted())
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: impl IntoIterator<Item = i64>) -> Vec<MessageId> {
        ids.into_iter().map(MessageId::new).collect()
    }

    #[test]
    fn what_is_noted_is_bounded() {
        let mut noted = Noted::default();
        noted.note(&ChangeKind::Deleted(ids(0..64)));
        assert_eq!(noted.changed.len(), 64);
        assert!(!noted.is_unknown && !noted.is_added);
        noted.note(&ChangeKind::Read(ids([0, 64])));
        assert_eq!(noted, Noted { is_added: true, is_unknown: true, ..Noted::default() });
        noted.note(&ChangeKind::Read(ids(0..1000)));
        assert!(noted.changed.is_empty());
    }

    #[test]
    fn aspects_of_one_message_are_collected() {
        let mut noted = Noted::default();
        noted.note(&ChangeKind::Read(ids([1])));
        let mut later = Noted::default();
        later.note(&ChangeKind::Tagged(ids([1, 2])));
        later.note(&ChangeKind::Added(ids([3])));
        later.note(&ChangeKind::Seen);
        noted.extend(later);
        assert!(noted.is_added && noted.is_seen && !noted.is_unknown);
        assert_eq!(noted.changed[&MessageId::new(1)], Aspects { reading: true, tags: true });
        assert_eq!(noted.changed[&MessageId::new(2)], Aspects { reading: false, tags: true });
    }
}
