//! Watches a mailbox: each look at the store becomes events.

mod look;

use std::{collections::VecDeque, fmt, time::Duration};

use tokio::time::{Instant, timeout_at};

pub(crate) use self::look::newest;
use self::look::{Look, State};
use super::{Mailbox, Selection, delivery::Delivery, page_exposure::Exposure};
use crate::{
    error::{Error, WithCauses},
    live::{ChangeFeed, Position, Registration, session_binding::Binding, watcher::Noted},
    model::{Message, MessageFilter, MessageId, Summary, Timestamp},
    store::StoreError,
};

/// The position at which a watch begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Since {
    /// After all messages that are in the mailbox now.
    Now,
    /// After the messages up to this position. The watch first returns the messages that were added since.
    After(Position),
}

/// A change of a mailbox, or of the selection that is watched.
#[allow(clippy::large_enum_variant, reason = "most events are messages")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A new message. Each one is returned once, and in the order of the ids.
    Message(Message),
    /// These messages were read, for the first time at `read_at`.
    Read {
        /// The messages.
        ids: Vec<MessageId>,
        /// When they were read.
        read_at: Timestamp,
    },
    /// These messages are unread again.
    Unread(Vec<MessageId>),
    /// The tags of these messages have changed.
    Tagged(Vec<MessageId>),
    /// These messages are no longer in the mailbox. There may be ids among them that were never returned.
    Deleted(Vec<MessageId>),
    /// The unread messages. A watch returns it first, whenever it may have changed, and at regular intervals.
    Summary(Summary),
    /// More has changed than the events tell. Code that shows messages lists them again.
    Resync,
}

/// Watches the messages of a selection, and returns what happens to them: see [`Selection::watch`].
pub struct Watch {
    mailbox: Mailbox,
    filter: MessageFilter,
    registration: Registration,
    /// How long it waits for a hint before it looks at the store.
    heartbeat: Duration,
    next_look: Instant,
    ends_at: Option<Instant>,
    /// Whether the last look has failed.
    has_failed: bool,
    /// The changes that the watch has heard of, but not looked at yet.
    noted: Noted,
    /// The id of the last message that the watch has looked at.
    reached: MessageId,
    /// The unread messages that were returned last.
    unread: Summary,
    /// The number of unseen messages at the last complete look; `None` if they are not counted.
    unseen: Option<u64>,
    /// The unread messages, as far as the events tell.
    expected: Summary,
    /// Whether `expected` includes only messages that were returned.
    has_baseline: bool,
    /// The unread messages among the new ones since the last complete look.
    added: Summary,
    /// Set until all is returned that was there at the beginning.
    beginning: Option<Beginning>,
    /// The events of the last look, each with the position after it.
    events: VecDeque<(Event, Position)>,
    position: Position,
}

/// From where a watch continues.
#[derive(Debug)]
struct Beginning {
    is_resumed: bool,
    proof: Option<u64>,
}

/// Shows no recipient, which must not appear in a log.
impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Selection {
    /// Returns a watch of the selection: it returns each new message at once, even if another task, request or
    /// configuration on the same store adds it.
    ///
    /// The watch returns each message that is added and matches the filter, and what happens to older ones. It looks at
    /// the store when it hears of a change, and every 25 seconds. So it also finds changes of another process, but
    /// later. It marks nothing as read. The order of the selection does not matter.
    ///
    /// Nothing is queued for a watch, so a slow reader costs no memory. It gets the messages that are still there when
    /// it asks for the next event.
    ///
    /// The messages that were added since the position come first, and then a [`Summary`](Event::Summary).
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Event, Mailbox, MemoryStore, Recipient, Since};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// let mut watch = alice.all().watch(Since::Now).await?;
    /// assert!(matches!(watch.next().await, Some(Event::Summary(unread)) if unread.count() == 0));
    ///
    /// alice.info("Your report is ready.").await?;
    /// let Some(Event::Message(message)) = watch.next().await else { panic!("no message") };
    /// assert_eq!(message.text, "Your report is ready.");
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn watch(self, since: Since) -> Result<Watch, Error> {
        let (mailbox, filter) = self.open(Exposure::Messages).await?;
        Watch::start(mailbox, filter, since, false).await
    }

    /// Does the same as [`watch`](Self::watch), and also counts the [unseen](crate::Mailbox::mark_seen) messages of the
    /// selection. The watch returns a [`Summary`](Event::Summary) whenever their number has changed, too, and
    /// [`Watch::unseen`] returns it.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Event, Mailbox, MemoryStore, Recipient, Since};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// let newest = alice.info("Your report is ready.").await?.expect("the message is stored");
    /// let mut watch = alice.all().watch_unseen(Since::Now).await?;
    /// assert!(matches!(watch.next().await, Some(Event::Summary(_))));
    /// assert_eq!(watch.unseen(), Some(1));
    ///
    /// alice.mark_seen(newest).await?;
    /// assert!(matches!(watch.next().await, Some(Event::Summary(unread)) if unread.count() == 1));
    /// assert_eq!(watch.unseen(), Some(0));
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn watch_unseen(self, since: Since) -> Result<Watch, Error> {
        let (mailbox, filter) = self.open(Exposure::Messages).await?;
        Watch::start(mailbox, filter, since, true).await
    }
}

impl Watch {
    async fn start(mailbox: Mailbox, filter: MessageFilter, since: Since, counts_unseen: bool) -> Result<Self, Error> {
        let Delivery { feed, heartbeat, .. } = &mailbox.delivery;
        let session = mailbox.session.as_ref();
        // Before the first look, so that it misses no later change.
        let registration = feed.register(mailbox.recipient().clone(), session.map(|session| session.id().clone()));
        // After the registration: a session that ends from now on ends the watch.
        if session.is_some_and(Binding::has_ended) {
            registration.watcher().end();
        }
        // Watches that begin together look at different moments.
        let heartbeat = *heartbeat - *heartbeat / 5000 * feed.jitter();
        let newest = newest(mailbox.store(), mailbox.recipient()).await?.unwrap_or(NO_MESSAGE);
        let (reached, beginning) = match since {
            Since::Now => (newest, Beginning { is_resumed: false, proof: None }),
            Since::After(position) => {
                (position.id().min(newest), Beginning { is_resumed: true, proof: position.proof() })
            }
        };
        let mut watch = Self {
            mailbox,
            filter,
            registration,
            heartbeat,
            next_look: Instant::now() + heartbeat,
            ends_at: None,
            has_failed: false,
            noted: Noted { is_added: reached < newest, ..Noted::default() },
            reached,
            unread: Summary::default(),
            unseen: counts_unseen.then_some(0),
            expected: Summary::default(),
            has_baseline: false,
            added: Summary::default(),
            beginning: Some(beginning),
            events: VecDeque::new(),
            position: Position::new(reached, None),
        };
        watch.look(false).await?;
        Ok(watch)
    }

    /// Ends the watch at this moment, at the latest.
    #[cfg(feature = "actix")]
    pub(crate) fn ending_at(self, moment: Instant) -> Self {
        Self { ends_at: Some(self.ends_at.map_or(moment, |known| known.min(moment))), ..self }
    }

    /// Returns the position after the last event that was returned. A later watch can continue from it.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the number of unseen messages that belongs to the last [`Summary`](Event::Summary). Returns `None` if the
    /// watch does not count them: see [`Selection::watch_unseen`].
    #[must_use]
    pub const fn unseen(&self) -> Option<u64> {
        self.unseen
    }

    /// Waits for the next event. Returns `None` if the watch has ended: the session that the mailbox is bound to has
    /// ended, the mailbox was erased or claimed, or the application has ended it.
    ///
    /// If the future is dropped, no event is lost. If the store fails, the watch tries again at the next interval.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.next_ready() {
                return Some(event);
            }
            let is_due = self.noted.is_empty() && self.beginning.is_none() || self.has_failed;
            let is_heartbeat = is_due && self.wait().await;
            if self.has_ended() {
                return None;
            }
            // Boxed, so that a watch that waits does not keep the memory of a look.
            if let Err(error) = Box::pin(self.look(is_heartbeat)).await {
                self.feed().count_failed_look();
                tracing::warn!(error = %WithCauses(&error), "a watch could not look at a mailbox; it tries again later");
                self.has_failed = true;
                self.next_look = Instant::now() + self.heartbeat;
            }
        }
    }

    /// Returns the next event if it is known already.
    pub(crate) fn next_ready(&mut self) -> Option<Event> {
        if self.has_ended() {
            return None;
        }
        let (event, position) = self.events.pop_front()?;
        self.position = position;
        Some(event)
    }

    fn has_ended(&self) -> bool {
        self.registration.watcher().has_ended() || self.ends_at.is_some_and(|end| end <= Instant::now())
    }

    const fn feed(&self) -> &ChangeFeed {
        self.registration.feed()
    }

    /// Waits until something is heard, or a look is due. Returns whether a look is due.
    async fn wait(&mut self) -> bool {
        loop {
            let wake_at = self.ends_at.map_or(self.next_look, |end| end.min(self.next_look));
            if timeout_at(wake_at, self.registration.watcher().heard()).await.is_err() {
                return true;
            }
            self.noted.extend(self.registration.watcher().take());
            // After a failure, only the next interval counts, so that a store that is down is left in peace.
            if self.has_ended() || !self.has_failed {
                return false;
            }
        }
    }

    /// Looks at the store. If that fails, or the future is dropped, everything stays noted for the next look.
    async fn look(&mut self, is_heartbeat: bool) -> Result<(), StoreError> {
        let feed = self.feed().clone();
        let _permit = feed.begin_look().await;
        self.noted.extend(self.registration.watcher().take());
        let Look { events, reached, added, state } = Look::at(self, &self.noted, is_heartbeat).await?;
        self.has_failed = false;
        self.reached = reached;
        self.events.extend(events);
        self.added = added;
        let Some(State { unread, unseen, expected, has_baseline, position, is_unannounced }) = state else {
            // There are more new messages. The rest follows after them.
            self.noted.is_added = true;
            return Ok(());
        };
        if is_unannounced {
            feed.count_unannounced();
            tracing::debug!(
                "a watch found a change that was not announced: another process or an own transaction made it"
            );
        }
        (self.unread, self.unseen) = (unread, unseen);
        (self.expected, self.has_baseline) = (expected, has_baseline);
        (self.added, self.noted, self.beginning) = (Summary::default(), Noted::default(), None);
        self.next_look = Instant::now() + self.heartbeat;
        if self.events.is_empty() {
            self.position = position;
        }
        Ok(())
    }
}

/// Smaller than the id of any message.
const NO_MESSAGE: MessageId = MessageId::new(0);
