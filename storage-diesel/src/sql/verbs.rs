//! Implements the store: runs the statements of each method on a thread that may block.

use std::{sync::Arc, time::Duration};

use actix_messages::{
    Clock, Message, MessageFilter, MessageId, MessageStore, Page, PageRequest, Recipient, SessionId, Summary,
    Timestamp,
    filter::Condition,
    live::ChangeFeed,
    store::{
        Change, Inserted, Insertion, Kept, Mailboxes, Mark, MessageDirectory, Move, Moved, Outcome, Result,
        RetentionCutoff, SessionEnd, SweepPosition, SweepStep,
    },
};
use async_trait::async_trait;

use super::{
    Connection, ThisDatabase, changes, directory,
    due::{self, NamedRows},
    insert, list, marks, sweep, transfer,
};
use crate::{
    database::{Database, WriteQueue},
    error::Failure,
    options::lock_timeout,
    threads::{Turn, Turns, Workers},
};

type Writes = <ThisDatabase as Database>::Writes;

/// A store that reads on threads, and writes through the [`WriteQueue`] of its database.
#[derive(Debug)]
pub(crate) struct Store {
    reads: Arc<Workers<Connection>>,
    writes: Writes,
    turns: Turns,
    wait_timeout: Duration,
    feed: ChangeFeed,
    unreadable: NamedRows,
}

impl Store {
    pub(crate) fn new(reads: Arc<Workers<Connection>>, writes: Writes, turns: Turns, wait_timeout: Duration) -> Self {
        let (feed, unreadable) = (ChangeFeed::default(), NamedRows::default());
        Self { reads, writes, turns, wait_timeout, feed, unreadable }
    }

    /// Reads in one mailbox.
    fn read<T: Send + 'static>(
        &self,
        of: &Recipient,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        // Box the work, since it moves from future to future, and a filter is large.
        let work = Box::new(work);
        self.with_timeout(async { self.reads.read(hold_turn(self.turns.to_read(of).await?, work)).await })
    }

    /// Reads the messages of one mailbox that match the filter.
    fn find<T: Send + 'static>(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let work = Box::new(work);
        let is_search = filter.conditions().any(|condition| matches!(condition, Condition::Text(_)));
        self.with_timeout(async move {
            let turn = if is_search { self.turns.to_search(Some(of)).await } else { self.turns.to_read(of).await };
            self.reads.read(hold_turn(turn?, work)).await
        })
    }

    /// Reads in all mailboxes.
    async fn read_across<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.reads.read(hold_turn(self.turns.to_search(None).await?, work)).await
    }

    /// Writes in one mailbox.
    fn write<T: Send + 'static>(
        &self,
        of: &Recipient,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let work = Box::new(work);
        self.with_timeout(async { self.writes.run(hold_turn(self.turns.to_write(of).await?, work)).await })
    }

    /// Writes in one mailbox with a single statement.
    fn write_statement<T: Send + 'static>(
        &self,
        of: &Recipient,
        work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
    ) -> impl Future<Output = Result<T>> {
        let work = Box::new(work);
        self.with_timeout(async { self.writes.run_statement(hold_turn(self.turns.to_write(of).await?, work)).await })
    }

    /// Waits for the answer for up to twice `wait_timeout`, including the waits for a turn, a connection and a lock. If
    /// the server was stopped or the network loses packets, a thread could otherwise wait for hours. After the timeout,
    /// the work may still complete.
    ///
    /// Work on several mailboxes has no such limit.
    async fn with_timeout<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let answer = tokio::time::timeout(self.wait_timeout.saturating_mul(2), answer).await;
        answer.unwrap_or_else(|_| Err(Failure::TimedOut.into()))
    }
}

/// Attaches the turn to the work, so that the turn ends with the work, even if the caller is gone.
fn hold_turn<T>(
    turn: Turn,
    work: impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static,
) -> impl Fn(&mut Connection) -> Result<T, Failure> + Send + 'static {
    move |connection| {
        let _turn = &turn;
        work(connection)
    }
}

#[async_trait]
impl MessageStore for Store {
    async fn insert(&self, insertion: Insertion, clock: &Clock) -> Result<Vec<Vec<Inserted>>> {
        let clock = clock.clone();
        match (&insertion.recipients[..], &insertion.messages[..]) {
            ([one], [_]) if !insertion.is_conditional() => {
                let (one, lock_timeout) = (one.clone(), lock_timeout(self.wait_timeout));
                let insert = move |connection: &mut Connection| {
                    let message = &insertion.messages[0];
                    ThisDatabase::insert_one(connection, &insertion.recipients[0], message, &clock, lock_timeout)
                };
                Ok(vec![vec![Inserted::new(self.write_statement(&one, insert).await?, Outcome::New)]])
            }
            ([one], _) => {
                let one = one.clone();
                self.write(&one, move |connection| insert::insert(connection, &insertion, &clock)).await
            }
            _ => self.writes.run(move |connection| insert::insert(connection, &insertion, &clock)).await,
        }
    }

    async fn list(&self, of: &Recipient, filter: &MessageFilter, page: &PageRequest) -> Result<Page> {
        let (key, found, page) = (of.clone(), filter.clone(), page.clone());
        self.find(of, filter, move |connection| list::list(connection, &key, &found, &page)).await
    }

    async fn summarize(&self, of: &Recipient, filter: &MessageFilter) -> Result<Summary> {
        let (key, found) = (of.clone(), filter.clone());
        self.find(of, filter, move |connection| list::summarize(connection, &key, &found)).await
    }

    async fn change(
        &self,
        of: &Recipient,
        filter: &MessageFilter,
        change: &Change,
        now: Timestamp,
    ) -> Result<Vec<MessageId>> {
        let (key, filter, change) = (of.clone(), filter.clone(), change.clone());
        self.write(of, move |connection| changes::change(connection, &key, &filter, &change, now)).await
    }

    async fn delete(&self, of: &Recipient, filter: &MessageFilter) -> Result<Vec<MessageId>> {
        let (key, filter) = (of.clone(), filter.clone());
        self.write(of, move |connection| changes::delete(connection, &key, &filter)).await
    }

    async fn transfer(&self, from: &Recipient, to: &Recipient, what: &Move, clock: &Clock) -> Result<Vec<Moved>> {
        let (from, into, what, clock) = (from.clone(), to.clone(), what.clone(), clock.clone());
        self.write(to, move |connection| transfer::transfer(connection, &from, &into, &what, &clock)).await
    }

    async fn due(&self, now: Timestamp, at_most: u32) -> Result<Vec<(Recipient, Message)>> {
        let unreadable = self.unreadable.clone();
        self.reads.read(move |connection| due::due(connection, now, at_most, &unreadable)).await
    }

    async fn advance(&self, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Result<Option<MessageId>> {
        let (key, mark) = (of.clone(), mark.clone());
        let advance = move |connection: &mut Connection| marks::advance(connection, &key, &mark, to);
        match to {
            None => self.read(of, advance).await,
            Some(_) => self.write(of, advance).await,
        }
    }

    async fn erase(&self, of: &Recipient) -> Result<u64> {
        let key = of.clone();
        self.write(of, move |connection| changes::erase(connection, &key)).await
    }

    async fn end_session(&self, session: &SessionId, kept: &Kept) -> Result<SessionEnd> {
        let (session, kept) = (session.clone(), kept.clone());
        self.writes.run(move |connection| sweep::end_session(connection, &session, &kept)).await
    }

    async fn sweep(&self, cutoff: &RetentionCutoff, from: Option<&SweepPosition>, at_most: u32) -> Result<SweepStep> {
        let (cutoff, from) = (*cutoff, from.cloned());
        self.writes.run(move |connection| sweep::sweep(connection, &cutoff, from.as_ref(), at_most)).await
    }

    fn feed(&self) -> Option<ChangeFeed> {
        Some(self.feed.clone())
    }
}

#[async_trait]
impl MessageDirectory for Store {
    async fn list_across(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>> {
        let (of, filter, page) = (of.clone(), filter.clone(), page.clone());
        self.read_across(move |connection| directory::list_across(connection, &of, &filter, &page)).await
    }

    async fn summarize_across(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary> {
        let (of, filter) = (of.clone(), filter.clone());
        self.read_across(move |connection| directory::summarize_across(connection, &of, &filter)).await
    }
}
