//! The reference store: mailboxes in memory, filters interpreted by their definition.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use super::{
    MessageStore, Result,
    directory::{Mailboxes, MessageDirectory},
};
use crate::model::{
    Change, Clock, Inserted, Insertion, Kept, Mark, Message, MessageFilter, MessageId, Move, Moved, Page, PageRequest,
    Place, Recipient, RetentionCutoff, SessionEnd, SessionId, Summary, SweepPosition, SweepStep, Timestamp, Total,
};

/// A store in memory: for tests, for examples, and for messages that need not outlive the process.
///
/// It is the reference that others are compared with: every verb is the sentence of its law.
#[derive(Debug, Default)]
pub struct MemoryStore {
    mailboxes: Mutex<All>,
}

type All = BTreeMap<Recipient, Mailbox>;

/// The messages and the marks of one recipient.
#[derive(Debug, Default)]
struct Mailbox {
    messages: BTreeMap<MessageId, Message>,
    marks: BTreeMap<Mark, MessageId>,
}

impl Mailbox {
    /// The newest id that was given.
    fn newest(&self) -> Option<MessageId> {
        self.marks.get(&Mark::NEWEST).copied()
    }

    /// Moves a mark forward.
    fn advance(&mut self, mark: Mark, to: MessageId) {
        let position = self.marks.entry(mark).or_insert(to);
        *position = to.max(*position);
    }

    /// Takes out the messages that the filter means.
    fn take(&mut self, filter: &MessageFilter) -> Vec<Message> {
        let (taken, left) = mem::take(&mut self.messages).into_values().partition(|message| filter.matches(message));
        self.messages = Vec::into_iter(left).map(|message| (message.id, message)).collect();
        taken
    }

    /// Takes out the marks. The newest id is one of them, and stays there, too, if it is to be kept.
    fn take_marks(&mut self, keeps_newest: impl FnOnce(MessageId) -> bool) -> BTreeMap<Mark, MessageId> {
        let marks = mem::take(&mut self.marks);
        let newest = marks.get(&Mark::NEWEST).copied().filter(|newest| keeps_newest(*newest));
        self.marks.extend(newest.map(|newest| (Mark::NEWEST, newest)));
        marks
    }

    /// Forgets what need not be kept of an empty mailbox.
    fn forget_idle(&mut self, of: &Recipient, before: Timestamp) {
        if self.messages.is_empty() && self.newest().is_none_or(|newest| newest.created() < before) {
            self.marks.retain(|mark, _| *mark != Mark::NEWEST && of.session().is_none());
        }
    }
}

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
        let messages = those.flat_map(|(of, mailbox)| mailbox.messages.values().map(move |message| (of, message)));
        read(messages.filter(|(_, message)| filter.matches(message)).collect())
    }
}

/// Inserts the messages into one of the mailboxes.
fn insert(mailboxes: &mut All, of: &Recipient, insertion: &Insertion, now: Timestamp) -> Vec<Inserted> {
    let target = mailboxes.get(of);
    if !insertion.is_for(|mark| target?.marks.get(mark).copied()) {
        return Vec::new();
    }
    let ids = MessageId::next(target.and_then(Mailbox::newest), insertion.messages.len(), now);
    let delivered = insertion.deliver(of, |key| with_key(mailboxes, of, key), ids);
    for (place, id) in delivered.replaced {
        mailboxes.entry(of.at(place)).or_default().messages.remove(&id);
    }
    if !delivered.new.is_empty() || insertion.unless_past.is_some() {
        let target = mailboxes.entry(of.clone()).or_default();
        for message in delivered.new {
            target.advance(Mark::NEWEST, message.id);
            target.messages.insert(message.id, message);
        }
        if let Some((mark, position)) = &insertion.unless_past {
            target.advance(mark.clone(), *position);
        }
    }
    delivered.inserted
}

/// The message that a recipient has under this key, and its place.
fn with_key<'a>(mailboxes: &'a All, of: &Recipient, key: &str) -> Option<(Place, &'a Message)> {
    let places = of.places().into_iter().filter_map(|of| Some((of.place(), mailboxes.get(&of)?)));
    let mut messages = places.flat_map(|(place, mailbox)| mailbox.messages.values().map(move |it| (place, it)));
    messages.find(|(_, message)| message.key.as_deref() == Some(key))
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
        let mut mailboxes = self.lock();
        let now = clock.reserve(insertion.messages.len());
        Ok(insertion.recipients.iter().map(|of| insert(&mut mailboxes, of, &insertion, now)).collect())
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        let mailboxes = self.lock();
        let mut selection = mailboxes
            .get(of)
            .into_iter()
            .flat_map(|mailbox| mailbox.messages.values())
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
        let messages = mailboxes.get(of).into_iter().flat_map(|mailbox| mailbox.messages.values());
        Ok(messages.filter(|message| filter.matches(message)).map(|message| message.level).collect())
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let mut mailboxes = self.lock();
        let messages = mailboxes.get_mut(of).into_iter().flat_map(|mailbox| mailbox.messages.values_mut());
        Ok(change.apply_to_all(messages.filter(|message| filter.matches(message)), now)?)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        let mut mailboxes = self.lock();
        let Some(mailbox) = mailboxes.get_mut(of) else { return Ok(Vec::new()) };
        let mut deleted = Vec::new();
        mailbox.messages.retain(|id, message| {
            let is_meant = filter.matches(message);
            deleted.extend(is_meant.then_some(*id));
            !is_meant
        });
        Ok(deleted)
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let mut mailboxes = self.lock();
        let Some(source) = mailboxes.get_mut(from) else { return Ok(Vec::new()) };
        // A clock of the application may panic: it is asked before anything is changed.
        let now = clock.now();
        let is_renumbered = |message: &&Message| what.filter.matches(message) && what.renumbers(message, now);
        let renumbered = source.messages.values().filter(is_renumbered).count();
        let moment = clock.reserve(renumbered);
        let leaving = source.take(&what.filter);
        // No smaller id is given there, unless a wrong clock has given the newest one.
        let keeps_newest = |newest: MessageId| from != to || !newest.is_ahead_of(now);
        let marks = if what.with_marks { source.take_marks(keeps_newest) } else { BTreeMap::new() };
        if leaving.is_empty() && marks.is_empty() {
            return Ok(Vec::new());
        }
        let target = mailboxes.entry(to.clone()).or_default();
        let newest = target.newest().max(target.messages.keys().next_back().copied());
        let new_ids = MessageId::next(newest, renumbered, moment);
        let (all, target) = (&*mailboxes, &mailboxes[to]);
        let has_key = |key: &str| with_key(all, to, key).is_some();
        let arrived = what.arrive(leaving, new_ids, now, |id| target.messages.contains_key(&id), has_key);
        let target = mailboxes.entry(to.clone()).or_default();
        target.messages.extend(arrived.messages.into_iter().map(|message| (message.id, message)));
        if let Some(newest) = target.messages.keys().next_back().copied() {
            target.advance(Mark::NEWEST, newest);
        }
        let newest = target.newest();
        for (mark, position) in marks {
            Move::mark_arrives(position, newest, now)
                .into_iter()
                .for_each(|position| target.advance(mark.clone(), position));
        }
        Ok(arrived.moved)
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let mailboxes = self.lock();
        let messages = mailboxes.iter().flat_map(|(of, it)| it.messages.values().map(move |message| (of, message)));
        let mut due =
            messages.filter(|(_, message)| message.until.is_some_and(|until| until <= now)).collect::<Vec<_>>();
        due.sort_by_key(|(_, message)| message.until);
        Ok(due.into_iter().take(at_most as usize).map(|(of, message)| (of.clone(), message.clone())).collect())
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        let mut mailboxes = self.lock();
        let Some(mailbox) = mailboxes.get_mut(of) else { return Ok(None) };
        let before = mailbox.marks.get(mark).copied();
        if let (Some(to), Some(newest)) = (to, mailbox.newest()) {
            mailbox.advance(mark.clone(), to.min(newest));
        }
        Ok(before)
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        Ok(self.lock().remove(of).map_or(0, |mailbox| mailbox.messages.len() as u64))
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let mut end = SessionEnd::default();
        for (of, mailbox) in self.lock().iter_mut() {
            mailbox.messages.retain(|id, message| {
                if message.session.as_ref() != Some(session) {
                    return true;
                }
                end.mailboxes.insert(of.clone());
                let stays = kept.contains(of, *id);
                message.session = None;
                end.deleted += u64::from(!stays);
                stays
            });
        }
        Ok(end)
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let at_most = at_most.max(1);
        let mut mailboxes = self.lock();
        let start = from.map_or(Bound::Unbounded, |from| Bound::Included(&from.recipient));
        let looked_at = mailboxes
            .range::<Recipient, _>((start, Bound::Unbounded))
            .flat_map(|(of, mailbox)| mailbox.messages.keys().map(move |id| (of.clone(), *id)))
            .filter(|(of, id)| from.is_none_or(|from| (of, *id) > (&from.recipient, from.id)))
            .take(at_most as usize)
            .collect::<Vec<_>>();
        let mut swept = SweepStep { deleted: 0, mailboxes: BTreeSet::new(), next: None };
        if looked_at.len() == at_most as usize {
            swept.next = looked_at.last().cloned().map(|(recipient, id)| SweepPosition { recipient, id });
        }
        for (of, id) in looked_at {
            let Some(mailbox) = mailboxes.get_mut(&of) else { continue };
            if mailbox.messages.get(&id).is_some_and(|message| cutoff.has_expired(&of, message)) {
                mailbox.messages.remove(&id);
                swept.deleted += 1;
                swept.mailboxes.insert(of);
            }
        }
        if let Some(before) = cutoff.idle_marks_before {
            let end = swept.next.as_ref().map_or(Bound::Unbounded, |next| Bound::Included(&next.recipient));
            let passed = mailboxes.range_mut::<Recipient, _>((start, end));
            passed.for_each(|(of, mailbox)| mailbox.forget_idle(of, before));
            mailboxes.retain(|_, mailbox| !mailbox.messages.is_empty() || !mailbox.marks.is_empty());
        }
        Ok(swept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, NewMessage};

    #[actix_web::test]
    async fn a_mailbox_that_has_been_empty_for_long_is_let_go() {
        let store = MemoryStore::new();
        let of = [Recipient::user("alice").unwrap(), Recipient::visitor(SessionId::from_digest([7; 16]))];
        let (seen, moment) = (Mark::new("seen").unwrap(), Timestamp::from_micros);
        let message = NewMessage::new(Level::INFO, "text").check().unwrap();
        store.insert(Insertion::new(of.clone(), [message]), &moment(1000).into()).await.unwrap();
        let idle = |before| RetentionCutoff { idle_marks_before: Some(moment(before)), ..RetentionCutoff::default() };
        for one in &of {
            store.advance(one, &seen, Some(MessageId::new(1000))).await.unwrap();
        }
        store.sweep(&idle(2000), None, 10).await.unwrap();
        assert_eq!(store.lock().len(), 2, "they have messages");
        for one in &of {
            store.delete(one, &MessageFilter::default()).await.unwrap();
        }
        store.sweep(&idle(1000), None, 10).await.unwrap();
        assert_eq!(store.lock()[&of[0]].newest(), Some(MessageId::new(1000)), "it has not been empty for so long");
        store.sweep(&idle(1001), None, 10).await.unwrap();
        let kept = store.lock().iter().map(|(of, mailbox)| (of.clone(), mailbox.marks.clone())).collect::<Vec<_>>();
        assert_eq!(kept, [(of[0].clone(), [(seen, MessageId::new(1000))].into())]);
    }
}
