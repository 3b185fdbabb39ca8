//! The store of the guide, word for word.

use std::sync::{PoisonError, RwLock};

use actix_messages::{
    CheckedMessage, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId,
    StoreError, Summary, Timestamp,
};
use async_trait::async_trait;

/// All messages of everybody, oldest first in each mailbox.
#[derive(Debug, Default)]
pub struct VecStore(RwLock<Vec<(Recipient, Message)>>);

impl VecStore {
    /// What comes of reading the messages that the filter means, while nobody changes them.
    fn read<T>(&self, of: &Recipient, filter: &MessageFilter, read: impl FnOnce(Vec<&Message>) -> T) -> T {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        read(all.iter().filter(|(owner, message)| owner == of && filter.matches(message)).map(|(_, it)| it).collect())
    }

    /// What comes of changing the messages, while nobody else sees them.
    fn change<T>(&self, change: impl FnOnce(&mut Vec<(Recipient, Message)>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl MessageStore for VecStore {
    async fn insert(
        &self,
        of: &Recipient,
        messages: Vec<CheckedMessage>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        Ok(self.change(|all| {
            let mut last = all.iter().rfind(|(owner, _)| owner == of).map(|(_, newest)| newest.id);
            let keep = |message: CheckedMessage| {
                let id = MessageId::after(last, now);
                last = Some(id);
                all.push((of.clone(), message.stored_as(id)));
                id
            };
            messages.into_iter().map(keep).collect()
        }))
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        Ok(self.read(of, filter, |mut selection| {
            selection.sort_by(|a, b| page.order.compare(a, b));
            let total = Some(selection.len() as u64);
            let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
            Page { messages: selection.into_iter().skip(offset).take(page.limit as usize).cloned().collect(), total }
        }))
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        Ok(self.read(of, filter, |selection| Summary {
            count: selection.len() as u64,
            max_level: selection.iter().map(|message| message.level).max(),
        }))
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        Ok(self.change(|all| {
            let mailbox = all.iter_mut().filter(|(owner, _)| owner == of).map(|(_, message)| message);
            let unread = mailbox.filter(|message| message.is_unread() && filter.matches(message));
            let mark = |message: &mut Message| {
                message.read_at = Some(now.max(message.created()));
                message.id
            };
            unread.map(mark).collect()
        }))
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        Ok(self.change(|all| {
            let deleted = all.extract_if(.., |(owner, message)| owner == of && filter.matches(message));
            deleted.map(|(_, message)| message.id).collect()
        }))
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        let is_over = |message: &Message| message.session.as_ref() == Some(session) && message.created() < before;
        Ok(self.change(|all| all.extract_if(.., |(_, message)| is_over(message)).count() as u64))
    }
}
