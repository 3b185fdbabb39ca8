//! A store -> a vector under a lock: the whole contract, as shortly as it can be kept.

use std::sync::{PoisonError, RwLock};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    store::{Change, Inserted, Insertion, Kept, Result, RetentionCutoff, SessionEnd, SweepPosition, SweepStep},
};
use async_trait::async_trait;

/// All messages of everybody.
#[derive(Debug, Default)]
pub struct VecStore(RwLock<Vec<(Recipient, Message)>>);

impl VecStore {
    /// What comes of reading the messages that the filter means, while nobody changes them.
    fn read<T>(&self, of: &Recipient, filter: &MessageFilter, read: impl FnOnce(Vec<&Message>) -> T) -> T {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        read(all.iter().filter(|(owner, message)| owner == of && filter.matches(message)).map(|(_, it)| it).collect())
    }

    /// What comes of changing all messages, while nobody else sees them.
    fn change_all<T>(&self, change: impl FnOnce(&mut Vec<(Recipient, Message)>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl MessageStore for VecStore {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let Insertion { recipients, messages } = insertion;
        Ok(self.change_all(|all| {
            let now = clock.reserve(messages.len());
            let insert = |of: Recipient| {
                let last = all.iter().filter(|(owner, _)| *owner == of).map(|(_, message)| message.id).max();
                let ids = MessageId::next(last, messages.len(), now);
                all.extend(ids.iter().zip(&messages).map(|(id, it)| (of.clone(), it.clone().stored_as(*id))));
                ids.into_iter().map(Inserted::new).collect()
            };
            recipients.into_iter().map(insert).collect()
        }))
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        Ok(self.read(of, filter, |mut selection| {
            selection.sort_by(|a, b| page.order.compare(a, b));
            let total = Some(selection.len() as u64);
            let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
            Page::new(selection.into_iter().skip(offset).take(page.limit as usize).cloned().collect(), total)
        }))
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        Ok(self.read(of, filter, |selection| selection.into_iter().map(|message| message.level).collect()))
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        self.change_all(|all| {
            let meant = all.iter_mut().filter(|(owner, message)| owner == of && filter.matches(message));
            let mut changed = meant.map(|(_, message)| (message.clone(), message)).collect::<Vec<_>>();
            let mut ids = Vec::new();
            for (after, _) in &mut changed {
                if change.apply(after, now)? {
                    ids.push(after.id);
                }
            }
            // No change was refused.
            changed.into_iter().for_each(|(after, message)| *message = after);
            Ok(ids)
        })
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        Ok(self.change_all(|all| {
            let deleted = all.extract_if(.., |(owner, message)| owner == of && filter.matches(message));
            deleted.map(|(_, message)| message.id).collect()
        }))
    }

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64> {
        if from == to {
            return Ok(0);
        }
        Ok(self.change_all(|all| {
            let mut claimed = all.extract_if(.., |(owner, _)| owner == from).map(|(_, it)| it).collect::<Vec<_>>();
            claimed.sort_by_key(|message| message.id);
            let is_taken = |id| all.iter().any(|(owner, message)| owner == to && message.id == id);
            let ids = MessageId::free_for(claimed.iter().map(|message| message.id), is_taken);
            let count = claimed.len() as u64;
            all.extend(claimed.into_iter().zip(ids).map(|(message, id)| (to.clone(), Message { id, ..message })));
            count
        }))
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        Ok(self.change_all(|all| {
            let bound = all.iter_mut().filter(|(_, message)| message.session.as_ref() == Some(session));
            let mailboxes = bound.map(|(of, message)| {
                if kept.contains(of, message.id) {
                    message.session = None;
                }
                of.clone()
            });
            let mailboxes = mailboxes.collect();
            let deleted = all.extract_if(.., |(_, message)| message.session.as_ref() == Some(session)).count();
            SessionEnd::new(deleted as u64, mailboxes)
        }))
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        Ok(self.change_all(|all| {
            all.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
            let is_done = |(of, message): &(Recipient, Message)| {
                from.is_some_and(|from| (of, message.id) <= (&from.recipient, from.id))
            };
            let start = all.partition_point(is_done);
            let end = all.len().min(start.saturating_add(at_most as usize));
            let last = all[start..end].last().filter(|_| end < all.len());
            let next = last.map(|(of, message)| SweepPosition { recipient: of.clone(), id: message.id });
            let expired = all.extract_if(start..end, |(of, message)| cutoff.has_expired(of, message));
            let deleted = expired.map(|(of, _)| of).collect::<Vec<_>>();
            SweepStep::new(deleted.len() as u64, deleted.into_iter().collect(), next)
        }))
    }
}
