//! The reference store: mailboxes in memory behind a lock, filters interpreted by their definition.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{
    MessageStore, Result,
    directory::{Mailboxes, MessageDirectory},
    mailbox_map::MailboxMap,
};
use crate::live::ChangeFeed;
use crate::model::{
    Change, Clock, Inserted, Insertion, Kept, Mark, Message, MessageFilter, MessageId, Move, Moved, Page, PageRequest,
    Recipient, RetentionCutoff, SessionEnd, SessionId, Summary, SweepPosition, SweepStep, Timestamp, Total,
};

/// A store in memory: for tests, for examples, and for messages that need not outlive the process.
///
/// It is the reference that other stores are compared with: a lock around a [`MailboxMap`].
#[derive(Debug, Default)]
pub struct MemoryStore {
    mailboxes: Mutex<MailboxMap>,
    feed: ChangeFeed,
}

impl MemoryStore {
    /// Creates a store without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Locks the mailboxes. Each verb changes them in one step that can't panic half way, so after a panic of another
    /// thread that held the lock they are still whole.
    fn lock(&self) -> MutexGuard<'_, MailboxMap> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the messages that the filter matches in these mailboxes, while no other thread changes them.
    fn read<T>(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        read: impl FnOnce(Vec<(&Recipient, &Message)>) -> T,
    ) -> T {
        let mailboxes = self.lock();
        let messages = mailboxes.messages().filter(|(recipient, _)| of.contain(recipient));
        read(messages.filter(|(_, message)| filter.matches(message)).collect())
    }
}

#[async_trait]
impl MessageDirectory for MemoryStore {
    async fn list_across(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>> {
        Ok(self.read(of, filter, |mut selection| {
            selection.sort_by(|(of, a), (other, b)| page.order.compare(a, b).then_with(|| of.cmp(other)));
            let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
            let page = selection.into_iter().skip(offset).take(page.limit as usize);
            page.map(|(recipient, message)| (recipient.clone(), message.clone())).collect()
        }))
    }

    async fn summarize_across(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary> {
        Ok(self.read(of, filter, |selection| selection.into_iter().map(|(_, message)| message.level).collect()))
    }
}

#[async_trait]
impl MessageStore for MemoryStore {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        Ok(self.lock().insert(&insertion, clock))
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        let mailboxes = self.lock();
        let messages = mailboxes.contents(of).messages.values();
        let mut selection = messages.filter(|message| filter.matches(message)).collect::<Vec<_>>();
        selection.sort_by(|a, b| page.order.compare(a, b));
        Ok(Page {
            total: (page.total == Total::Counted).then_some(selection.len() as u64),
            messages: selection
                .into_iter()
                .skip(usize::try_from(page.offset).unwrap_or(usize::MAX))
                .take(page.limit as usize)
                .cloned()
                .collect(),
        })
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        let mailboxes = self.lock();
        let messages = mailboxes.contents(of).messages.values();
        Ok(messages.filter(|message| filter.matches(message)).map(|message| message.level).collect())
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        Ok(self.lock().change(of, filter, change, now)?)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        Ok(self.lock().delete(of, filter))
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        Ok(self.lock().transfer(from, to, what, clock))
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        Ok(self.lock().due(now, at_most as usize))
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        Ok(self.lock().advance(of, mark, to))
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        Ok(self.lock().erase(of))
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        Ok(self.lock().end_session(session, kept))
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        Ok(self.lock().sweep(cutoff, from, at_most))
    }

    fn feed(&self) -> Option<ChangeFeed> {
        Some(self.feed.clone())
    }
}
