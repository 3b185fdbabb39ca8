//! The reference store: mailboxes in memory, filters interpreted by their definition.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    MessageStore, Result,
    directory::{Mailboxes, MessageDirectory},
};
use crate::model::{
    Change, Clock, Inserted, Insertion, Kept, Message, MessageFilter, MessageId, Page, PageRequest, Recipient,
    RetentionCutoff, SessionEnd, SessionId, Summary, SweepPosition, SweepStep, Timestamp, Total,
};

/// A store in memory: for tests, for examples, and for messages that need not outlive the process.
///
/// It is the reference that others are compared with: every verb is the sentence of its law.
#[derive(Debug, Default)]
pub struct MemoryStore {
    mailboxes: Mutex<All>,
}

/// Those that have messages: one that gets empty is let go.
type All = BTreeMap<Recipient, BTreeMap<MessageId, Message>>;

impl MemoryStore {
    /// A store without messages.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The mailboxes. Each verb changes them in one step that can't panic half way, so a lock that was poisoned
    /// by somebody else's panic still guards whole mailboxes.
    fn lock(&self) -> MutexGuard<'_, All> {
        self.mailboxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What comes of reading the messages that the filter means in these mailboxes, while nobody changes them.
    fn read<T>(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        read: impl FnOnce(Vec<(&Recipient, &Message)>) -> T,
    ) -> T {
        let mailboxes = self.lock();
        let those = mailboxes.iter().filter(|(recipient, _)| of.contain(recipient));
        let messages = those.flat_map(|(recipient, mailbox)| mailbox.values().map(move |message| (recipient, message)));
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
        let Insertion { recipients, messages } = insertion;
        let mut mailboxes = self.lock();
        let now = clock.reserve(messages.len());
        let insert = |of: Recipient| {
            if messages.is_empty() {
                return Vec::new();
            }
            let mailbox = mailboxes.entry(of).or_default();
            let ids = MessageId::next(mailbox.keys().next_back().copied(), messages.len(), now);
            mailbox.extend(ids.iter().zip(&messages).map(|(id, message)| (*id, message.clone().stored_as(*id))));
            ids.into_iter().map(Inserted::new).collect()
        };
        Ok(recipients.into_iter().map(insert).collect())
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
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

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        let mailboxes = self.lock();
        let selection =
            mailboxes.get(of).into_iter().flat_map(BTreeMap::values).filter(|message| filter.matches(message));
        Ok(selection.map(|message| message.level).collect())
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let mut mailboxes = self.lock();
        let Some(mailbox) = mailboxes.get_mut(of) else { return Ok(Vec::new()) };
        let mut changed = Vec::new();
        for message in mailbox.values().filter(|message| filter.matches(message)) {
            let mut message = message.clone();
            if change.apply(&mut message, now)? {
                changed.push(message);
            }
        }
        // No change of any message was refused.
        let ids = changed.iter().map(|message| message.id).collect();
        mailbox.extend(changed.into_iter().map(|message| (message.id, message)));
        Ok(ids)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        let mut mailboxes = self.lock();
        let mut deleted = Vec::new();
        if let Some(mailbox) = mailboxes.get_mut(of) {
            mailbox.retain(|id, message| {
                let is_meant = filter.matches(message);
                deleted.extend(is_meant.then_some(*id));
                !is_meant
            });
            if mailbox.is_empty() {
                mailboxes.remove(of);
            }
        }
        Ok(deleted)
    }

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64> {
        if from == to {
            return Ok(0);
        }
        let mut mailboxes = self.lock();
        let Some(claimed) = mailboxes.remove(from) else { return Ok(0) };
        let mailbox = mailboxes.entry(to.clone()).or_default();
        let ids = MessageId::free_for(claimed.keys().copied(), |id| mailbox.contains_key(&id));
        let count = claimed.len() as u64;
        mailbox.extend(ids.into_iter().zip(claimed.into_values()).map(|(id, message)| (id, Message { id, ..message })));
        Ok(count)
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let mut mailboxes = self.lock();
        let mut end = SessionEnd::default();
        mailboxes.retain(|of, mailbox| {
            mailbox.retain(|id, message| {
                if message.session.as_ref() != Some(session) {
                    return true;
                }
                end.mailboxes.insert(of.clone());
                let stays = kept.contains(of, *id);
                message.session = None;
                end.deleted += u64::from(!stays);
                stays
            });
            !mailbox.is_empty()
        });
        Ok(end)
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let at_most = at_most.max(1);
        let mut mailboxes = self.lock();
        let start = from.map_or(Bound::Unbounded, |from| Bound::Included(&from.recipient));
        let looked_at = mailboxes
            .range::<Recipient, _>((start, Bound::Unbounded))
            .flat_map(|(of, mailbox)| mailbox.keys().map(move |id| (of.clone(), *id)))
            .filter(|(of, id)| from.is_none_or(|from| (of, *id) > (&from.recipient, from.id)))
            .take(at_most as usize)
            .collect::<Vec<_>>();
        let mut swept = SweepStep { deleted: 0, mailboxes: BTreeSet::new(), next: None };
        if looked_at.len() == at_most as usize {
            swept.next = looked_at.last().cloned().map(|(recipient, id)| SweepPosition { recipient, id });
        }
        for (of, id) in looked_at {
            let Some(mailbox) = mailboxes.get_mut(&of) else { continue };
            if mailbox.get(&id).is_some_and(|message| cutoff.has_expired(&of, message)) {
                mailbox.remove(&id);
                swept.deleted += 1;
                if mailbox.is_empty() {
                    mailboxes.remove(&of);
                }
                swept.mailboxes.insert(of);
            }
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, NewMessage};

    #[actix_web::test]
    async fn a_mailbox_that_gets_empty_is_let_go() {
        let store = MemoryStore::new();
        let [alice, bob] = ["alice", "bob"].map(|user| Recipient::user(user).unwrap());
        let (session, clock) = (SessionId::from_digest([7; 16]), Clock::default());
        let add = async || {
            let message = NewMessage::new(Level::INFO, "text").session(session.clone()).check().unwrap();
            store.insert(Insertion::new([alice.clone()], [message]), &clock).await.unwrap();
            assert_eq!(store.lock().len(), 1);
        };
        add().await;
        store.delete(&alice, &MessageFilter::default()).await.unwrap();
        assert!(store.lock().is_empty());
        add().await;
        store.end_session(&session, &Kept::none()).await.unwrap();
        assert!(store.lock().is_empty());
        add().await;
        let all =
            RetentionCutoff { created_before: Some(Timestamp::from_micros(i64::MAX)), ..RetentionCutoff::default() };
        store.sweep(&all, None, 10).await.unwrap();
        assert!(store.lock().is_empty());
        store.claim(&alice, &bob).await.unwrap();
        assert!(store.lock().is_empty());
    }
}
