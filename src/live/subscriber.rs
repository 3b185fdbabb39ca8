//! Receives the messages of other processes from a relay.

use std::{
    fmt,
    sync::{Weak, atomic::Ordering},
    thread,
    time::Instant,
};

use super::{
    change_feed::Shared,
    numbers::{ALIVE_INTERVAL, MAX_DELAY},
    relay::{RelayContent, RelayMessage},
    slots::Slots,
};
#[cfg(feature = "session")]
use crate::model::Kept;

/// Hands over the messages of a [`Relay`](super::Relay) to the feed of this process. A clone is another handle to the same feed.
#[derive(Clone)]
pub struct Subscriber(Weak<Shared>);

impl Subscriber {
    pub(super) const fn new(feed: Weak<Shared>) -> Self {
        Self(feed)
    }

    /// Hands over messages that another process has published.
    pub fn receive(&self, messages: &[RelayMessage]) {
        if let Some(feed) = self.0.upgrade() {
            messages.iter().for_each(|message| feed.receive(message));
        }
    }

    /// Tells that messages may have been lost. All watches then look at the store. Call it once the relay receives
    /// messages for the first time, and after each interruption.
    pub fn missed(&self) {
        if let Some(feed) = self.0.upgrade() {
            feed.receive_unknown();
        }
    }

    /// Makes all watches look at the store, because something has changed, and it is unknown what. Unlike
    /// [`missed`](Self::missed), it causes an [`Event::Resync`](crate::Event::Resync) only for watches that find a
    /// change.
    pub fn look(&self) {
        if let Some(feed) = self.0.upgrade() {
            feed.receive_look();
        }
    }

    /// Returns whether there are watches in this process. If not, a relay may be slower.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.0.upgrade().is_some_and(|feed| feed.is_watched())
    }

    /// Returns whether the feed still exists. If not, the relay should stop.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.strong_count() > 0
    }
}

/// Hides the feed.
impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscriber").field("is_open", &self.is_open()).finish_non_exhaustive()
    }
}

impl Shared {
    fn receive(&self, message: &RelayMessage) {
        if self.numbers.note(message, Instant::now()) {
            self.receive_unknown();
        }
        match &message.content {
            RelayContent::Alive => {}
            RelayContent::Changed(hint) => {
                self.count_change(Some(&hint.mailbox));
                self.with_slots(|slots| slots.publish(hint));
            }
            RelayContent::SessionEnded(session) => {
                self.count_change(None);
                // The process in which the session ends deletes its messages. The others must not.
                #[cfg(feature = "session")]
                self.sessions.end(session, &Kept::All);
                self.end_in(session);
            }
            RelayContent::SessionChanged(session) => self.end_in(session),
            RelayContent::MailboxClosed(of) => {
                self.count_change(Some(of));
                self.end(Some(of), |watcher| watcher.of == *of);
            }
        }
    }

    fn is_watched(&self) -> bool {
        self.counters.watches.load(Ordering::Relaxed) > 0
    }

    /// Makes all watchers look.
    fn receive_look(&self) {
        self.count_change(None);
        self.with_slots(Slots::look);
    }

    /// Tells all watchers that anything may have changed.
    fn receive_unknown(&self) {
        self.count_change(None);
        self.with_slots(Slots::publish_unknown);
    }

    /// Tells the other processes that this one is alive.
    fn relay_alive(&self) {
        if let Some(relay) = self.relay.get() {
            relay.publish(&[self.numbers.alive()]);
        }
    }
}

/// Starts a thread that notices lost messages.
pub(super) fn notice_lost_messages(feed: Weak<Shared>) {
    let thread = thread::Builder::new().name("messages-numbers".into());
    if let Err(error) = thread.spawn(move || watch_numbers(&feed)) {
        tracing::error!(%error, "lost messages of the relay are not noticed, since a thread can't be started");
    }
}

/// Publishes regularly that this process is alive, and looks for messages that are lost, until the feed is dropped.
fn watch_numbers(feed: &Weak<Shared>) {
    let mut alive_at = Instant::now();
    while let Some(feed) = feed.upgrade() {
        let now = Instant::now();
        if feed.numbers.have_lost(now) {
            feed.receive_unknown();
        }
        if now >= alive_at {
            feed.relay_alive();
            alive_at = now + ALIVE_INTERVAL;
        }
        drop(feed);
        thread::sleep(MAX_DELAY / 2);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex, PoisonError},
        thread,
        time::Duration,
    };

    use super::*;
    use crate::{
        live::{ChangeFeed, ChangeHint, ChangeKind, Relay},
        model::{MessageId, Recipient},
    };

    /// Connects the feeds of one process, but loses some of the messages.
    #[derive(Debug)]
    struct Lossy {
        subscribers: Mutex<Vec<Subscriber>>,
        loses: fn(&RelayMessage) -> bool,
    }

    impl Relay for Lossy {
        fn publish(&self, messages: &[RelayMessage]) {
            let arriving = messages.iter().filter(|message| !(self.loses)(message)).cloned().collect::<Vec<_>>();
            let subscribers = self.subscribers.lock().unwrap_or_else(PoisonError::into_inner);
            subscribers.iter().for_each(|subscriber| subscriber.receive(&arriving));
        }

        fn subscribe(&self, subscriber: Subscriber) {
            self.subscribers.lock().unwrap_or_else(PoisonError::into_inner).push(subscriber);
        }
    }

    /// Publishes three hints. Returns whether a watch of another process has noticed a loss after this time.
    fn is_noticed(loses: fn(&RelayMessage) -> bool, after: Duration) -> bool {
        let relay = Arc::new(Lossy { subscribers: Mutex::default(), loses });
        let feeds = [ChangeFeed::default(), ChangeFeed::default()];
        assert!(feeds.iter().all(|feed| feed.connect(relay.clone())));
        let [alice, bob] = ["alice", "bob"].map(|name| Recipient::user(name).unwrap());
        let watch = feeds[1].register(bob, None);
        for number in 0..3 {
            feeds[0].publish([ChangeHint::new(alice.clone(), ChangeKind::Read(vec![MessageId::new(number)]))]);
        }
        thread::sleep(after);
        watch.watcher().take().is_unknown
    }

    #[test]
    fn without_a_loss_other_mailboxes_are_not_looked_at() {
        assert!(!is_noticed(|_| false, ALIVE_INTERVAL + MAX_DELAY * 2));
    }

    #[test]
    fn a_lost_message_is_noticed_by_a_later_one() {
        assert!(!is_noticed(|message| message.number == 2, MAX_DELAY / 2));
        assert!(is_noticed(|message| message.number == 2, MAX_DELAY * 2));
    }

    #[test]
    fn the_loss_of_the_last_message_is_noticed_when_the_sender_shows_that_it_is_alive() {
        let is_last = |message: &RelayMessage| message.number == 3 && message.content != RelayContent::Alive;
        assert!(is_noticed(is_last, ALIVE_INTERVAL + MAX_DELAY * 2));
    }
}
