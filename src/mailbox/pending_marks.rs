//! Marks shown messages as read once the response is sent; later requests to the mailbox wait for that.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    pin::pin,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore, watch},
    time::timeout,
};

use super::Mailbox;
use crate::{
    error::WithCauses,
    model::{Change, Message, MessageFilter, Recipient},
};

/// The unread messages of a response that is about to be sent.
#[derive(Debug)]
pub(crate) struct Shown {
    mailbox: Mailbox,
    unread: MessageFilter,
}

impl Shown {
    /// Returns `None` if all of the messages were read before. If messages are being marked in too many mailboxes,
    /// waits up to 5 seconds, so that no more messages are shown than the store can mark.
    pub(crate) async fn of(mailbox: &Mailbox, messages: &[Message]) -> Option<Self> {
        let unread = unread_of(messages)?;
        if timeout(MARK_TIMEOUT, wait_for_capacity()).await.is_err() {
            tracing::warn!("many messages that were shown are still not marked");
        }
        Some(Self { mailbox: mailbox.clone(), unread: mailbox.scoped(unread) })
    }

    /// Marks the messages as read, because they have been sent. From this call on, even before the future is polled,
    /// other requests to the mailbox wait until the messages are marked. If marking fails, the messages stay unread and
    /// are shown again.
    pub(crate) fn mark(self) -> impl Future<Output = ()> + Send + 'static {
        let Self { mailbox, unread } = self;
        let (under_way, now) = (RunningMark::in_mailbox_of(mailbox.recipient().clone()), mailbox.now());
        async move {
            // The semaphore is never closed. If another store holds all permits for too long, this one goes on.
            let _permit = timeout(MARK_TIMEOUT, MARKS_AT_ONCE.acquire()).await;
            if let Err(error) = mailbox.store().change(mailbox.recipient(), &unread, &Change::MarkRead, now).await {
                tracing::warn!(error = %WithCauses(&error), "messages that were shown could not be marked as read");
            }
            drop(under_way);
        }
    }
}

/// Returns a filter for the unread messages among these, or `None` if all of them are read.
pub(super) fn unread_of(messages: &[Message]) -> Option<MessageFilter> {
    let mut unread = messages.iter().filter(|message| message.is_unread()).map(|message| message.id).peekable();
    unread.peek()?;
    Some(MessageFilter::default().with_ids(unread))
}

/// Waits until all shown messages of this mailbox are marked, for up to 5 seconds.
pub(crate) async fn wait_for_marks(of: &Recipient) {
    let finished = mailboxes().get(of).map(|marking| marking.finished.subscribe());
    if let Some(mut finished) = finished {
        // No value is ever sent. The wait ends when the sender is dropped.
        if timeout(MARK_TIMEOUT, finished.changed()).await.is_err() {
            tracing::warn!("messages that were shown are still not marked, and may be shown again");
        }
    }
}

/// Waits until fewer than `MAX_MAILBOXES` mailboxes have messages that are being marked.
async fn wait_for_capacity() {
    loop {
        let mut freed = pin!(CAPACITY_FREED.notified());
        // A mark that finishes after the look at the mailboxes is not missed.
        freed.as_mut().enable();
        if mailboxes().len() < MAX_MAILBOXES {
            return;
        }
        freed.await;
    }
}

/// The maximum time to wait for messages to be marked. It equals the default time that a store waits for its database.
const MARK_TIMEOUT: Duration = Duration::from_secs(5);

/// While messages are being marked, or wait to be marked, in this many mailboxes, responses wait before they show more.
const MAX_MAILBOXES: usize = 64;

/// The maximum number of marks that run at once.
const MAX_MARKS: usize = 64;

/// The mailboxes in which messages are being marked, for all stores of this process, because an application may have
/// several configurations for one store. If two stores have the same recipient, a request to one store sometimes waits
/// for the other store.
static MAILBOXES: Mutex<BTreeMap<Recipient, Marking>> = Mutex::new(BTreeMap::new());

/// Wakes all tasks that wait in `wait_for_capacity`. Each of them looks again.
static CAPACITY_FREED: Notify = Notify::const_new();

/// Bounds the marks that run at once. More may wait, because several responses may pass `wait_for_capacity` before the
/// first of them marks its messages.
static MARKS_AT_ONCE: Semaphore = Semaphore::const_new(MAX_MARKS);

fn mailboxes() -> MutexGuard<'static, BTreeMap<Recipient, Marking>> {
    MAILBOXES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Marking {
    marks: usize,
    finished: watch::Sender<()>,
}

/// Counts as a running mark until it is dropped.
struct RunningMark(Recipient);

impl RunningMark {
    fn in_mailbox_of(recipient: Recipient) -> Self {
        let marking = || Marking { marks: 0, finished: watch::Sender::new(()) };
        mailboxes().entry(recipient.clone()).or_insert_with(marking).marks += 1;
        Self(recipient)
    }
}

impl Drop for RunningMark {
    fn drop(&mut self) {
        if let Entry::Occupied(mut marking) = mailboxes().entry(self.0.clone()) {
            marking.get_mut().marks -= 1;
            if marking.get().marks == 0 {
                marking.remove();
            }
        }
        if mailboxes().len() < MAX_MAILBOXES {
            CAPACITY_FREED.notify_waiters();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        time::Instant,
    };

    use async_trait::async_trait;
    use tokio::runtime::Builder;

    use super::*;
    use crate::{
        forward_to_store,
        model::{Clock, Level, MessageId, NewMessage, Timestamp},
        store::{Insertion, MemoryStore, MessageStore, Result},
    };

    /// The tests count marks of the whole process, so they run one after the other.
    static ALONE: Mutex<()> = Mutex::new(());

    fn wait<T>(work: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    fn user(number: usize) -> Recipient {
        Recipient::user(format_args!("pending-{number}")).unwrap()
    }

    #[test]
    fn all_that_wait_for_capacity_go_on_when_the_marks_are_made() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        wait(async {
            let marks = (0..MAX_MAILBOXES).map(|number| RunningMark::in_mailbox_of(user(number))).collect::<Vec<_>>();
            let waiting = (0..3 * MAX_MAILBOXES).map(|_| tokio::spawn(timeout(MARK_TIMEOUT, wait_for_capacity())));
            let waiting = waiting.collect::<Vec<_>>();
            tokio::time::sleep(Duration::from_millis(20)).await;
            drop(marks);
            let start = Instant::now();
            for waiter in waiting {
                waiter.await.unwrap().expect("nothing is being marked, and one still waits");
            }
            assert!(start.elapsed() < MARK_TIMEOUT / 2, "they waited for {:?}", start.elapsed());
        });
    }

    /// A store that takes a while to mark, and counts how many marks it makes at once.
    #[derive(Debug, Default)]
    struct Slow {
        store: MemoryStore,
        now: AtomicUsize,
        most: AtomicUsize,
    }

    #[async_trait]
    impl MessageStore for Slow {
        async fn change(
            &self,
            of: &Recipient,
            filter: &MessageFilter,
            change: &Change,
            now: Timestamp,
        ) -> Result<Vec<MessageId>> {
            let running = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(running, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            self.now.fetch_sub(1, Ordering::SeqCst);
            self.store.change(of, filter, change, now).await
        }

        forward_to_store!(slow => slow.store; except change);
    }

    #[test]
    fn the_number_of_marks_at_once_is_bounded() {
        let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let store = Arc::new(Slow::default());
        wait(async {
            let mut shown = Vec::new();
            for number in 0..3 * MAX_MAILBOXES {
                let mailbox = Mailbox::new(user(number), store.clone());
                let message = NewMessage::new(Level::INFO, "text").check().unwrap();
                store.insert(Insertion::new([user(number)], [message]), &Clock::default()).await.unwrap();
                let unread = mailbox.unread().list().await.unwrap().into_iter().collect::<Vec<_>>();
                shown.push(Shown::of(&mailbox, &unread).await.unwrap());
            }
            // All were shown before the first one is marked.
            let marks = shown.into_iter().map(|shown| tokio::spawn(shown.mark())).collect::<Vec<_>>();
            for mark in marks {
                mark.await.unwrap();
            }
            for number in 0..3 * MAX_MAILBOXES {
                let mailbox = Mailbox::new(user(number), store.clone());
                assert!(mailbox.unread().is_empty().await.unwrap(), "the mark of {number} is missing");
            }
        });
        let most = store.most.load(Ordering::SeqCst);
        assert_eq!(most, MAX_MARKS, "marks at once");
    }
}
