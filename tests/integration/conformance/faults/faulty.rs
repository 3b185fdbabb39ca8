//! A store with faults to choose from.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    thread::yield_now,
    time::Duration,
};

use actix_messages::{
    Clock, MemoryStore, Message, MessageFilter, MessageId, MessageOrder, MessageStore, NewMessage, OrderKey, Page,
    PageRequest, Recipient, SessionId, Summary, Timestamp,
    filter::Case,
    store::{
        Arrival, Change, CheckedMessage, CheckedTags, Inserted, Insertion, Kept, Mark, Move, Moved, Result,
        RetentionCutoff, SessionEnd, StoreError, SweepPosition, SweepStep, Until,
    },
};
use async_trait::async_trait;

pub(super) use super::kinds::{Advancing, Delivery, Erasing, Forgets, Keying, Moving, Passing};

/// The pause between two messages that are changed one by one, at least one tick of the timer.
const PAUSE: Duration = Duration::from_millis(1);

/// A store that passes calls on to a correct store, but alters their arguments or results.
#[derive(Debug)]
pub(super) struct Faulty {
    pub(super) recipient: fn(&Recipient) -> Recipient,
    pub(super) recipients: fn(&mut Vec<Recipient>),
    pub(super) delivery: Delivery,
    pub(super) keying: Keying,
    pub(super) passing: Passing,
    pub(super) message: fn(CheckedMessage) -> CheckedMessage,
    pub(super) clock: fn(&Clock) -> Clock,
    pub(super) batch: usize,
    pub(super) filter: fn(&mut MessageFilter),
    pub(super) page: fn(&mut PageRequest),
    pub(super) answer: fn(&mut Page),
    pub(super) summary: fn(&mut Summary),
    pub(super) changed: fn(&mut MessageFilter),
    /// Reads first and changes afterwards, so that another request may come in between.
    pub(super) looks_first: bool,
    /// Changes one message after the other, so that another request may come in between.
    pub(super) one_by_one: bool,
    pub(super) tags: fn(&mut Vec<String>),
    pub(super) removed: fn(&[String]) -> Change,
    /// Adds new tags instead of replacing the old ones.
    pub(super) only_adds: bool,
    /// If there are too many new tags, adds as many as fit.
    pub(super) adds_what_fits: bool,
    /// Messages that are marked as unread stay read.
    pub(super) stays_read: bool,
    /// A change of tags marks the message as read.
    pub(super) tagged_is_read: bool,
    /// Case-insensitive lookups do not find new tags.
    pub(super) forgets_to_fold: bool,
    pub(super) moving: Moving,
    pub(super) due: fn(&mut Vec<(Recipient, Message)>),
    /// `due` deletes the messages that it returns.
    pub(super) takes_due: bool,
    pub(super) forgets: Option<Forgets>,
    pub(super) mark: fn(&Mark) -> Mark,
    pub(super) advancing: Advancing,
    pub(super) erasing: Erasing,
    pub(super) kept: fn(&Kept) -> Kept,
    pub(super) end: fn(&mut SessionEnd),
    /// Messages that are kept at the end of a session stay bound to it.
    pub(super) stays_bound: bool,
    pub(super) cutoff: fn(&mut RetentionCutoff),
    pub(super) at_most: fn(u32) -> u32,
    pub(super) swept: fn(&mut SweepStep),
    /// All recipients of inserts.
    pub(super) known: Mutex<BTreeSet<Recipient>>,
    /// The messages whose tags were changed.
    pub(super) tagged: Mutex<BTreeSet<(Recipient, MessageId)>>,
    /// The inserts with each key.
    pub(super) keys: Mutex<BTreeMap<(Recipient, String), Vec<Inserted>>>,
    /// The positions of marks that are not in the correct store.
    pub(super) moved: Mutex<BTreeMap<(Recipient, Mark), MessageId>>,
    pub(super) good: MemoryStore,
}

impl Default for Faulty {
    /// A store without a fault.
    fn default() -> Self {
        Self {
            recipient: Recipient::clone,
            recipients: |_| {},
            delivery: Delivery::AllAtOnce,
            keying: Keying::Good,
            passing: Passing::Good,
            message: |message| message,
            clock: Clock::clone,
            batch: usize::MAX,
            filter: |_| {},
            page: |_| {},
            answer: |_| {},
            summary: |_| {},
            changed: |_| {},
            looks_first: false,
            one_by_one: false,
            tags: |_| {},
            removed: |tags| Change::RemoveTags(CheckedTags::new(tags).unwrap()),
            only_adds: false,
            adds_what_fits: false,
            stays_read: false,
            tagged_is_read: false,
            forgets_to_fold: false,
            moving: Moving::Good,
            due: |_| {},
            takes_due: false,
            forgets: None,
            mark: Mark::clone,
            advancing: Advancing::Good,
            erasing: Erasing::Good,
            kept: Kept::clone,
            end: |_| {},
            stays_bound: false,
            cutoff: |_| {},
            at_most: |at_most| at_most,
            swept: |_| {},
            known: Mutex::default(),
            tagged: Mutex::default(),
            keys: Mutex::default(),
            moved: Mutex::default(),
            good: MemoryStore::new(),
        }
    }
}

impl Faulty {
    /// The messages that match the filter, oldest first. Other tasks may change them before this returns.
    pub(super) async fn seen(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<Message>> {
        let oldest_first = PageRequest::all().order(MessageOrder::by(OrderKey::Created));
        let page = self.good.list(of, filter, &oldest_first).await?;
        yield_now();
        Ok(page.messages)
    }

    /// A filter for each message that matches the filter.
    async fn each(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageFilter>> {
        let seen = self.seen(of, filter).await?;
        Ok(seen.iter().map(|message| MessageFilter::default().with_id(message.id)).collect())
    }

    fn altered(&self, change: &Change) -> Change {
        let altered = |tags: &CheckedTags| CheckedTags::new(altered(&tags.as_slice().to_vec(), self.tags)).unwrap();
        match change {
            Change::MarkRead | Change::MarkUnread => change.clone(),
            Change::ReplaceTags(tags) if !self.only_adds => Change::ReplaceTags(altered(tags)),
            Change::AddTags(tags) | Change::ReplaceTags(tags) => Change::AddTags(altered(tags)),
            Change::RemoveTags(tags) => (self.removed)(tags.as_slice()),
        }
    }
}

pub(super) fn altered<T: Clone>(value: &T, alter: fn(&mut T)) -> T {
    let mut value = value.clone();
    alter(&mut value);
    value
}

fn ids(messages: &[Message]) -> Vec<MessageId> {
    messages.iter().map(|message| message.id).collect()
}

#[async_trait]
impl MessageStore for Faulty {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let of = altered(&insertion.recipients.iter().map(self.recipient).collect(), self.recipients);
        self.known.lock().unwrap().extend(of.iter().cloned());
        let messages = insertion.messages.into_iter().map(self.message).collect::<Vec<_>>();
        let mut inserted = vec![Vec::new(); of.len()];
        for batch in messages.chunks(self.batch) {
            let batch =
                Insertion { unless_past: insertion.unless_past.clone(), ..Insertion::new(of.clone(), batch.to_vec()) };
            for (so_far, more) in inserted.iter_mut().zip(self.deliver(batch, (self.clock)(clock)).await?) {
                so_far.extend(more);
            }
            yield_now();
        }
        // Report an insert for every recipient, even if some were left out.
        inserted.resize(insertion.recipients.len(), inserted.first().cloned().unwrap_or_default());
        Ok(inserted)
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        let (filter, page) = (altered(filter, self.filter), altered(page, self.page));
        let mut answer = self.good.list(&(self.recipient)(of), &filter, &page).await?;
        if self.forgets_to_fold && filter.tags.iter().any(|lookup| lookup.case == Case::Folded) {
            let tagged = self.tagged.lock().unwrap();
            answer.messages.retain(|message| {
                !tagged.contains(&(of.clone(), message.id)) || message.tags.iter().all(|tag| tag.is_ascii())
            });
        }
        Ok(altered(&answer, self.answer))
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        let summary = self.good.summarize(&(self.recipient)(of), filter).await?;
        Ok(altered(&summary, self.summary))
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let mut filter = altered(filter, self.changed);
        let now = (self.clock)(&now.into()).now();
        let of = &(self.recipient)(of);
        let change = self.altered(change);
        if change == Change::MarkUnread && self.stays_read {
            return Ok(ids(&self.seen(of, &filter.read()).await?));
        }
        if self.looks_first && change == Change::MarkRead {
            let seen = self.seen(of, &filter.clone().unread()).await?;
            self.good.change(of, &filter, &change, now).await?;
            return Ok(ids(&seen));
        }
        if self.looks_first {
            // Skip messages that another request has changed in between.
            let seen = self.seen(of, &filter).await?;
            let again = self.seen(of, &filter).await?;
            filter = filter.with_ids(again.iter().filter(|message| seen.contains(message)).map(|message| message.id));
        }
        if self.one_by_one {
            let mut changed = Vec::new();
            for one in self.each(of, &filter).await? {
                changed.extend(self.good.change(of, &one, &change, now).await?);
                tokio::time::sleep(PAUSE).await;
            }
            return Ok(changed);
        }
        let changed = match (self.good.change(of, &filter, &change, now).await, &change) {
            (Err(StoreError::Invalid(_)), Change::AddTags(tags)) if self.adds_what_fits => {
                let fewer = tags.as_slice().iter().skip(1);
                let fewer = Change::AddTags(CheckedTags::new(fewer).unwrap());
                return self.change(of, &filter, &fewer, now).await;
            }
            (outcome, _) => outcome?,
        };
        if matches!(change, Change::MarkRead | Change::MarkUnread) {
            return Ok(changed);
        }
        if self.tagged_is_read {
            let tagged = MessageFilter::default().with_ids(changed.clone());
            self.good.change(of, &tagged, &Change::MarkRead, Timestamp::from_micros(0)).await?;
        }
        self.tagged.lock().unwrap().extend(changed.iter().map(|id| (of.clone(), *id)));
        Ok(changed)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        let filter = altered(filter, self.changed);
        if self.looks_first {
            let seen = self.seen(of, &filter).await?;
            self.good.delete(of, &filter).await?;
            return Ok(ids(&seen));
        }
        if self.one_by_one {
            let mut deleted = Vec::new();
            for one in self.each(of, &filter).await? {
                deleted.extend(self.good.delete(of, &one).await?);
                tokio::time::sleep(PAUSE).await;
            }
            return Ok(deleted);
        }
        let deleted = self.good.delete(&(self.recipient)(of), &filter).await?;
        if let Some(forgets) = self.forgets {
            let left = self.seen(of, &MessageFilter::default()).await?;
            if left.is_empty() || forgets == Forgets::IfDeleted {
                self.good.erase(of).await?;
                for Message { id, content, session, .. } in left {
                    let again = NewMessage::new(content.level, content.text);
                    let again = session.into_iter().fold(again, NewMessage::session).check().unwrap();
                    self.good.insert(Insertion::new([of.clone()], [again]), &id.created().into()).await?;
                }
            }
        }
        Ok(deleted)
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let mut what = what.clone();
        let mut clock = clock.clone();
        match self.moving {
            Moving::Good if self.one_by_one => {
                for one in self.each(from, &what.filter).await? {
                    self.good.delete(from, &one).await?;
                    tokio::time::sleep(PAUSE).await;
                }
                return Ok(Vec::new());
            }
            Moving::Good => {}
            Moving::Copied => return self.copy(from, to, &what).await,
            Moving::OnlyUnread => drop(self.good.delete(from, &what.filter.clone().read()).await?),
            Moving::Everything => what.filter = MessageFilter::default(),
            Moving::NeverAnew => what.arrival = Arrival::Unchanged,
            Moving::WithoutEnd => what.until = Until::Cleared,
            Moving::StillBound => what.unbound = false,
            Moving::WithWrongIds => clock = Clock::from(Timestamp::from_micros(i64::MAX)),
            Moving::WithoutMarks => what.with_marks = false,
            Moving::AlwaysWithMarks => what.with_marks = true,
            Moving::KeysReplace => {
                let keys = self.seen(from, &what.filter).await?.into_iter().filter_map(|message| message.key);
                let keys = MessageFilter::default().with_keys(keys);
                for place in to.places().iter().filter(|_| from.inbox() != to.inbox()) {
                    self.good.delete(place, &keys).await?;
                }
            }
        }
        self.good.transfer(from, to, &what, &clock).await
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let mut due = self.good.due(now, at_most).await?;
        if self.takes_due {
            for (of, message) in &due {
                self.good.delete(of, &MessageFilter::default().with_id(message.id)).await?;
            }
        }
        (self.due)(&mut due);
        Ok(due)
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        let mark = (self.mark)(mark);
        match self.advancing {
            Advancing::Good => self.good.advance(of, &mark, to).await,
            Advancing::LooksFirst => {
                let before = self.good.advance(of, &mark, None).await?;
                let place = (of.clone(), mark);
                let before = self.moved.lock().unwrap().get(&place).copied().or(before);
                yield_now();
                if let Some(to) = to.filter(|to| Some(*to) > before) {
                    self.moved.lock().unwrap().insert(place, to);
                }
                Ok(before)
            }
            Advancing::Anywhere | Advancing::Back | Advancing::After => {
                let mut moved = self.moved.lock().unwrap();
                let before = moved.get(&(of.clone(), mark.clone())).copied();
                let newest = self.known.lock().unwrap().contains(of);
                let Some(to) = to.filter(|_| newest || self.advancing == Advancing::Anywhere) else {
                    return Ok(before);
                };
                let after = if self.advancing == Advancing::Back { Some(to) } else { before.max(Some(to)) };
                moved.extend(after.map(|after| ((of.clone(), mark), after)));
                Ok(if self.advancing == Advancing::After { after } else { before })
            }
        }
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        match self.erasing {
            Erasing::Good if self.one_by_one => {
                let erased = self.delete(of, &MessageFilter::default()).await?;
                Ok(self.good.erase(of).await? + erased.len() as u64)
            }
            Erasing::Good => self.good.erase(of).await,
            Erasing::OnlyMessages => Ok(self.good.delete(of, &MessageFilter::default()).await?.len() as u64),
            Erasing::AllPlaces => {
                let mut erased = 0;
                for place in of.places() {
                    erased += self.good.erase(&place).await?;
                }
                Ok(erased)
            }
        }
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let kept = (self.kept)(kept);
        if !self.stays_bound {
            return Ok(altered(&self.good.end_session(session, &kept).await?, self.end));
        }
        let known = self.known.lock().unwrap().clone();
        let mut end = SessionEnd::default();
        for of in known {
            let mut bound = self.seen(&of, &MessageFilter::default()).await?;
            bound.retain(|it| it.session.as_ref() == Some(session) && !kept.contains(&of, it.id));
            let deleted = self.good.delete(&of, &MessageFilter::default().with_ids(ids(&bound))).await?;
            end.deleted += deleted.len() as u64;
            end.mailboxes.extend((!deleted.is_empty()).then_some(of));
        }
        Ok(end)
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let swept = self.good.sweep(&altered(cutoff, self.cutoff), from, (self.at_most)(at_most)).await?;
        Ok(altered(&swept, self.swept))
    }
}
