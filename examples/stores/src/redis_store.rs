//! The verbs of a store -> transactions of Redis.
//!
//! A mailbox is a hash: the id of each message, and the message as JSON. A verb that changes mailboxes watches them,
//! reads them into a `MailboxMap`, calls its function, and writes the differences in one `MULTI .. EXEC`. If another client
//! has changed one of them in the meantime, Redis refuses the transaction, and the verb is retried.

mod transaction;

use std::{slice::from_ref, sync::Mutex, time::Duration};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    store::{
        Change, Inserted, Insertion, Kept, MailboxContents, MailboxMap, Mark, Move, Moved, Outcome, Result,
        RetentionCutoff, SessionEnd, StoreError, SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;
use redis::{Client, Pipeline, aio::MultiplexedConnection};

use self::transaction::{SWEPT_AT_ONCE, Whose, failure};

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
    wait_timeout: Duration,
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
            wait_timeout: Duration::from_secs(5),
            idle: Mutex::default(),
            turns: tokio::sync::Mutex::default(),
        })
    }

    /// How long a verb may take, with all of its attempts, before it is given up as unavailable. By default 5 seconds.
    #[must_use]
    pub fn wait_timeout(self, wait_timeout: Duration) -> Self {
        Self { wait_timeout, ..self }
    }
}

#[async_trait]
impl MessageStore for RedisStore {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        if insertion.is_conditional() {
            return self.insert_conditionally(&insertion, clock).await;
        }
        let Insertion { recipients, messages, unless_past: _ } = insertion;
        self.with_timeout(async {
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
                    let mut new = MailboxContents::default();
                    for (id, message) in ids.iter().zip(messages.iter().cloned()) {
                        new.messages.insert(*id, message.stored_as(*id));
                        new.marks.insert(Mark::NEWEST, *id);
                    }
                    self.write(of, &MailboxContents::default(), &new, &mut commands)?;
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
        let changed = self.change_mailboxes(Whose::These(from_ref(of)), |all| all.change(of, filter, change, now));
        changed.await?.map_err(StoreError::Invalid)
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        self.change_mailboxes(Whose::These(from_ref(of)), |all| all.delete(of, filter)).await
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let mut of = to.places().to_vec();
        of.extend((!of.contains(from)).then(|| from.clone()));
        self.change_mailboxes(Whose::These(&of), |all| all.transfer(from, to, what, clock)).await
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let (mut due, mut from) = (Vec::new(), None);
        loop {
            let some = self.change_mailboxes(Whose::Next(from.as_ref()), |all| {
                (all.due(now, usize::MAX), last_of_many(all).map(|(of, _)| of.clone()))
            });
            let (found, next) = some.await?;
            // The first mailbox was the last one of the step before.
            due.extend(found.into_iter().filter(|(of, _)| from.as_ref() != Some(of)));
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
        self.change_mailboxes(Whose::These(from_ref(of)), |all| all.advance(of, mark, to)).await
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        self.change_mailboxes(Whose::These(from_ref(of)), |all| all.erase(of)).await
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        self.change_mailboxes(Whose::BoundTo(session), |all| all.end_session(session, kept)).await
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        self.change_mailboxes(Whose::Next(from.map(|from| &from.recipient)), |all| {
            let last = last_of_many(all).map(|(of, id)| SweepPosition { recipient: of.clone(), id });
            let swept = all.sweep(cutoff, from, at_most);
            SweepStep::new(swept.deleted, swept.mailboxes, swept.next.or(last))
        })
        .await
    }
}

/// Returns the last message of the mailboxes that were read, if there may be more mailboxes after them.
fn last_of_many(mailboxes: &MailboxMap) -> Option<(&Recipient, MessageId)> {
    let last = mailboxes.messages().last().map(|(of, message)| (of, message.id));
    last.filter(|_| mailboxes.recipients().count() == SWEPT_AT_ONCE)
}

impl RedisStore {
    /// Inserts messages whose outcome depends on the messages and marks that are there.
    async fn insert_conditionally(&self, insertion: &Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let places = insertion.recipients.iter().flat_map(Recipient::places).collect::<Vec<_>>();
        self.change_mailboxes(Whose::These(&places), |all| all.insert(insertion, clock)).await
    }
}
