//! The verbs of a store -> transactions of Redis.
//!
//! A mailbox is a hash: the id of each message, and the message as JSON. A verb that changes mailboxes watches them,
//! reads them, decides in Rust, and writes what is different in one `MULTI .. EXEC`, which Redis refuses where anybody
//! has changed one of them in the meantime. Then it is tried again.

mod transaction;

use std::{collections::BTreeSet, mem, slice::from_ref, sync::Mutex, time::Duration};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    store::{
        Change, Inserted, Insertion, Kept, Mark, Result, RetentionCutoff, SessionEnd, StoreError, SweepPosition,
        SweepStep,
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
        if insertion.unless_past.is_some() || insertion.messages.iter().any(|message| message.repeat().is_some()) {
            return self.insert_by_key(&insertion, clock).await;
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
                    inserted.push(ids.into_iter().map(Inserted::new).collect());
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

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64> {
        if from == to {
            return Ok(0);
        }
        self.change_mailboxes(Whose::These(&[from.clone(), to.clone()]), |mailboxes| {
            let [(_, source), (_, target)] = mailboxes else { return 0 };
            let (claimed, mut marks) = (mem::take(&mut source.messages), mem::take(&mut source.marks));
            // No smaller id is given in the first mailbox.
            source.marks.extend(marks.remove_entry(&Mark::NEWEST));
            let count = claimed.len() as u64;
            let ids = MessageId::free_for(claimed.keys().copied(), |id| target.messages.contains_key(&id));
            for (id, message) in ids.into_iter().zip(claimed.into_values()) {
                target.messages.insert(id, Message { id, ..message });
                target.advance(Mark::NEWEST, id);
            }
            for (mark, position) in marks {
                target.advance(mark, position);
                // No mark is beyond the newest id.
                target.advance(Mark::NEWEST, position);
            }
            count
        })
        .await
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
    async fn insert_by_key(&self, insertion: &Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
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

/// Deletes messages of a mailbox, and returns their ids.
fn delete(mailbox: &mut Mailbox, is_meant: impl Fn(&Message) -> bool) -> Vec<MessageId> {
    let messages = &mut mailbox.messages;
    let deleted = messages.values().filter(|message| is_meant(message)).map(|message| message.id).collect::<Vec<_>>();
    messages.retain(|id, _| deleted.binary_search(id).is_err());
    deleted
}
