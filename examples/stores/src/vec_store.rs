//! A store in a vector under a lock: the whole contract in as little code as possible.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Place, Recipient, SessionId, Summary,
    Timestamp,
    store::{
        Change, Inserted, Insertion, Kept, Mark, Move, Moved, Result, RetentionCutoff, SessionEnd, SweepPosition,
        SweepStep,
    },
};
use async_trait::async_trait;

/// Stores the messages and marks of all recipients.
#[derive(Debug, Default)]
pub struct VecStore(RwLock<All>);

#[derive(Debug, Default)]
struct All {
    messages: Vec<(Recipient, Message)>,
    marks: BTreeMap<(Recipient, Mark), MessageId>,
}

impl All {
    /// Moves a mark forward.
    fn advance(&mut self, of: &Recipient, mark: Mark, to: MessageId) {
        let position = self.marks.entry((of.clone(), mark)).or_insert(to);
        *position = to.max(*position);
    }

    /// Returns the position of a mark. The mark `NEWEST` is at the newest id that was given in the mailbox.
    fn position(&self, of: &Recipient, mark: &Mark) -> Option<MessageId> {
        self.marks.get(&(of.clone(), mark.clone())).copied()
    }

    /// Returns the largest id of the messages in a mailbox.
    fn last(&self, of: &Recipient) -> Option<MessageId> {
        self.messages.iter().filter(|(owner, _)| owner == of).map(|(_, message)| message.id).max()
    }

    /// Removes the marks of a mailbox, and returns them.
    fn take_marks(&mut self, of: &Recipient) -> Vec<(Mark, MessageId)> {
        let marks = self.marks.keys().filter(|(owner, _)| owner == of).cloned().collect::<Vec<_>>();
        let taken = marks.into_iter().filter_map(|mark| self.marks.remove_entry(&mark));
        taken.map(|((_, mark), position)| (mark, position)).collect()
    }

    /// Returns the message that a recipient has under this key, in any place.
    fn with_key(&self, of: &Recipient, key: &str) -> Option<(Place, &Message)> {
        let mut theirs = self.messages.iter().filter(|(owner, _)| owner.inbox() == of.inbox());
        let (owner, message) = theirs.find(|(_, message)| message.key.as_deref() == Some(key))?;
        Some((owner.place(), message))
    }

    /// Inserts messages into one of the mailboxes.
    fn insert(&mut self, of: &Recipient, insertion: &Insertion, now: Timestamp) -> Vec<Inserted> {
        if !insertion.delivers_to(|mark| self.position(of, mark)) {
            return Vec::new();
        }
        let ids = MessageId::next(self.position(of, &Mark::NEWEST), insertion.messages.len(), now);
        let delivered = insertion.deliver(of, |key| self.with_key(of, key), ids);
        for (place, id) in delivered.replaced {
            self.messages.retain(|(owner, message)| *owner != of.at(place) || message.id != id);
        }
        for message in delivered.new {
            self.advance(of, Mark::NEWEST, message.id);
            self.messages.push((of.clone(), message));
        }
        if let Some((mark, position)) = &insertion.unless_past {
            self.advance(of, mark.clone(), *position);
        }
        delivered.inserted
    }
}

impl VecStore {
    /// Calls `read` with the messages that match the filter. Nothing changes them during the call.
    fn read<T>(&self, of: &Recipient, filter: &MessageFilter, read: impl FnOnce(Vec<&Message>) -> T) -> T {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_one = all.messages.iter().filter(|(owner, _)| owner == of).map(|(_, message)| message);
        read(of_one.filter(|message| filter.matches(message)).collect())
    }

    /// Calls `change` with all messages and marks. No other call reads or changes them at the same time.
    fn change_all<T>(&self, change: impl FnOnce(&mut All) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl MessageStore for VecStore {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        Ok(self.change_all(|all| {
            let now = clock.reserve(insertion.messages.len());
            insertion.recipients.iter().map(|of| all.insert(of, &insertion, now)).collect()
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
            let of_one = all.messages.iter_mut().filter(|(owner, _)| owner == of).map(|(_, message)| message);
            Ok(change.apply_to_all(of_one.filter(|message| filter.matches(message)), now)?)
        })
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        Ok(self.change_all(|all| {
            let deleted = all.messages.extract_if(.., |(owner, message)| owner == of && filter.matches(message));
            deleted.map(|(_, message)| message.id).collect()
        }))
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        Ok(self.change_all(|all| {
            let now = clock.now();
            let is_meant = |(owner, message): &mut (Recipient, Message)| owner == from && what.filter.matches(message);
            let leaving = all.messages.extract_if(.., is_meant).map(|(_, message)| message).collect::<Vec<_>>();
            let marks = if what.with_marks { all.take_marks(from) } else { Vec::new() };
            let newest = marks.iter().find(|(mark, _)| *mark == Mark::NEWEST);
            if let Some((newest, position)) = newest.filter(|(_, it)| from != to || !it.is_ahead_of(now)) {
                // The first mailbox keeps its newest id, so it gives no smaller one. A mailbox that is transferred to
                // itself does not keep an id that is ahead of the clock.
                all.advance(from, newest.clone(), *position);
            }
            let renumbered = leaving.iter().filter(|message| what.gives_new_id(message, now)).count();
            let newest = all.position(to, &Mark::NEWEST).max(all.last(to));
            let new_ids = MessageId::next(newest, renumbered, clock.reserve(renumbered));
            let is_taken = |id| all.messages.iter().any(|(owner, message)| owner == to && message.id == id);
            let arrived = what.arrive(leaving, new_ids, now, is_taken, |key| all.with_key(to, key).is_some());
            all.messages.extend(arrived.messages.into_iter().map(|message| (to.clone(), message)));
            if let Some(last) = all.last(to) {
                all.advance(to, Mark::NEWEST, last);
            }
            let newest = all.position(to, &Mark::NEWEST);
            for (mark, position) in marks {
                Move::position_on_arrival(position, newest, now)
                    .into_iter()
                    .for_each(|position| all.advance(to, mark.clone(), position));
            }
            arrived.moved
        }))
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let is_due = |message: &Message| message.until.is_some_and(|until| until <= now);
        let mut due = all.messages.iter().filter(|(_, message)| is_due(message)).collect::<Vec<_>>();
        due.sort_by_key(|(_, message)| message.until);
        Ok(due.into_iter().take(at_most as usize).cloned().collect())
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        Ok(self.change_all(|all| {
            let before = all.position(of, mark);
            if let (Some(to), Some(newest)) = (to, all.position(of, &Mark::NEWEST)) {
                all.advance(of, mark.clone(), to.min(newest));
            }
            before
        }))
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        Ok(self.change_all(|all| {
            all.marks.retain(|(owner, _), _| owner != of);
            all.messages.extract_if(.., |(owner, _)| owner == of).count() as u64
        }))
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        Ok(self.change_all(|All { messages, .. }| {
            let bound = messages.iter_mut().filter(|(_, message)| message.session.as_ref() == Some(session));
            let mailboxes = bound.map(|(of, message)| {
                if kept.contains(of, message.id) {
                    message.session = None;
                }
                of.clone()
            });
            let mailboxes = mailboxes.collect();
            let deleted = messages.extract_if(.., |(_, message)| message.session.as_ref() == Some(session)).count();
            SessionEnd::new(deleted as u64, mailboxes)
        }))
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        Ok(self.change_all(|All { messages, .. }| {
            messages.sort_by(|(one, a), (other, b)| one.cmp(other).then(a.id.cmp(&b.id)));
            let is_done = |(of, message): &(Recipient, Message)| {
                from.is_some_and(|from| (of, message.id) <= (&from.recipient, from.id))
            };
            let start = messages.partition_point(is_done);
            let end = messages.len().min(start.saturating_add(at_most as usize));
            let last = messages[start..end].last().filter(|_| end < messages.len());
            let next = last.map(|(of, message)| SweepPosition { recipient: of.clone(), id: message.id });
            let expired = messages.extract_if(start..end, |(of, message)| cutoff.has_expired(of, message));
            let deleted = expired.map(|(of, _)| of).collect::<Vec<_>>();
            SweepStep::new(deleted.len() as u64, deleted.into_iter().collect(), next)
        }))
    }
}
