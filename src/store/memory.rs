//! The reference store: mailboxes in memory, filters interpreted by their definition.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{MessageStore, StoreError};
use crate::{
    CheckedMessage, Message, MessageFilter, MessageId, Page, PageRequest, Recipient, SessionId, Summary, Timestamp,
    Total,
};

/// A store in memory: for tests, for examples, and for messages that need not outlive the process.
///
/// It is the reference that others are compared with: every verb is the sentence of its law.
#[derive(Debug, Default)]
pub struct MemoryStore {
    mailboxes: Mutex<HashMap<Recipient, BTreeMap<MessageId, Message>>>,
}

impl MemoryStore {
    /// A store without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mailboxes. Each verb changes them in one step that can't panic half way, so a lock that was poisoned
    /// by somebody else's panic still guards whole mailboxes.
    fn lock(&self) -> MutexGuard<'_, HashMap<Recipient, BTreeMap<MessageId, Message>>> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MessageStore for MemoryStore {
    async fn insert(
        &self,
        of: &Recipient,
        messages: Vec<CheckedMessage>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let mut mailboxes = self.lock();
        let mailbox = mailboxes.entry(of.clone()).or_default();
        let ids = messages.into_iter().map(|message| {
            let id = MessageId::after(mailbox.last_key_value().map(|(id, _)| *id), now);
            mailbox.insert(id, message.stored_as(id));
            id
        });
        Ok(ids.collect())
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        let mailboxes = self.lock();
        let mut selection = mailboxes
            .get(of)
            .into_iter()
            .flat_map(BTreeMap::values)
            .filter(|message| filter.matches(message))
            .collect::<Vec<_>>();
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

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let mailboxes = self.lock();
        let selection =
            mailboxes.get(of).into_iter().flat_map(BTreeMap::values).filter(|message| filter.matches(message));
        Ok(selection.fold(Summary::default(), |summary, message| Summary {
            count: summary.count + 1,
            max_level: summary.max_level.max(Some(message.level)),
        }))
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let mut mailboxes = self.lock();
        let marked = mailboxes
            .get_mut(of)
            .into_iter()
            .flat_map(BTreeMap::values_mut)
            .filter(|message| message.is_unread() && filter.matches(message))
            .map(|message| {
                message.read_at = Some(now.max(message.created()));
                message.id
            });
        Ok(marked.collect())
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let mut mailboxes = self.lock();
        let Some(mailbox) = mailboxes.get_mut(of) else { return Ok(Vec::new()) };
        Ok(mailbox.extract_if(.., |_, message| filter.matches(message)).map(|(id, _)| id).collect())
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        let mut mailboxes = self.lock();
        let ended = mailboxes
            .values_mut()
            .map(|mailbox| {
                mailbox
                    .extract_if(.., |_, message| {
                        message.session.as_ref() == Some(session) && message.created() < before
                    })
                    .count() as u64
            })
            .sum();
        Ok(ended)
    }
}
