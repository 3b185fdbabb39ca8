//! Mailboxes in memory: each verb of a store as a plain function.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    ops::Bound,
};

use crate::model::{
    Change, Clock, Inserted, Insertion, InvalidMessage, Kept, Mark, Message, MessageFilter, MessageId, Move, Moved,
    Place, Recipient, RetentionCutoff, SessionEnd, SessionId, SweepPosition, SweepStep, Timestamp,
};

/// The messages and the marks of one mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxContents {
    /// The messages, by their ids.
    pub messages: BTreeMap<MessageId, Message>,
    /// The marks, and the newest id that was given in the mailbox ([`Mark::NEWEST`]).
    pub marks: BTreeMap<Mark, MessageId>,
}

impl MailboxContents {
    /// Returns the newest id that was given in the mailbox.
    #[must_use]
    pub fn newest(&self) -> Option<MessageId> {
        self.marks.get(&Mark::NEWEST).copied()
    }

    /// Moves a mark forward. A mark that is already further stays.
    fn advance(&mut self, mark: Mark, to: MessageId) {
        let position = self.marks.entry(mark).or_insert(to);
        *position = to.max(*position);
    }

    fn add(&mut self, message: Message) {
        self.advance(Mark::NEWEST, message.id);
        self.messages.insert(message.id, message);
    }

    /// Removes the messages that `is_meant` matches, and returns them.
    fn take(&mut self, is_meant: impl Fn(&Message) -> bool) -> Vec<Message> {
        let (taken, left) = mem::take(&mut self.messages).into_values().partition(is_meant);
        self.messages = Vec::into_iter(left).map(|message| (message.id, message)).collect();
        taken
    }

    /// Removes the marks, and returns them. If `keeps_newest`, the newest id stays, too.
    fn take_marks(&mut self, keeps_newest: impl FnOnce(MessageId) -> bool) -> BTreeMap<Mark, MessageId> {
        let marks = mem::take(&mut self.marks);
        let newest = marks.get(&Mark::NEWEST).copied().filter(|newest| keeps_newest(*newest));
        self.marks.extend(newest.map(|newest| (Mark::NEWEST, newest)));
        marks
    }

    /// Removes the marks that an empty mailbox no longer needs.
    fn forget_idle(&mut self, of: &Recipient, before: Timestamp) {
        if self.messages.is_empty() && self.newest().is_none_or(|newest| newest.created() < before) {
            let is_idle = |at: MessageId| at.created() < before;
            self.marks.retain(|mark, at| !is_idle(*at) || (*mark != Mark::NEWEST && of.session().is_none()));
        }
    }
}

/// Mailboxes in memory, and the verbs of [`MessageStore`](crate::MessageStore) that change them, as plain functions.
///
/// [`MemoryStore`](crate::MemoryStore) is a lock around it. A custom store that keeps whole mailboxes, such as one on a
/// key-value database, loads the mailboxes that a verb touches, calls the function of the same name, and writes what
/// has changed, in one transaction. The place of a mailbox whose contents were not loaded counts as empty:
/// [`insert`](Self::insert) of messages with a key needs all [places](Recipient::places) of each recipient,
/// [`transfer`](Self::transfer) the mailbox that messages leave and all places of the other recipient.
///
/// ```
/// use actix_messages::{Clock, Level, MessageFilter, NewMessage, Recipient};
/// use actix_messages::store::{Insertion, MailboxMap};
///
/// let alice = Recipient::user("alice")?;
/// let mut mailboxes = MailboxMap::default();
/// let hello = NewMessage::new(Level::INFO, "Hello.").check()?;
/// let inserted = mailboxes.insert(&Insertion::new([alice.clone()], [hello]), &Clock::default());
/// assert_eq!(mailboxes.contents(&alice).newest(), Some(inserted[0][0].id));
/// assert_eq!(mailboxes.delete(&alice, &MessageFilter::default()), [inserted[0][0].id]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MailboxMap(BTreeMap<Recipient, MailboxContents>);

impl FromIterator<(Recipient, MailboxContents)> for MailboxMap {
    fn from_iter<I: IntoIterator<Item = (Recipient, MailboxContents)>>(mailboxes: I) -> Self {
        Self(mailboxes.into_iter().collect())
    }
}

impl MailboxMap {
    /// Returns the contents of a mailbox.
    #[must_use]
    pub fn contents(&self, of: &Recipient) -> &MailboxContents {
        static EMPTY: MailboxContents = MailboxContents { messages: BTreeMap::new(), marks: BTreeMap::new() };
        self.0.get(of).unwrap_or(&EMPTY)
    }

    /// Returns the recipients whose mailboxes these are, in order.
    pub fn recipients(&self) -> impl Iterator<Item = &Recipient> {
        self.0.keys()
    }

    /// Returns the messages of all mailboxes, by recipient and id.
    pub fn messages(&self) -> impl Iterator<Item = (&Recipient, &Message)> {
        self.0.iter().flat_map(|(of, mailbox)| mailbox.messages.values().map(move |message| (of, message)))
    }

    /// Inserts messages, and returns the outcome: see [`MessageStore::insert`](crate::MessageStore::insert).
    pub fn insert(&mut self, insertion: &Insertion, clock: &Clock) -> Vec<Vec<Inserted>> {
        let now = clock.reserve(insertion.messages.len());
        insertion.recipients.iter().map(|of| self.insert_for(of, insertion, now)).collect()
    }

    fn insert_for(&mut self, of: &Recipient, insertion: &Insertion, now: Timestamp) -> Vec<Inserted> {
        let target = self.contents(of);
        if !insertion.delivers_to(|mark| target.marks.get(mark).copied()) {
            return Vec::new();
        }
        let ids = MessageId::next(target.newest(), insertion.messages.len(), now);
        let delivered = insertion.deliver(of, |key| self.with_key(of, key), ids);
        for (place, id) in delivered.replaced {
            self.0.entry(of.at(place)).or_default().messages.remove(&id);
        }
        if !delivered.new.is_empty() || insertion.unless_past.is_some() {
            let target = self.0.entry(of.clone()).or_default();
            delivered.new.into_iter().for_each(|message| target.add(message));
            if let Some((mark, position)) = &insertion.unless_past {
                target.advance(mark.clone(), *position);
            }
        }
        delivered.inserted
    }

    /// Returns the message that a recipient has under this key, and its place.
    fn with_key(&self, of: &Recipient, key: &str) -> Option<(Place, &Message)> {
        let places = of.places().into_iter().filter_map(|of| Some((of.place(), self.0.get(&of)?)));
        let mut messages = places.flat_map(|(place, mailbox)| mailbox.messages.values().map(move |it| (place, it)));
        messages.find(|(_, message)| message.key.as_deref() == Some(key))
    }

    /// Changes messages, and returns the ids of those that changed: see [`MessageStore::change`](crate::MessageStore::change).
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if a message would break a limit. Then none is changed.
    pub fn change(
        &mut self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, InvalidMessage> {
        let messages = self.0.get_mut(of).into_iter().flat_map(|mailbox| mailbox.messages.values_mut());
        change.apply_to_all(messages.filter(|message| filter.matches(message)), now)
    }

    /// Deletes messages, and returns their ids: see [`MessageStore::delete`](crate::MessageStore::delete).
    pub fn delete(&mut self, of: &Recipient, filter: &MessageFilter) -> Vec<MessageId> {
        let Some(mailbox) = self.0.get_mut(of) else { return Vec::new() };
        let mut deleted = Vec::new();
        mailbox.messages.retain(|id, message| {
            let is_deleted = filter.matches(message);
            deleted.extend(is_deleted.then_some(*id));
            !is_deleted
        });
        deleted
    }

    /// Moves messages to another mailbox: see [`MessageStore::transfer`](crate::MessageStore::transfer).
    pub fn transfer(&mut self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Vec<Moved> {
        // A clock of the application may panic: it is asked before anything is changed.
        let now = clock.now();
        let Some(source) = self.0.get_mut(from) else { return Vec::new() };
        let is_meant = |message: &Message| what.filter.matches(message);
        let renumbered = source.messages.values().filter(|it| is_meant(it) && what.gives_new_id(it, now)).count();
        let moment = clock.reserve(renumbered);
        let leaving = source.take(is_meant);
        // No smaller id is given there, unless a wrong clock has given the newest one.
        let keeps_newest = |newest: MessageId| from != to || !newest.is_ahead_of(now);
        let marks = if what.with_marks { source.take_marks(keeps_newest) } else { BTreeMap::new() };
        if leaving.is_empty() && marks.is_empty() {
            return Vec::new();
        }
        let target = self.contents(to);
        let newest = target.newest().max(target.messages.keys().next_back().copied());
        let new_ids = MessageId::next(newest, renumbered, moment);
        let is_taken = |id| target.messages.contains_key(&id);
        let places = to.places();
        let messages = places.iter().flat_map(|of| self.contents(of).messages.values());
        let keys = messages.filter_map(|message| message.key.as_deref()).collect::<BTreeSet<_>>();
        let arrived = what.arrive(leaving, new_ids, now, is_taken, |key| keys.contains(key));
        let target = self.0.entry(to.clone()).or_default();
        arrived.messages.into_iter().for_each(|message| target.add(message));
        if let Some(newest) = target.messages.keys().next_back().copied() {
            target.advance(Mark::NEWEST, newest);
        }
        let newest = target.newest();
        for (mark, position) in marks {
            if let Some(position) = Move::position_on_arrival(position, newest, now) {
                target.advance(mark, position);
            }
        }
        arrived.moved
    }

    /// Returns messages that have come to their `until`: see [`MessageStore::due`](crate::MessageStore::due).
    #[must_use]
    pub fn due(&self, now: Timestamp, at_most: usize) -> Vec<(Recipient, Message)> {
        let is_due = |message: &Message| message.until.is_some_and(|until| until <= now);
        let mut due = self.messages().filter(|(_, message)| is_due(message)).collect::<Vec<_>>();
        due.sort_by_key(|(_, message)| message.until);
        due.into_iter().take(at_most).map(|(of, message)| (of.clone(), message.clone())).collect()
    }

    /// Moves a mark forward, and returns its position before: see [`MessageStore::advance`](crate::MessageStore::advance).
    pub fn advance(&mut self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Option<MessageId> {
        let mailbox = self.0.get_mut(of)?;
        let before = mailbox.marks.get(mark).copied();
        if let (Some(to), Some(newest)) = (to, mailbox.newest()) {
            mailbox.advance(mark.clone(), to.min(newest));
        }
        before
    }

    /// Deletes a mailbox with its marks, and returns the number of messages it had: see
    /// [`MessageStore::erase`](crate::MessageStore::erase).
    pub fn erase(&mut self, of: &Recipient) -> u64 {
        self.0.remove(of).map_or(0, |mailbox| mailbox.messages.len() as u64)
    }

    /// Deletes the messages that are bound to a session: see [`MessageStore::end_session`](crate::MessageStore::end_session).
    pub fn end_session(&mut self, session: &SessionId, kept: &Kept) -> SessionEnd {
        let mut end = SessionEnd::default();
        for (of, mailbox) in &mut self.0 {
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
        end
    }

    /// Takes a step of a sweep: see [`MessageStore::sweep`](crate::MessageStore::sweep).
    pub fn sweep(&mut self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> SweepStep {
        let at_most = at_most.max(1) as usize;
        let start = from.map_or(Bound::Unbounded, |from| Bound::Included(&from.recipient));
        let looked_at = self
            .0
            .range::<Recipient, _>((start, Bound::Unbounded))
            .flat_map(|(of, mailbox)| mailbox.messages.keys().map(move |id| (of.clone(), *id)))
            .filter(|(of, id)| from.is_none_or(|from| (of, *id) > (&from.recipient, from.id)))
            .take(at_most)
            .collect::<Vec<_>>();
        let mut swept = SweepStep { deleted: 0, mailboxes: BTreeSet::new(), next: None };
        if looked_at.len() == at_most {
            swept.next = looked_at.last().cloned().map(|(recipient, id)| SweepPosition { recipient, id });
        }
        for (of, id) in looked_at {
            let Some(mailbox) = self.0.get_mut(&of) else { continue };
            if mailbox.messages.get(&id).is_some_and(|message| cutoff.has_expired(&of, message)) {
                mailbox.messages.remove(&id);
                swept.deleted += 1;
                swept.mailboxes.insert(of);
            }
        }
        if let Some(before) = cutoff.idle_marks_before {
            let end = swept.next.as_ref().map_or(Bound::Unbounded, |next| Bound::Included(&next.recipient));
            let passed = self.0.range_mut::<Recipient, _>((start, end));
            passed.for_each(|(of, mailbox)| mailbox.forget_idle(of, before));
            self.0.retain(|_, mailbox| *mailbox != MailboxContents::default());
        }
        swept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, NewMessage};

    #[test]
    fn a_mailbox_that_has_been_empty_for_long_is_let_go() {
        let mut mailboxes = MailboxMap::default();
        let of = [Recipient::user("alice").unwrap(), Recipient::visitor(SessionId::from_digest([7; 16]))];
        let (seen, moment) = (Mark::new("seen").unwrap(), Timestamp::from_micros);
        let message = NewMessage::new(Level::INFO, "text").check().unwrap();
        mailboxes.insert(&Insertion::new(of.clone(), [message]), &moment(1000).into());
        let idle = |before| RetentionCutoff { idle_marks_before: Some(moment(before)), ..RetentionCutoff::default() };
        for one in &of {
            mailboxes.advance(one, &seen, Some(MessageId::new(1000)));
        }
        mailboxes.sweep(&idle(2000), None, 10);
        assert_eq!(mailboxes.0.len(), 2, "they have messages");
        for one in &of {
            mailboxes.delete(one, &MessageFilter::default());
        }
        mailboxes.sweep(&idle(1000), None, 10);
        assert_eq!(
            mailboxes.contents(&of[0]).newest(),
            Some(MessageId::new(1000)),
            "it has not been empty for so long"
        );
        mailboxes.sweep(&idle(1001), None, 10);
        let kept = mailboxes.0.iter().map(|(of, mailbox)| (of.clone(), mailbox.marks.clone())).collect::<Vec<_>>();
        assert_eq!(kept, [(of[0].clone(), [(seen, MessageId::new(1000))].into())]);
    }
}
