//! The verbs of a store -> transactions of Redis.
//!
//! A mailbox is a hash: the id of each message, and the message as JSON. A verb that changes mailboxes watches them,
//! reads them, decides in Rust, and writes what is different in one `MULTI .. EXEC`, which Redis refuses where anybody
//! has changed one of them in the meantime. Then it is tried again.

mod transaction;

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    slice::from_ref,
    sync::Mutex,
    time::Duration,
};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    store::{
        Change, Inserted, Insertion, Kept, Mark, Move, Moved, Outcome, Result, RetentionCutoff, SessionEnd, StoreError,
        SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;
use redis::{Client, Pipeline, aio::MultiplexedConnection};

use self::transaction::{Mailbox, SWEPT_AT_ONCE, Whose, failure};

/// Messages on a Redis server, which any number of processes may share.
///
/// What they survive is up to the server's settings: with `appendonly yes` and `appendfsync always` a loss of power,
/// with Redis's defaults what came after the last snapshot is lost, and without either everything. A replica that takes
/// over may lack the latest ones. The memory has to hold them all: `maxmemory-policy noeviction`.
///
/// Where an answer is lost on its way, a verb may have been carried out although it is said to have failed.
#[derive(Debug)]
pub struct RedisStore {
    client: Client,
    prefix: String,
    patience: Duration,
    /// Connections that nobody is using. One can't be shared, since what it watches is its own.
    idle: Mutex<Vec<MultiplexedConnection>>,
    /// Verbs of this process that came too late once take turns, so that they are not in each other's way again.
    turns: tokio::sync::Mutex<()>,
}

impl RedisStore {
    /// Messages on the server at a URL (`redis://127.0.0.1:6379`), under keys that begin with the prefix. It connects
    /// when it is first asked for something, and again after a connection was lost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] where that is no URL of a Redis server.
    pub fn open(url: &str, prefix: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| failure(error.into()))?;
        Ok(Self {
            client,
            prefix: prefix.to_owned(),
            patience: Duration::from_secs(5),
            idle: Mutex::default(),
            turns: tokio::sync::Mutex::default(),
        })
    }

    /// How long a verb may take, with all of its attempts, before it is given up as unavailable. By default 5 seconds.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

#[async_trait]
impl MessageStore for RedisStore {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        if insertion.is_conditional() {
            return self.insert_conditionally(&insertion, clock).await;
        }
        let Insertion { recipients, messages, unless_past: _ } = insertion;
        self.patiently(async {
            let (mut connection, mut turn) = (self.connection().await?, None);
            loop {
                // It needs no messages, only the newest id of each mailbox.
                let keys = recipients.iter().map(|of| self.marks(of)).collect::<Vec<_>>();
                let newest = ["HGET", Mark::NEWEST.as_str()];
                let newest = self.watch::<Option<i64>>(&keys, &newest, &mut connection).await?;
                let now = clock.reserve(messages.len());
                let (mut commands, mut inserted) = (Pipeline::new(), Vec::new());
                for (of, newest) in recipients.iter().zip(newest) {
                    let ids = MessageId::next(newest.map(MessageId::new), messages.len(), now);
                    let mut new = Mailbox::default();
                    for (id, message) in ids.iter().zip(messages.iter().cloned()) {
                        new.messages.insert(*id, message.stored_as(*id));
                        new.advance(Mark::NEWEST, *id);
                    }
                    self.write(of, &Mailbox::default(), &new, &mut commands)?;
                    inserted.push(ids.into_iter().map(|id| Inserted::new(id, Outcome::New)).collect());
                }
                if self.commit(commands, &mut connection, &mut turn).await? {
                    self.give_back(connection);
                    return Ok(inserted);
                }
            }
        })
        .await
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        self.read(of, filter, |mut selection| {
            selection.sort_by(|a, b| page.order.compare(a, b));
            let total = Some(selection.len() as u64);
            let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
            Page::new(selection.into_iter().skip(offset).take(page.limit as usize).collect(), total)
        })
        .await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        self.read(of, filter, |selection| selection.into_iter().map(|message| message.level).collect()).await
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let changed = self.change_mailboxes(Whose::These(from_ref(of)), |mailboxes| {
            let messages = mailboxes.iter_mut().flat_map(|(_, mailbox)| mailbox.messages.values_mut());
            change.apply_to_all(messages.filter(|message| filter.matches(message)), now)
        });
        changed.await?.map_err(StoreError::Invalid)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        self.change_mailboxes(Whose::These(from_ref(of)), |mailboxes| {
            let deleted = mailboxes.iter_mut().map(|(_, mailbox)| delete(mailbox, |message| filter.matches(message)));
            deleted.flatten().collect()
        })
        .await
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let mut of = to.places().to_vec();
        of.extend((!of.contains(from)).then(|| from.clone()));
        self.change_mailboxes(Whose::These(&of), |mailboxes| transfer(mailboxes, from, to, what, clock)).await
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let (mut due, mut from) = (Vec::new(), None);
        loop {
            // The first of them was the last one of the step before.
            let some = self.change_mailboxes(Whose::Next(from.as_ref()), |mailboxes| {
                let next = mailboxes.last().filter(|_| mailboxes.len() == SWEPT_AT_ONCE).map(|(of, _)| of.clone());
                let others = mailboxes.iter().filter(|(of, _)| from.as_ref() != Some(of));
                let messages = others.flat_map(|(of, it)| it.messages.values().map(move |it| (of.clone(), it.clone())));
                let due = messages.filter(|(_, message)| message.until.is_some_and(|until| until <= now));
                (due.collect::<Vec<_>>(), next)
            });
            let (found, next) = some.await?;
            due.extend(found);
            from = next;
            if from.is_none() {
                break;
            }
        }
        due.sort_by_key(|(_, message)| message.until);
        due.truncate(at_most as usize);
        Ok(due)
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        self.change_mailboxes(Whose::These(from_ref(of)), |mailboxes| {
            let (_, mailbox) = mailboxes.first_mut()?;
            let before = mailbox.marks.get(mark).copied();
            if let (Some(to), Some(newest)) = (to, mailbox.marks.get(&Mark::NEWEST).copied()) {
                mailbox.advance(mark.clone(), to.min(newest));
            }
            before
        })
        .await
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        self.change_mailboxes(Whose::These(from_ref(of)), |mailboxes| {
            mailboxes.iter_mut().map(|(_, mailbox)| mem::take(mailbox).messages.len() as u64).sum()
        })
        .await
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        self.change_mailboxes(Whose::BoundTo(session), |mailboxes| {
            let is_bound = |message: &Message| message.session.as_ref() == Some(session);
            let mut end = SessionEnd::default();
            for (of, mailbox) in mailboxes.iter_mut().filter(|(_, mailbox)| mailbox.messages.values().any(is_bound)) {
                end.deleted += delete(mailbox, |it| is_bound(it) && !kept.contains(of, it.id)).len() as u64;
                let messages = mailbox.messages.values_mut();
                messages.filter(|message| is_bound(message)).for_each(|message| message.session = None);
                end.mailboxes.insert(of.clone());
            }
            end
        })
        .await
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        self.change_mailboxes(Whose::Next(from.map(|from| &from.recipient)), |mailboxes| {
            let (mut left, mut swept, mut next) = (at_most.max(1) as usize, Vec::new(), None);
            let are_all = mailboxes.len() < SWEPT_AT_ONCE;
            for (of, mailbox) in mailboxes {
                let is_ahead = |id: &MessageId| from.is_none_or(|from| *of != from.recipient || *id > from.id);
                let seen = mailbox.messages.keys().copied().filter(is_ahead).take(left).collect::<BTreeSet<_>>();
                left -= seen.len();
                next = seen.last().map(|id| SweepPosition { recipient: of.clone(), id: *id }).or(next);
                let is_meant = |message: &Message| seen.contains(&message.id) && cutoff.has_expired(of, message);
                swept.extend(delete(mailbox, is_meant).into_iter().map(|_| of.clone()));
            }
            let next = next.filter(|_| left == 0 || !are_all);
            SweepStep::new(swept.len() as u64, swept.into_iter().collect(), next)
        })
        .await
    }
}

impl RedisStore {
    /// Inserts what is decided on by the messages and marks that are there.
    async fn insert_conditionally(&self, insertion: &Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let places = insertion.recipients.iter().flat_map(Recipient::places).collect::<Vec<_>>();
        self.change_mailboxes(Whose::These(&places), |mailboxes| {
            let now = clock.reserve(insertion.messages.len());
            // The three places of each recipient, in their order.
            let of_each = insertion.recipients.iter().zip(mailboxes.chunks_mut(3));
            of_each.map(|(of, places)| insert(places, of, insertion, now)).collect()
        })
        .await
    }
}

/// Inserts messages for one recipient, all of whose places these are.
fn insert(places: &mut [(Recipient, Mailbox)], to: &Recipient, insertion: &Insertion, now: Timestamp) -> Vec<Inserted> {
    let marks = places.iter().find(|(of, _)| of == to).map(|(_, target)| target.marks.clone()).unwrap_or_default();
    if !insertion.is_for(|mark| marks.get(mark).copied()) {
        return Vec::new();
    }
    let with_key = |key: &str| {
        let mut messages = places.iter().flat_map(|(of, it)| it.messages.values().map(|it| (of.place(), it)));
        messages.find(|(_, message)| message.key.as_deref() == Some(key))
    };
    let ids = MessageId::next(marks.get(&Mark::NEWEST).copied(), insertion.messages.len(), now);
    let delivered = insertion.deliver(to, with_key, ids);
    for (of, mailbox) in places {
        mailbox.messages.retain(|id, _| !delivered.replaced.contains(&(of.place(), *id)));
        if of == to {
            for message in &delivered.new {
                mailbox.advance(Mark::NEWEST, message.id);
                mailbox.messages.insert(message.id, message.clone());
            }
            insertion.unless_past.iter().for_each(|(mark, position)| mailbox.advance(mark.clone(), *position));
        }
    }
    delivered.inserted
}

/// Moves messages between two of these mailboxes, among which are all places of the second one's owner.
fn transfer(
    mailboxes: &mut [(Recipient, Mailbox)],
    from: &Recipient,
    to: &Recipient,
    what: &Move,
    clock: &Clock,
) -> Vec<Moved> {
    let now = clock.now();
    let (mut leaving, mut marks) = (Vec::new(), BTreeMap::new());
    if let Some((_, source)) = mailboxes.iter_mut().find(|(of, _)| of == from) {
        leaving.extend(source.messages.values().filter(|message| what.filter.matches(message)).cloned());
        source.messages.retain(|_, message| !what.filter.matches(message));
        if what.with_marks {
            marks = mem::take(&mut source.marks);
            // No smaller id is given there, unless a wrong clock has given this one.
            let newest = marks.get(&Mark::NEWEST).filter(|newest| from != to || !newest.is_ahead_of(now));
            source.marks.extend(newest.map(|newest| (Mark::NEWEST, *newest)));
        }
    }
    let places = mailboxes.iter().filter(|(of, _)| of.inbox() == to.inbox());
    let keys = places.flat_map(|(_, place)| place.messages.values().filter_map(|message| message.key.clone()));
    let keys = keys.collect::<BTreeSet<_>>();
    let Some((_, target)) = mailboxes.iter_mut().find(|(of, _)| of == to) else { return Vec::new() };
    let renumbered = leaving.iter().filter(|message| what.renumbers(message, now)).count();
    let newest = target.marks.get(&Mark::NEWEST).copied().max(target.messages.keys().next_back().copied());
    let new_ids = MessageId::next(newest, renumbered, clock.reserve(renumbered));
    let is_taken = |id| target.messages.contains_key(&id);
    let arrived = what.arrive(leaving, new_ids, now, is_taken, |key| keys.contains(key));
    target.messages.extend(arrived.messages.into_iter().map(|message| (message.id, message)));
    if let Some(newest) = target.messages.keys().next_back().copied() {
        target.advance(Mark::NEWEST, newest);
    }
    let newest = target.marks.get(&Mark::NEWEST).copied();
    for (mark, position) in marks {
        Move::mark_arrives(position, newest, now)
            .into_iter()
            .for_each(|position| target.advance(mark.clone(), position));
    }
    arrived.moved
}

/// Deletes messages of a mailbox, and returns their ids.
fn delete(mailbox: &mut Mailbox, is_meant: impl Fn(&Message) -> bool) -> Vec<MessageId> {
    let messages = &mut mailbox.messages;
    let deleted = messages.values().filter(|message| is_meant(message)).map(|message| message.id).collect::<Vec<_>>();
    messages.retain(|id, _| deleted.binary_search(id).is_err());
    deleted
}
