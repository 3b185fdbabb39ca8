//! The feed of a store: tells watches that their mailbox may have changed.

use std::{
    fmt,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{Semaphore, SemaphorePermit};

#[cfg(feature = "session")]
use super::live_sessions::LiveSessions;
use super::{
    change_counts::ChangeCounts,
    hint::ChangeHint,
    numbers::Numbers,
    relay::{Relay, RelayContent, RelayStatus},
    running_marks::RunningMarks,
    slots::Slots,
    subscriber::{Subscriber, notice_lost_messages},
    ticks::Ticks,
    watcher::Watcher,
};
#[cfg(feature = "session")]
use crate::model::Kept;
use crate::model::{Recipient, SessionId, Summary};

/// The maximum number of watches of a process that look at the store at the same time. With more, a message for many
/// who watch would delay all requests.
const MAX_LOOKS: usize = 8;

/// Connects all users of one store in a process: when one of them changes a mailbox, the others hear of it.
///
/// A store that returns a feed from [`MessageStore::feed`](crate::MessageStore::feed) shares it between all
/// configurations and mailboxes on the store. For other stores, each configuration creates a feed, which its clones
/// share. A clone of a feed is another handle to it.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::{Arc, Mutex};
/// use actix_messages::{Mailbox, MemoryStore, MessageStore, Recipient};
///
/// let store = Arc::new(MemoryStore::new());
/// let heard = Arc::new(Mutex::new(Vec::new()));
/// if let Some(feed) = store.feed() {
///     let heard = Arc::clone(&heard);
///     feed.observe(move |hint| heard.lock().unwrap().push(hint.mailbox.clone()));
/// }
/// let alice = Recipient::user("alice")?;
/// Mailbox::new(alice.clone(), store).info("Your report is ready.").await?;
/// assert_eq!(*heard.lock().unwrap(), [alice]);
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
#[derive(Clone, Default)]
pub struct ChangeFeed(Arc<Shared>);

pub(super) struct Shared {
    /// Created for the first watch.
    slots: OnceLock<Slots>,
    observers: RwLock<Vec<Arc<Observer>>>,
    is_observed: AtomicBool,
    has_stopped: AtomicBool,
    pub(super) relay: OnceLock<Arc<dyn Relay>>,
    pub(super) numbers: Numbers,
    /// Counted once an answer depends on them.
    changes: OnceLock<ChangeCounts>,
    looks_at_once: Semaphore,
    pub(super) counters: Counters,
    marks: RunningMarks,
    ticks: Ticks,
    #[cfg(feature = "session")]
    pub(super) sessions: LiveSessions,
}

type Observer = dyn Fn(&ChangeHint) + Send + Sync;

impl Default for Shared {
    fn default() -> Self {
        Self {
            slots: OnceLock::new(),
            observers: RwLock::default(),
            is_observed: AtomicBool::new(false),
            has_stopped: AtomicBool::new(false),
            relay: OnceLock::new(),
            numbers: Numbers::default(),
            changes: OnceLock::new(),
            looks_at_once: Semaphore::new(MAX_LOOKS),
            counters: Counters::default(),
            marks: RunningMarks::default(),
            ticks: Ticks::default(),
            #[cfg(feature = "session")]
            sessions: LiveSessions::default(),
        }
    }
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) watches: AtomicU64,
    looks: AtomicU64,
    failed_looks: AtomicU64,
    unannounced: AtomicU64,
    hints: AtomicU64,
    opened: AtomicU64,
}

/// The counters of a [`ChangeFeed`], since the start of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FeedCounters {
    /// The number of watches that are open now, including those of streams.
    pub watches: u64,
    /// How often a watch has looked at the store.
    pub looks: u64,
    /// How many of these looks failed.
    pub failed_looks: u64,
    /// The number of changes that only a heartbeat has found. Another process, or a transaction of the application, has
    /// made them without a hint.
    pub unannounced: u64,
    /// The number of hints that were published.
    pub hints: u64,
}

/// Shows the counters, because recipients must not appear in a log.
impl fmt::Debug for ChangeFeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ChangeFeed").field(&self.counters()).finish()
    }
}

impl ChangeFeed {
    /// Calls `observer` with each change that a user of the store makes in this process, right after the change.
    ///
    /// An observer is called at most once for each change of this process. It is not called for changes of other
    /// processes, nor if the process ends between the change and the call. So it suits metrics and wake-ups, but not an
    /// audit log. It must return at once, and must not panic: the call is a part of the request that makes the change.
    pub fn observe(&self, observer: impl Fn(&ChangeHint) + Send + Sync + 'static) {
        let mut observers = self.0.observers.write().unwrap_or_else(PoisonError::into_inner);
        observers.push(Arc::new(observer));
        self.0.is_observed.store(true, Ordering::Release);
    }

    /// Tells observers, watchers and other processes that mailboxes may have changed. The change must be visible in the
    /// store.
    pub fn publish(&self, hints: impl IntoIterator<Item = ChangeHint>) {
        let is_observed = self.0.is_observed.load(Ordering::Acquire);
        let (slots, relay, changes) = (self.0.slots.get(), self.0.relay.get(), self.0.changes.get());
        if slots.is_none() && relay.is_none() && changes.is_none() && !is_observed {
            return;
        }
        // A clone, so that an observer may add another one.
        let observers = match is_observed {
            true => self.0.observers.read().unwrap_or_else(PoisonError::into_inner).clone(),
            false => Vec::new(),
        };
        let mut relayed = Vec::new();
        for hint in hints.into_iter().filter(|hint| !hint.kind.is_empty()) {
            self.0.counters.hints.fetch_add(1, Ordering::Relaxed);
            if let Some(changes) = changes {
                changes.add(&hint.mailbox);
            }
            // Before the observers, since one of them may panic.
            if let Some(slots) = slots {
                slots.publish(&hint);
            }
            observers.iter().for_each(|observer| observer(&hint));
            if relay.is_some() {
                relayed.push(self.0.numbers.next(RelayContent::Changed(hint.bounded())));
            }
        }
        if let Some(relay) = relay.filter(|_| !relayed.is_empty()) {
            relay.publish(&relayed);
        }
    }

    /// Connects the feed with those of other processes. Returns whether it did: a feed has one relay, and the first one
    /// stays.
    pub fn connect(&self, relay: Arc<dyn Relay>) -> bool {
        if self.0.relay.set(relay).is_err() {
            tracing::warn!("the store has a relay already, so this one is not used");
            return false;
        }
        if let Some(relay) = self.0.relay.get() {
            let feed = Arc::downgrade(&self.0);
            relay.subscribe(Subscriber::new(feed.clone()));
            notice_lost_messages(feed);
        }
        true
    }

    /// Returns the number of changes of this mailbox that the feed knows.
    #[cfg(feature = "actix")]
    pub(crate) fn changes_of(&self, of: &Recipient) -> u64 {
        self.0.changes.get_or_init(ChangeCounts::default).of(of)
    }

    /// Returns the state of the relay, if there is one.
    #[must_use]
    pub fn relay_status(&self) -> Option<RelayStatus> {
        self.0.relay.get().map(|relay| relay.status())
    }

    fn relay(&self, content: impl FnOnce() -> RelayContent) {
        if let Some(relay) = self.0.relay.get() {
            relay.publish(&[self.0.numbers.next(content())]);
        }
    }

    /// Returns the counters.
    #[must_use]
    pub fn counters(&self) -> FeedCounters {
        let Counters { watches, looks, failed_looks, unannounced, hints, opened: _ } = &self.0.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FeedCounters {
            watches: read(watches),
            looks: read(looks),
            failed_looks: read(failed_looks),
            unannounced: read(unannounced),
            hints: read(hints),
        }
    }
}

/// For watches.
impl ChangeFeed {
    fn slots(&self) -> &Slots {
        self.0.slots.get_or_init(Slots::default)
    }

    /// Registers a watch of a mailbox, which belongs to a session or to none. It has ended already if the feed has
    /// stopped.
    pub(crate) fn register(&self, of: Recipient, session: Option<SessionId>) -> Registration {
        let watcher = Arc::new(Watcher::new(of, session));
        self.slots().add(Arc::clone(&watcher));
        self.0.counters.watches.fetch_add(1, Ordering::Relaxed);
        // After the registration, so that a stop in between is noticed here or ends this one.
        if self.0.has_stopped.load(Ordering::SeqCst) {
            watcher.end();
        }
        Registration { feed: self.clone(), watcher }
    }

    /// Returns a number that is different after each change of older messages of the mailbox.
    pub(crate) fn turn_of(&self, of: &Recipient) -> u64 {
        self.slots().turn_of(of)
    }

    pub(crate) fn proof(&self, of: &Recipient, turn: u64, unread: &Summary) -> u64 {
        self.slots().proof(of, turn, unread)
    }

    /// Returns a number from 0 to 999 that differs from watch to watch.
    pub(crate) fn jitter(&self) -> u32 {
        let opened = self.0.counters.opened.fetch_add(1, Ordering::Relaxed);
        (self.slots().random(opened as usize) % 1000) as u32
    }

    /// Waits until a watch may look at the store. Looks are counted.
    pub(crate) async fn begin_look(&self) -> Option<SemaphorePermit<'_>> {
        let permit = self.0.looks_at_once.acquire().await;
        self.0.counters.looks.fetch_add(1, Ordering::Relaxed);
        // The semaphore is never closed.
        permit.ok()
    }

    pub(crate) fn count_failed_look(&self) {
        self.0.counters.failed_looks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_unannounced(&self) {
        self.0.counters.unannounced.fetch_add(1, Ordering::Relaxed);
    }

    /// Ends all watches of a mailbox, also those of other processes.
    pub(crate) fn end_watches_of(&self, of: &Recipient) {
        self.0.end(Some(of), |watcher| watcher.of == *of);
        self.relay(|| RelayContent::MailboxClosed(of.clone()));
    }

    /// Ends a session for all requests, tasks and watches that belong to it. The messages in `kept` stay.
    #[cfg(feature = "session")]
    pub(crate) fn end_session(&self, session: &SessionId, kept: &Kept) {
        self.0.sessions.end(session, kept);
        self.0.end_in(session);
    }

    /// Tells other processes that a session has ended, and that its messages are deleted.
    pub(crate) fn relay_session_end(&self, session: &SessionId) {
        self.relay(|| RelayContent::SessionEnded(session.clone()));
    }

    /// Ends all watches that belong to this session, in all mailboxes.
    #[cfg(feature = "session")]
    pub(crate) fn end_watches_in(&self, session: &SessionId) {
        self.0.end_in(session);
        self.relay(|| RelayContent::SessionChanged(session.clone()));
    }

    /// Ends all watches of this mailbox that belong to no session.
    #[cfg(feature = "session")]
    pub(crate) fn end_watches_in_no_session(&self, of: &Recipient) {
        self.0.end(Some(of), |watcher| watcher.of == *of && watcher.session.is_none());
    }

    /// Ends all watches, and each later one at once.
    #[cfg(feature = "actix")]
    pub(crate) fn stop(&self) {
        self.0.has_stopped.store(true, Ordering::SeqCst);
        self.0.end(None, |_| true);
    }

    #[cfg(feature = "actix")]
    pub(crate) fn has_stopped(&self) -> bool {
        self.0.has_stopped.load(Ordering::SeqCst)
    }

    /// Returns the ticks of this process.
    pub(crate) fn ticks(&self) -> &Ticks {
        &self.0.ticks
    }

    pub(crate) fn marks(&self) -> &RunningMarks {
        &self.0.marks
    }

    #[cfg(feature = "session")]
    pub(crate) fn sessions(&self) -> &LiveSessions {
        &self.0.sessions
    }
}

impl Shared {
    /// Counts a change of this mailbox, or of all mailboxes.
    pub(super) fn count_change(&self, of: Option<&Recipient>) {
        match (self.changes.get(), of) {
            (Some(changes), Some(of)) => changes.add(of),
            (Some(changes), None) => changes.add_to_all(),
            (None, _) => {}
        }
    }

    pub(super) fn end_in(&self, session: &SessionId) {
        self.end(None, |watcher| watcher.session.as_ref() == Some(session));
    }

    pub(super) fn end(&self, of: Option<&Recipient>, ends: impl Fn(&Watcher) -> bool) {
        self.with_slots(|slots| slots.end(of, ends));
    }

    /// Without slots, nothing has ever been watched.
    pub(super) fn with_slots(&self, act: impl FnOnce(&Slots)) {
        if let Some(slots) = self.slots.get() {
            act(slots);
        }
    }
}

/// A registered watch of a mailbox. Dropping it removes it from the feed.
#[derive(Debug)]
pub(crate) struct Registration {
    feed: ChangeFeed,
    watcher: Arc<Watcher>,
}

impl Registration {
    pub(crate) const fn feed(&self) -> &ChangeFeed {
        &self.feed
    }

    pub(crate) fn watcher(&self) -> &Watcher {
        &self.watcher
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.feed.slots().remove(&self.watcher);
        self.feed.0.counters.watches.fetch_sub(1, Ordering::Relaxed);
    }
}
