//! The watchers of all mailboxes, in a table of constant size.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    hint::{ChangeHint, ChangeKind},
    watcher::Watcher,
};
use crate::model::{Recipient, Summary};

/// The number of slots.
const SLOTS: usize = 4096;

/// Each mailbox has a slot, which it shares with others.
#[derive(Debug)]
pub(super) struct Slots {
    /// The keys of the hash. They are random for each process.
    keys: RandomState,
    slots: Box<[Mutex<Slot>]>,
}

#[derive(Debug, Default)]
struct Slot {
    watchers: Vec<Arc<Watcher>>,
    turns: Turns,
}

/// The maximum number of mailboxes of a slot whose turns are known exactly.
const MAX_RECENT: usize = 8;

/// The turns of the mailboxes of a slot. The turn of a mailbox is different after each change of its older messages.
/// New messages do not count, because a watch finds them by their ids. The mark of the seen messages does not count
/// either, because each watch begins with a summary.
#[derive(Debug, Default)]
struct Turns {
    last: u64,
    /// The mailboxes that have changed last, by their hash, with their turns.
    recent: Vec<(u64, u64)>,
    /// The turn of all others: the largest one that was forgotten.
    of_others: u64,
}

impl Turns {
    fn advance(&mut self, mailbox: u64) {
        self.last += 1;
        if let Some((_, turn)) = self.recent.iter_mut().find(|(known, _)| *known == mailbox) {
            *turn = self.last;
            return;
        }
        if self.recent.len() == MAX_RECENT {
            let oldest = (0..MAX_RECENT).min_by_key(|place| self.recent[*place].1).unwrap_or_default();
            self.of_others = self.recent.swap_remove(oldest).1;
        }
        self.recent.push((mailbox, self.last));
    }

    fn advance_all(&mut self) {
        self.last += 1;
        (self.of_others, self.recent) = (self.last, Vec::new());
    }

    fn of(&self, mailbox: u64) -> u64 {
        self.recent.iter().find(|(known, _)| *known == mailbox).map_or(self.of_others, |(_, turn)| *turn)
    }
}

impl Default for Slots {
    fn default() -> Self {
        Self { keys: RandomState::new(), slots: (0..SLOTS).map(|_| Mutex::default()).collect() }
    }
}

impl Slots {
    pub(super) fn add(&self, watcher: Arc<Watcher>) {
        self.slot_of(&watcher.of).watchers.push(watcher);
    }

    pub(super) fn remove(&self, watcher: &Arc<Watcher>) {
        let watchers = &mut self.slot_of(&watcher.of).watchers;
        watchers.retain(|other| !Arc::ptr_eq(other, watcher));
        if watchers.is_empty() {
            watchers.shrink_to_fit();
        }
    }

    pub(super) fn publish(&self, hint: &ChangeHint) {
        let hash = self.keys.hash_one(&hint.mailbox);
        let mut slot = self.slot_at(hash);
        if !matches!(hint.kind, ChangeKind::Added(_) | ChangeKind::Seen) {
            slot.turns.advance(hash);
        }
        slot.watchers.iter().filter(|watcher| watcher.of == hint.mailbox).for_each(|watcher| watcher.hear(&hint.kind));
    }

    /// Tells all watchers that anything may have changed.
    pub(super) fn publish_unknown(&self) {
        for slot in &self.slots {
            let mut slot = lock(slot);
            slot.turns.advance_all();
            slot.watchers.iter().for_each(|watcher| watcher.hear(&ChangeKind::Unknown));
        }
    }

    /// Makes all watchers look.
    pub(super) fn look(&self) {
        self.slots.iter().for_each(|slot| lock(slot).watchers.iter().for_each(|watcher| watcher.look()));
    }

    pub(super) fn turn_of(&self, of: &Recipient) -> u64 {
        let hash = self.keys.hash_one(of);
        self.slot_at(hash).turns.of(hash)
    }

    /// Returns a proof that a mailbox was in this state at this turn, which tells nothing about the mailbox.
    pub(super) fn proof(&self, of: &Recipient, turn: u64, unread: &Summary) -> u64 {
        self.keys.hash_one((of, turn, &unread.by_level))
    }

    /// Returns a number that differs each time.
    pub(super) fn random(&self, seed: usize) -> u64 {
        self.keys.hash_one(seed)
    }

    /// Ends the watches for which `ends` returns `true`, in the mailbox or, if it is `None`, in all mailboxes.
    pub(super) fn end(&self, of: Option<&Recipient>, ends: impl Fn(&Watcher) -> bool) {
        let end = |slot: &Slot| slot.watchers.iter().filter(|watcher| ends(watcher)).for_each(|watcher| watcher.end());
        match of {
            Some(of) => end(&self.slot_of(of)),
            None => self.slots.iter().for_each(|slot| end(&lock(slot))),
        }
    }

    fn slot_of(&self, of: &Recipient) -> MutexGuard<'_, Slot> {
        self.slot_at(self.keys.hash_one(of))
    }

    fn slot_at(&self, hash: u64) -> MutexGuard<'_, Slot> {
        lock(&self.slots[hash as usize % SLOTS])
    }
}

fn lock(slot: &Mutex<Slot>) -> MutexGuard<'_, Slot> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// With more mailboxes than are known exactly: no change goes unnoticed, and those of the last mailboxes are told
    /// apart from those of others.
    #[test]
    fn each_change_gives_the_mailbox_another_turn() {
        let (mut turns, mut before, mut random) = (Turns::default(), BTreeMap::<u64, u64>::new(), 1_u64);
        for step in 0..10_000 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let mailbox = (random >> 33) % 20;
            let others = (0..20).filter(|other| *other != mailbox).map(|other| (other, turns.of(other)));
            let others = others.collect::<Vec<_>>();
            let (known, turn) = (before.insert(mailbox, turns.of(mailbox)), turns.of(mailbox));
            turns.advance(mailbox);
            assert!(turns.of(mailbox) > turn && known.is_none_or(|known| turns.of(mailbox) > known), "step {step}");
            let unchanged = others.iter().filter(|(other, turn)| turns.of(*other) == *turn).count();
            assert!(unchanged >= MAX_RECENT - 1, "step {step}");
            assert!(turns.recent.len() <= MAX_RECENT);
        }
    }
}
