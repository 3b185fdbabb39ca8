//! Implements the verbs of a store as transactions of Redis.
//!
//! A mailbox is a hash that maps the id of each message to the message as JSON. A verb that changes mailboxes watches
//! them, reads them into a `MailboxMap`, calls its function, and writes the differences in one `MULTI .. EXEC`. If
//! another client has changed one of them in the meantime, Redis refuses the transaction, and the verb is retried.

mod transaction;

use std::{slice::from_ref, sync::Mutex, time::Duration};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    live::ChangeFeed,
    store::{
        Change, Inserted, Insertion, Kept, MailboxContents, MailboxMap, Mark, Move, Moved, Outcome, Result,
        RetentionCutoff, SessionEnd, StoreError, SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;
use redis::{Client, Pipeline, aio::MultiplexedConnection};

use self::transaction::{SWEPT_AT_ONCE, Whose, failure};

/// Stores messages on a Redis server, which any number of processes may share.
///
/// The settings of the server decide which failures the messages survive. With `appendonly yes` and `appendfsync
/// always`, they survive a loss of power. With Redis's defaults, everything after the last snapshot is lost. Without
/// persistence, everything is lost. A replica that takes over may lack the latest messages. All messages must fit into
/// memory, so set `maxmemory-policy noeviction`.
///
/// If an answer is lost on its way, a verb may have been carried out although it returned an error.
#[derive(Debug)]
pub struct RedisStore {
    client: Client,
    prefix: String,
    wait_timeout: Duration,
    /// Connections that are not in use. Verbs can't share one, because the keys that it watches belong to one verb.
    idle: Mutex<Vec<MultiplexedConnection>>,
    /// Verbs of this process whose transaction was refused take turns, so that they do not conflict again.
    turns: tokio::sync::Mutex<()>,
    feed: ChangeFeed,
}

impl RedisStore {
    /// Returns a store on the server at a URL (`redis://127.0.0.1:6379`), under keys that begin with the prefix. The
    /// store connects on its first call, and reconnects if a connection was lost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Failed`] if this is not the URL of a Redis server.
    pub fn open(url: &str, prefix: &str) -> Result<Self> {
        let client = Client::open(url).map_err(|error| failure(error.into()))?;
        Ok(Self {
            client,
            prefix: prefix.to_owned(),
            wait_timeout: Duration::from_secs(5),
            idle: Mutex::default(),
            turns: tokio::sync::Mutex::default(),
            feed: ChangeFeed::default(),
        })
    }

    /// Sets the maximum time of a verb, including all of its attempts. After that time, the verb returns
    /// [`StoreError::Unavailable`]. The default is 5 seconds.
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
                // An insert needs no messages, only the newest id of each mailbox.
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
            let some =
                self.change_mailboxes(Whose::Next(from.as_ref()), |all| (all.due(now, usize::MAX), last_of_many(all)));
            let (found, next) = some.await?;
            // The previous step has already read the first mailbox, which was its last one.
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
            let last = last_of_many(all).map(|recipient| SweepPosition { recipient, id: MessageId::new(i64::MAX) });
            let swept = all.sweep(cutoff, from, at_most);
            SweepStep::new(swept.deleted, swept.mailboxes, swept.next.or(last))
        })
        .await
    }

    fn feed(&self) -> Option<ChangeFeed> {
        Some(self.feed.clone())
    }
}

/// Returns the recipient of the last mailbox that was read, if more mailboxes may follow. Each step gets further, even
/// if the mailboxes have no messages any more.
fn last_of_many(mailboxes: &MailboxMap) -> Option<Recipient> {
    let last = mailboxes.recipients().last().cloned();
    last.filter(|_| mailboxes.recipients().count() == SWEPT_AT_ONCE)
}

impl RedisStore {
    /// Inserts messages whose outcome depends on the existing messages and marks.
    async fn insert_conditionally(&self, insertion: &Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let places = insertion.recipients.iter().flat_map(Recipient::places).collect::<Vec<_>>();
        self.change_mailboxes(Whose::These(&places), |all| all.insert(insertion, clock)).await
    }
}
