//! Messages that are being shown: they are marked once they are sent, and whoever looks next waits for that.

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

/// The unread ones of messages that are about to be sent.
#[derive(Debug)]
pub(crate) struct Shown {
    mailbox: Mailbox,
    unread: MessageFilter,
}

impl Shown {
    /// `None` where all of them were read before. Where very many are being marked it waits, so that no more is shown than
    /// the store can mark.
    pub(crate) async fn of(mailbox: &Mailbox, messages: &[Message]) -> Option<Self> {
        let unread = unread_of(messages)?;
        if timeout(PATIENCE, room()).await.is_err() {
            tracing::warn!("many messages that were shown are still not marked");
        }
        Some(Self { mailbox: mailbox.clone(), unread: mailbox.scoped(unread) })
    }

    /// Marks them, since they are sent. From now on, and not only once this is polled, whoever looks into the mailbox waits
    /// until that is done. Where it fails they stay unread, so they are shown again.
    pub(crate) fn mark(self) -> impl Future<Output = ()> + Send + 'static {
        let Self { mailbox, unread } = self;
        let (under_way, now) = (UnderWay::in_mailbox_of(mailbox.recipient().clone()), mailbox.now());
        async move {
            if let Err(error) = mailbox.store().change(mailbox.recipient(), &unread, &Change::MarkRead, now).await {
                tracing::warn!(error = %WithCauses(&error), "messages that were shown could not be marked as read");
            }
            drop(under_way);
        }
    }
}

/// The unread ones of these messages; `None` where there are none.
pub(super) fn unread_of(messages: &[Message]) -> Option<MessageFilter> {
    let mut unread = messages.iter().filter(|message| message.is_unread()).map(|message| message.id).peekable();
    unread.peek()?;
    Some(MessageFilter::default().with_ids(unread))
}

/// Waits until everything that was shown of this mailbox is marked.
pub(crate) async fn wait_for_marks(of: &Recipient) {
    let finished = mailboxes().get(of).map(|marking| marking.finished.subscribe());
    if let Some(mut finished) = finished {
        // Nothing is ever sent; it ends when the sender is dropped.
        if timeout(PATIENCE, finished.changed()).await.is_err() {
            tracing::warn!("messages that were shown are still not marked, and may be shown again");
        }
    }
}

/// Waits until another mailbox may be marked.
async fn room() {
    while mailboxes().len() >= MOST {
        FREED.notified().await;
    }
}

/// So long a mark is waited for, which is as long as a store waits for its database by default.
const PATIENCE: Duration = Duration::from_secs(5);

/// In so many mailboxes messages are being marked at once.
const MOST: usize = 64;

/// The mailboxes in which messages are being marked, of all stores of this process: an application may have several
/// configurations for one. Where two stores know the same recipient, one of them waits for the other now and then.
static MAILBOXES: Mutex<BTreeMap<Recipient, Marking>> = Mutex::new(BTreeMap::new());

/// Wakes one of those that wait for there to be fewer.
static FREED: Notify = Notify::const_new();

fn mailboxes() -> MutexGuard<'static, BTreeMap<Recipient, Marking>> {
    MAILBOXES.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Marking {
    marks: usize,
    finished: watch::Sender<()>,
}

/// A mark that is under way, for as long as it lives.
struct UnderWay(Recipient);

impl UnderWay {
    fn in_mailbox_of(recipient: Recipient) -> Self {
        let marking = || Marking { marks: 0, finished: watch::Sender::new(()) };
        mailboxes().entry(recipient.clone()).or_insert_with(marking).marks += 1;
        Self(recipient)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Entry::Occupied(mut marking) = mailboxes().entry(self.0.clone()) {
            marking.get_mut().marks -= 1;
            if marking.get().marks == 0 {
                marking.remove();
                FREED.notify_one();
            }
        }
    }
}
