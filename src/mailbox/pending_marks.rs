//! Marks shown messages as read once the response is sent; later requests to the mailbox wait for that.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
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
    while mailboxes().len() >= MAX_MAILBOXES {
        CAPACITY_FREED.notified().await;
    }
}

/// The maximum time to wait for messages to be marked. It equals the default time that a store waits for its database.
const MARK_TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of mailboxes in which messages are being marked at once.
const MAX_MAILBOXES: usize = 64;

/// The mailboxes in which messages are being marked, for all stores of this process, because an application may have
/// several configurations for one store. If two stores have the same recipient, a request to one store sometimes waits
/// for the other store.
static MAILBOXES: Mutex<BTreeMap<Recipient, Marking>> = Mutex::new(BTreeMap::new());

/// Wakes one task that waits in `wait_for_capacity`.
static CAPACITY_FREED: Notify = Notify::const_new();

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
                CAPACITY_FREED.notify_one();
            }
        }
    }
}
