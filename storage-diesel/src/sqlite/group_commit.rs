//! Writes that wait at the same moment -> one transaction, whose commit they share.
//!
//! A durable commit waits for the disk, which takes as long for many writes as for one. So writes are handed to one
//! thread, and while it commits, those that come in meanwhile wait and are the next transaction. A write is answered
//! once it is committed, never before.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use actix_messages::StoreError;
use diesel::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::Sqlite;
use crate::{
    database::{Database, WriteQueue},
    error::{Failure, GroupFailure},
    threads::{Connections, catch_panics},
};

/// The most writes of one transaction, so that the first of them does not wait for ever.
const MOST: usize = 256;

/// Where writes are handed in. Dropping it waits for those that were.
#[derive(Debug)]
pub(crate) struct GroupCommit {
    waiting: Option<mpsc::Sender<Box<dyn PendingWrite>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl GroupCommit {
    /// Starts a thread that writes on a connection of these. A write that waited longer than `patience` is not begun.
    pub(super) fn start(connections: Connections<SqliteConnection>, patience: Duration) -> std::io::Result<Self> {
        let (sender, waiting) = mpsc::channel();
        let write = move || write_all(&waiting, &connections, patience);
        let thread = thread::Builder::new().name("messages-writer".into()).spawn(write)?;
        Ok(Self { waiting: Some(sender), thread: Some(thread) })
    }
}

impl WriteQueue<SqliteConnection> for GroupCommit {
    async fn run<T: Send + 'static>(
        &self,
        work: impl Fn(&mut SqliteConnection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (answer, answered) = oneshot::channel();
        let task = Task { work, done: None, answer, since: Instant::now() };
        // If the thread is gone, the task is dropped, and with it the other end of `answered`.
        let _ = self.waiting.as_ref().map(|waiting| waiting.send(Box::new(task)));
        Ok(answered.await.unwrap_or(Err(Failure::Unanswered))?)
    }
}

impl Drop for GroupCommit {
    fn drop(&mut self) {
        drop(self.waiting.take());
        let _ = self.thread.take().map(thread::JoinHandle::join);
    }
}

/// A write that waits for its turn, and then for the commit.
trait PendingWrite: Send {
    fn since(&self) -> Instant;
    /// Does the work, and keeps what came of it.
    fn try_on(&mut self, connection: &mut SqliteConnection) -> Result<(), Failure>;
    /// Answers with what came of the work, now that it is committed.
    fn is_committed(self: Box<Self>);
    /// Answers that nothing was done.
    fn has_failed(self: Box<Self>, failure: Failure);
}

struct Task<T, Work> {
    work: Work,
    done: Option<T>,
    answer: oneshot::Sender<Result<T, Failure>>,
    since: Instant,
}

impl<T, Work> PendingWrite for Task<T, Work>
where
    T: Send,
    Work: Fn(&mut SqliteConnection) -> Result<T, Failure> + Send,
{
    fn since(&self) -> Instant {
        self.since
    }

    fn try_on(&mut self, connection: &mut SqliteConnection) -> Result<(), Failure> {
        self.done = Some(catch_panics(connection, &self.work)?);
        Ok(())
    }

    // Whoever asked may have gone; what was written stays written.

    fn is_committed(self: Box<Self>) {
        let _ = self.answer.send(self.done.ok_or(Failure::Unanswered));
    }

    fn has_failed(self: Box<Self>, failure: Failure) {
        let _ = self.answer.send(Err(failure));
    }
}

/// Writes whatever is handed in, until nobody is left to hand in more.
fn write_all(
    waiting: &mpsc::Receiver<Box<dyn PendingWrite>>,
    connections: &Connections<SqliteConnection>,
    patience: Duration,
) {
    while let Ok(first) = waiting.recv() {
        let writes = [first].into_iter().chain(waiting.try_iter().take(MOST - 1));
        let (writes, late): (Vec<_>, Vec<_>) = writes.partition(|write| write.since().elapsed() <= patience);
        late.into_iter().for_each(|write| write.has_failed(GroupFailure::Late.into()));
        // A panic is answered by dropping the writes; those that come later are none of its business.
        let _ = catch_unwind(AssertUnwindSafe(|| write_together(writes, connections)));
    }
}

/// Commits these together. Where one of them fails, nothing of them is kept, and each gets a transaction of its own.
fn write_together(mut writes: Vec<Box<dyn PendingWrite>>, connections: &Connections<SqliteConnection>) {
    let mut connection = match connections.get() {
        Ok(connection) => connection,
        Err(error) => return fail_all(writes, Failure::from(error)),
    };
    match commit(&mut connection, &mut writes) {
        Ok(()) => writes.into_iter().for_each(PendingWrite::is_committed),
        Err(Outcome { has_begun: true, .. }) if writes.len() > 1 => {
            let mut rest = writes.into_iter();
            while let Some(mut write) = rest.next() {
                match commit(&mut connection, std::slice::from_mut(&mut write)) {
                    Ok(()) => write.is_committed(),
                    Err(Outcome { failure, has_begun: true }) => write.has_failed(failure),
                    // The lock is with somebody else: each of them would wait for it in vain.
                    Err(Outcome { failure, .. }) => return fail_all([write].into_iter().chain(rest), failure),
                }
            }
        }
        Err(Outcome { failure, .. }) => fail_all(writes, failure),
    }
}

/// How a transaction failed.
struct Outcome {
    failure: Failure,
    /// Whether it came to the first write.
    has_begun: bool,
}

fn commit(connection: &mut SqliteConnection, writes: &mut [Box<dyn PendingWrite>]) -> Result<(), Outcome> {
    let mut has_begun = false;
    let done = Sqlite::in_exclusive_transaction(connection, |connection| {
        has_begun = true;
        writes.iter_mut().try_for_each(|write| write.try_on(connection))
    });
    done.map_err(|failure| Outcome { failure, has_begun })
}

fn fail_all(writes: impl IntoIterator<Item = Box<dyn PendingWrite>>, failure: Failure) {
    let failure = Arc::new(failure);
    writes.into_iter().for_each(|write| write.has_failed(GroupFailure::OfAll(Arc::clone(&failure)).into()));
}
