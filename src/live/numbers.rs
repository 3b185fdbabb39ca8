//! Numbers the messages for a relay, and notices by their numbers those that do not arrive.

use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasher, RandomState},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::relay::{RelayContent, RelayMessage};

/// How much later than a larger number a smaller one may arrive.
pub(super) const MAX_DELAY: Duration = Duration::from_millis(500);

/// How often a process publishes a message, also if there is nothing to tell.
pub(super) const ALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// How long a process may be silent. After that, its last messages may be lost, since it may have been killed between a
/// change and its hint.
const MAX_SILENCE: Duration = Duration::from_secs(6);

/// The maximum number of missing messages that are awaited.
const MAX_MISSING: usize = 1000;

/// The numbers of a feed, and those of the feeds whose messages arrive.
#[derive(Debug)]
pub(super) struct Numbers {
    /// The number by which other processes know the feed.
    sender: u32,
    published: AtomicU64,
    senders: Senders,
}

impl Default for Numbers {
    fn default() -> Self {
        let sender = RandomState::new().hash_one(()) as u32;
        Self { sender, published: AtomicU64::new(0), senders: Senders::default() }
    }
}

impl Numbers {
    /// Returns a message with this content and the next number.
    pub(super) fn next(&self, content: RelayContent) -> RelayMessage {
        RelayMessage::new(self.sender, self.published.fetch_add(1, Ordering::Relaxed) + 1, content)
    }

    /// Returns the message that shows how many were published.
    pub(super) fn alive(&self) -> RelayMessage {
        RelayMessage::new(self.sender, self.published.load(Ordering::Relaxed), RelayContent::Alive)
    }

    /// Notes the number of a message that has arrived. Returns whether messages are certainly lost.
    pub(super) fn note(&self, message: &RelayMessage, now: Instant) -> bool {
        let arrived = match message.content {
            RelayContent::Alive => Arrived::Count(message.number),
            _ => Arrived::Message(message.number),
        };
        self.senders.note(message.sender, arrived, now)
    }

    /// Returns whether messages are lost: they are overdue, or their sender has ended without notice. Each loss is
    /// reported once.
    pub(super) fn have_lost(&self, now: Instant) -> bool {
        self.senders.have_lost(now)
    }
}

/// The processes whose messages arrive.
#[derive(Debug, Default)]
struct Senders(Mutex<HashMap<u32, Sender>>);

#[derive(Debug)]
struct Sender {
    /// The largest number that has arrived.
    last: u64,
    /// The smaller numbers that have not arrived, with the moment at which a larger one arrived.
    missing: BTreeMap<u64, Instant>,
    /// When the last message arrived.
    heard: Instant,
}

/// A number that has arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrived {
    /// The message with this number.
    Message(u64),
    /// The number of messages that the sender has published so far.
    Count(u64),
}

impl Arrived {
    /// Returns the number of the last message that must have arrived before.
    const fn before(self) -> u64 {
        match self {
            Self::Message(number) => number.saturating_sub(1),
            Self::Count(number) => number,
        }
    }

    const fn number(self) -> u64 {
        match self {
            Self::Message(number) | Self::Count(number) => number,
        }
    }
}

impl Senders {
    fn note(&self, sender: u32, arrived: Arrived, now: Instant) -> bool {
        let mut senders = self.lock();
        let Some(known) = senders.get_mut(&sender) else {
            senders.insert(sender, Sender { last: arrived.number(), missing: BTreeMap::new(), heard: now });
            // The messages before were published to others, or are lost.
            return arrived.before() > 0;
        };
        known.heard = now;
        if let Arrived::Message(number) = arrived {
            known.missing.remove(&number);
        }
        let awaited = arrived.before().saturating_sub(known.last);
        let is_lost = known.missing.len() as u64 + awaited > MAX_MISSING as u64;
        match is_lost {
            true => known.missing.clear(),
            false => known.missing.extend((1..=awaited).map(|number| (known.last + number, now))),
        }
        known.last = known.last.max(arrived.number());
        is_lost
    }

    fn have_lost(&self, now: Instant) -> bool {
        let mut is_lost = false;
        self.lock().retain(|_, sender| {
            let awaited = sender.missing.len();
            sender.missing.retain(|_, since| now.saturating_duration_since(*since) <= MAX_DELAY);
            let is_silent = now.saturating_duration_since(sender.heard) > MAX_SILENCE;
            is_lost |= is_silent || sender.missing.len() < awaited;
            !is_silent
        });
        is_lost
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u32, Sender>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{Arrived::*, *};

    const SENDER: u32 = 7;

    /// Notes these at once. Returns whether any is known to be lost then, and whether any is after the longest delay.
    fn are_lost(all: impl IntoIterator<Item = Arrived>) -> (bool, bool) {
        let (senders, start) = (Senders::default(), Instant::now());
        let at_once = all.into_iter().fold(false, |is_lost, one| senders.note(SENDER, one, start) | is_lost);
        assert!(!senders.have_lost(start + MAX_DELAY), "a message may still arrive");
        let later = senders.have_lost(start + MAX_DELAY * 2);
        assert!(!senders.have_lost(start + MAX_DELAY * 3), "a loss is reported once");
        (at_once, later)
    }

    #[test]
    fn messages_in_any_order_and_doubled_are_not_lost() {
        assert_eq!(are_lost([]), (false, false));
        assert_eq!(are_lost([Message(1), Message(2), Message(3)]), (false, false));
        assert_eq!(are_lost([Message(1), Message(4), Message(3), Message(4), Message(1), Message(2)]), (false, false));
        assert_eq!(are_lost([Count(0), Count(2), Message(2), Message(1), Count(2), Count(1)]), (false, false));
    }

    #[test]
    fn a_message_that_never_arrives_is_lost() {
        assert_eq!(are_lost([Message(1), Message(3)]), (false, true));
        assert_eq!(are_lost([Message(1), Message(2), Count(3)]), (false, true));
        assert_eq!(are_lost([Message(1), Message(3), Message(2), Message(5), Message(6)]), (false, true));
        assert_eq!(are_lost([Message(1), Message(9), Message(5)]), (false, true));
    }

    #[test]
    fn the_messages_before_the_first_one_are_lost() {
        assert_eq!(are_lost([Message(2)]), (true, false));
        assert_eq!(are_lost([Count(1)]), (true, false));
    }

    #[test]
    fn very_many_missing_messages_are_lost_at_once() {
        let many = 1 + MAX_MISSING as u64;
        assert_eq!(are_lost([Message(1), Message(many + 2)]), (true, false));
        assert_eq!(are_lost([Message(1), Count(u64::MAX), Message(2)]), (true, false));
        let every_second = (1..=2 * many + 1).filter(|number| number % 2 == 1).map(Message);
        assert!(are_lost(every_second).0);
    }

    #[test]
    fn the_last_messages_of_a_silent_sender_may_be_lost() {
        let (senders, start) = (Senders::default(), Instant::now());
        senders.note(SENDER, Message(1), start);
        senders.note(8, Message(1), start + MAX_SILENCE);
        assert!(!senders.have_lost(start + MAX_SILENCE));
        assert!(senders.have_lost(start + MAX_SILENCE * 3 / 2));
        assert!(!senders.have_lost(start + MAX_SILENCE * 2), "the other sender is not silent yet");
        // A sender that is heard again is a new one.
        assert!(senders.note(SENDER, Message(2), start + MAX_SILENCE * 2));
    }

    #[test]
    fn each_sender_has_its_numbers() {
        let (senders, start) = (Senders::default(), Instant::now());
        for sender in 0..3 {
            for number in 1..4 {
                assert!(!senders.note(sender, Message(number), start));
            }
        }
        assert!(!senders.have_lost(start + MAX_DELAY * 2));
    }
}
