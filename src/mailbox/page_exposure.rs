//! Records what a page shows of a mailbox, to set its `Cache-Control` and to take no message twice.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
};

use super::Mailbox;
use crate::{
    model::{Message, MessageFilter, MessageId, Page, PageRequest, Summary, Total},
    store::StoreError,
};

/// Records how much of mailboxes the response to a request shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shows(Arc<AtomicU8>);

/// How much of a mailbox a page shows. Each variant includes the variants before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exposure {
    Nothing,
    /// The number of messages, or whether there are any.
    Numbers,
    /// Texts of messages.
    Messages,
}

impl Shows {
    fn note(&self, exposure: Exposure) {
        self.0.fetch_max(exposure as u8, Ordering::Relaxed);
    }

    pub(crate) fn exposure(&self) -> Exposure {
        match self.0.load(Ordering::Relaxed) {
            0 => Exposure::Nothing,
            1 => Exposure::Numbers,
            _ => Exposure::Messages,
        }
    }
}

/// The messages that a request has taken for a page that no person is about to see. They stay unread in the store, but
/// the same request does not take them again.
#[derive(Debug, Clone, Default)]
pub(crate) struct TakenUnseen(Arc<Mutex<BTreeSet<MessageId>>>);

impl TakenUnseen {
    fn ids(&self) -> MutexGuard<'_, BTreeSet<MessageId>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The page that a handler builds from a mailbox.
#[derive(Debug, Clone)]
pub(crate) struct PageView {
    /// Set if the page is unseen: no person is about to see it, so nothing is marked.
    pub(crate) unseen: Option<TakenUnseen>,
    pub(crate) caches: Caches,
}

/// The protection of a page from caches.
#[derive(Debug, Clone)]
pub(crate) enum Caches {
    /// A middleware sets `Cache-Control` according to this record.
    Kept(Shows),
    /// No middleware protects the page. The log says so once.
    Open(Arc<OnceLock<()>>),
}

impl PageView {
    fn note(&self, exposure: Exposure) {
        if let Caches::Kept(shows) = &self.caches {
            shows.note(exposure);
        }
    }

    fn warn_if_cacheable(&self) {
        if let Caches::Open(said) = &self.caches {
            said.get_or_init(|| {
                tracing::warn!(
                    "a page takes messages, but no middleware keeps it out of caches, which may show it to another \
                     user: add `.wrap(from_fn(private_pages))` or `.wrap(from_fn(follow_session))` to the `App`, or use \
                     `mark_once_sent`"
                );
            });
        }
    }
}

/// Reading messages for a page.
impl Mailbox {
    pub(super) fn note_on_page(&self, exposure: Exposure) {
        if let Some(page) = &self.page {
            page.note(exposure);
        }
    }

    /// Records that these messages are taken. Returns `None` if the caller must mark them. If no person is about to see
    /// the page, returns the ids of the unread messages among them that this request has not taken before.
    pub(super) fn note_taking(&self, messages: &[Message]) -> Option<BTreeSet<MessageId>> {
        let page = self.page.as_ref()?;
        page.warn_if_cacheable();
        let mut taken = page.unseen.as_ref()?.ids();
        let unread = messages.iter().filter(|message| message.is_unread()).map(|message| message.id);
        Some(unread.filter(|id| taken.insert(*id)).collect())
    }

    /// Lists the messages that match the filter. Messages that this request has taken unseen count as read, so a
    /// handler that takes messages until none is left comes to an end.
    pub(super) async fn list_on_page(&self, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        let Some(taken) = self.taken_unseen(filter) else {
            return self.store().list(self.recipient(), filter, page).await;
        };
        let left = self.list_not_taken(filter, &PageRequest::all().order(page.order.clone()), &taken).await?;
        let total = (page.total == Total::Counted).then_some(left.len() as u64);
        let start = usize::try_from(page.offset).unwrap_or(usize::MAX);
        Ok(Page { messages: left.into_iter().skip(start).take(page.limit as usize).collect(), total })
    }

    /// Counts the messages that [`list_on_page`](Self::list_on_page) lists.
    pub(super) async fn summarize_on_page(&self, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let Some(taken) = self.taken_unseen(filter) else {
            return self.store().summarize(self.recipient(), filter).await;
        };
        let left = self.list_not_taken(filter, &PageRequest::all(), &taken).await?;
        Ok(left.into_iter().map(|message| message.level).collect())
    }

    /// Returns the messages that this request has taken unseen, if the filter selects only unread messages.
    fn taken_unseen(&self, filter: &MessageFilter) -> Option<BTreeSet<MessageId>> {
        let taken = self.page.as_ref()?.unseen.as_ref()?.ids();
        (filter.unread == Some(true) && !taken.is_empty()).then(|| taken.clone())
    }

    async fn list_not_taken(
        &self,
        filter: &MessageFilter,
        page: &PageRequest,
        taken: &BTreeSet<MessageId>,
    ) -> Result<Vec<Message>, StoreError> {
        let mut left = self.store().list(self.recipient(), filter, page).await?.messages;
        left.retain(|message| !taken.contains(&message.id));
        Ok(left)
    }
}
