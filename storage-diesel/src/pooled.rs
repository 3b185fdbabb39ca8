//! Each verb of the store on a pooled connection, on a thread that may block.

use std::{slice, time::Duration};

use actix_messages::{
    CheckedMessage, Clock, Expiry, Mailboxes, Message, MessageDirectory, MessageFilter, MessageId, MessageStore, Page,
    PageRequest, Recipient, SessionId, StoreError, Summary, SweepPosition, Swept, TagChange, Timestamp,
};
use async_trait::async_trait;
use diesel::r2d2::{ConnectionManager, Pool, PoolError, PooledConnection, R2D2Connection as _};

use super::{
    Connection, Writers,
    catching::{catching, give_up},
    directory, statements,
};
use crate::{
    error::Failure,
    threads::Threads,
    turns::{Turn, Turns},
};

/// A pool of connections.
#[derive(Debug, Clone)]
pub(super) struct Connections(Pool<ConnectionManager<Connection>>);

impl Connections {
    pub(super) const fn new(pool: Pool<ConnectionManager<Connection>>) -> Self {
        Self(pool)
    }

    /// How many there are at most.
    pub(super) fn most(&self) -> u32 {
        self.0.max_size()
    }

    /// Waits for a connection, for a bounded time.
    pub(super) fn get(&self) -> Result<PooledConnection<ConnectionManager<Connection>>, PoolError> {
        self.0.get()
    }
}

/// Connections, with a thread for each of them that may block.
#[derive(Debug, Clone)]
pub(super) struct Workers {
    connections: Connections,
    threads: Threads,
}

impl Workers {
    pub(super) fn start(connections: Connections, patience: Duration) -> std::io::Result<Self> {
        Ok(Self { threads: Threads::start(connections.most(), patience)?, connections })
    }

    /// Does this on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connections) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connections = self.connections.clone();
        Ok(self.threads.run(move || work(&connections)).await?)
    }

    /// Reads. If a connection proves to be lost, another one is tried; and all of them may be lost.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run(move |connections| {
            for _ in 0..connections.most() {
                let mut connection = connections.get()?;
                let done = catching(&mut connection, &work);
                if done.is_ok() || is_there(&mut connection) {
                    return done;
                }
            }
            catching(&mut *connections.get()?, &work)
        })
        .await
    }
}

/// Whether the connection is still there. A pool gives up one that is not.
fn is_there(connection: &mut Connection) -> bool {
    let answers = connection.ping().is_ok();
    if !answers {
        // Diesel does not notice each time.
        give_up(connection);
    }
    answers
}

/// A store that reads on connections, and writes as its kind of database does it best.
#[derive(Debug)]
pub(crate) struct PooledStore {
    readers: Workers,
    writers: Writers,
    turns: Turns,
    patience: Duration,
}

impl PooledStore {
    pub(super) fn new(readers: Workers, writers: Writers, turns: Turns, patience: Duration) -> Self {
        Self { readers, writers, turns, patience }
    }

    /// Reads in one mailbox.
    fn read<T: Send + 'static>(
        &self,
        of: &Recipient,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> {
        // It is handed from future to future, and a filter is large.
        let work = Box::new(work);
        self.in_time(async { self.readers.read(during(self.turns.to_read(of).await?, work)).await })
    }

    /// Writes in one mailbox.
    fn write<T: Send + 'static>(
        &self,
        of: &Recipient,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> {
        let work = Box::new(work);
        self.in_time(async { self.writers.run(during(self.turns.to_write(of).await?, work)).await })
    }

    /// The answer; or, where it takes much too long, that there is none. A server that was stopped, or a network that
    /// swallows what is sent, says nothing at all, and a thread may wait for it for hours. What was asked may be done
    /// all the same.
    ///
    /// Waiting for a turn, a connection and a lock takes up to twice the patience. What is for many mailboxes may take as
    /// long as it takes.
    async fn in_time<T>(&self, answer: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let in_time = tokio::time::timeout(self.patience.saturating_mul(2), answer).await;
        in_time.unwrap_or_else(|_| Err(Failure::Silent.into()))
    }
}

/// The work, with a turn that lasts until the work is done, whether anybody still waits for it or not.
fn during<T>(
    turn: Turn,
    work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static {
    move |connection| {
        let _turn = &turn;
        work(connection)
    }
}

#[async_trait]
impl MessageStore for PooledStore {
    async fn insert(
        &self,
        of: &[Recipient],
        messages: Vec<CheckedMessage>,
        clock: &Clock,
    ) -> Result<Vec<MessageId>, StoreError> {
        let clock = clock.clone();
        if let [one] = of {
            let key = one.clone();
            return self.write(one, move |it| statements::insert(it, slice::from_ref(&key), &messages, &clock)).await;
        }
        let of = of.to_vec();
        self.writers.run(move |connection| statements::insert(connection, &of, &messages, &clock)).await
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page, StoreError> {
        let (key, filter, page) = (of.clone(), filter.clone(), page.clone());
        self.read(of, move |connection| statements::list(connection, &key, &filter, &page)).await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let (key, filter) = (of.clone(), filter.clone());
        self.read(of, move |connection| statements::summarize(connection, &key, &filter)).await
    }

    async fn mark_read(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, StoreError> {
        let (key, filter) = (of.clone(), filter.clone());
        self.write(of, move |connection| statements::mark_read(connection, &key, &filter, now)).await
    }

    async fn mark_unread(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let (key, filter) = (of.clone(), filter.clone());
        self.write(of, move |connection| statements::mark_unread(connection, &key, &filter)).await
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        let (key, filter) = (of.clone(), filter.clone());
        self.write(of, move |connection| statements::delete(connection, &key, &filter)).await
    }

    async fn change_tags(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &TagChange,
    ) -> Result<Vec<MessageId>, StoreError> {
        let (key, filter, change) = (of.clone(), filter.clone(), change.clone());
        self.write(of, move |connection| statements::change_tags(connection, &key, &filter, &change)).await
    }

    async fn claim(&self, from: &Recipient, to: &Recipient) -> Result<u64, StoreError> {
        let (from, into) = (from.clone(), to.clone());
        self.write(to, move |connection| statements::claim(connection, &from, &into)).await
    }

    async fn end_session(&self, session: &SessionId, before: Timestamp) -> Result<u64, StoreError> {
        let session = session.clone();
        self.writers.run(move |connection| statements::end_session(connection, &session, before)).await
    }

    async fn sweep(&self, expiry: &Expiry, from: Option<&SweepPosition>, at_most: u32) -> Result<Swept, StoreError> {
        let (expiry, from) = (*expiry, from.cloned());
        self.writers.run(move |connection| statements::sweep(connection, &expiry, from.as_ref(), at_most)).await
    }
}

#[async_trait]
impl MessageDirectory for PooledStore {
    async fn browse(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>, StoreError> {
        let (of, filter, page) = (of.clone(), filter.clone(), page.clone());
        self.readers.read(move |connection| directory::browse(connection, &of, &filter, &page)).await
    }

    async fn tally(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary, StoreError> {
        let (of, filter) = (of.clone(), filter.clone());
        self.readers.read(move |connection| directory::tally(connection, &of, &filter)).await
    }
}
