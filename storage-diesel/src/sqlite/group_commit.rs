//! Commits concurrent writes together in one transaction (group commit).
//!
//! A durable commit waits for the disk. This takes as long for many writes as for one. Therefore, one thread runs all
//! writes, and the writes that arrive during a commit form the next transaction. A write is answered only after its
//! commit.

use std::{
    mem,
    panic::{AssertUnwindSafe, catch_unwind},
    slice,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use actix_messages::store::StoreError;
use diesel::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::transaction::in_write_transaction;
use crate::{
    database::WriteQueue,
    error::{Failure, GroupFailure},
    threads::{Connections, Failed, catch_panics},
};

/// The maximum number of writes in one transaction, so that the first of them does not wait too long.
const MOST: usize = 256;

/// A queue of writes, and the thread that runs them. Dropping the queue waits until all writes are done.
#[derive(Debug)]
pub(crate) struct GroupCommit {
    waiting: Option<mpsc::Sender<Box<dyn PendingWrite>>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl GroupCommit {
    /// Starts a thread that writes on these connections. A write that has waited longer than `wait_timeout` fails
    /// without being run.
    pub(super) fn start(connections: Connections<SqliteConnection>, wait_timeout: Duration) -> std::io::Result<Self> {
        let (sender, waiting) = mpsc::channel();
        let write = move || write_all(&waiting, &connections, wait_timeout);
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
        // If the thread has ended, the task is dropped together with the sender of `answered`.
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

/// A write that waits to be run, and then for the commit.
trait PendingWrite: Send {
    fn since(&self) -> Instant;
    /// Runs the work and stores the result.
    fn try_on(&mut self, connection: &mut SqliteConnection) -> Result<(), Failure>;
    /// Answers with the stored result, after the commit.
    fn is_committed(self: Box<Self>);
    /// Answers with the failure. Nothing was written.
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

    // If the caller is gone, the write stays committed.

    fn is_committed(self: Box<Self>) {
        let _ = self.answer.send(self.done.ok_or(Failure::Unanswered));
    }

    fn has_failed(self: Box<Self>, failure: Failure) {
        let _ = self.answer.send(Err(failure));
    }
}

/// Runs the writes of the queue until the store is dropped.
fn write_all(
    waiting: &mpsc::Receiver<Box<dyn PendingWrite>>,
    connections: &Connections<SqliteConnection>,
    wait_timeout: Duration,
) {
    while let Ok(first) = waiting.recv() {
        let writes = [first].into_iter().chain(waiting.try_iter().take(MOST - 1));
        let (writes, late): (Vec<_>, Vec<_>) = writes.partition(|write| write.since().elapsed() <= wait_timeout);
        late.into_iter().for_each(|write| write.has_failed(GroupFailure::WriteTimeout.into()));
        // A panic drops the writes, which answers their callers. Later writes are not affected.
        let _ = catch_unwind(AssertUnwindSafe(|| write_together(writes, connections)));
    }
}

/// Commits these writes together on a connection, or fails them if no connection is available.
fn write_together(mut writes: Vec<Box<dyn PendingWrite>>, connections: &Connections<SqliteConnection>) {
    if let Err(failure) = connections.with(|connection| commit_or_split(connection, mem::take(&mut writes))) {
        fail_all(writes, failure);
    }
}

/// Commits these writes together. If one of them fails, all are rolled back, and each is then committed separately.
fn commit_or_split(connection: &mut SqliteConnection, mut writes: Vec<Box<dyn PendingWrite>>) {
    match commit(connection, &mut writes) {
        Ok(()) => writes.into_iter().for_each(PendingWrite::is_committed),
        Err(Failed { has_begun: true, .. }) if writes.len() > 1 => {
            let mut rest = writes.into_iter();
            while let Some(mut write) = rest.next() {
                match commit(connection, slice::from_mut(&mut write)) {
                    Ok(()) => write.is_committed(),
                    Err(Failed { failure, has_begun: true }) => write.has_failed(failure),
                    // Another process holds the lock. Each further write would wait for it, and fail too.
                    Err(Failed { failure, .. }) => return fail_all([write].into_iter().chain(rest), failure),
                }
            }
        }
        Err(Failed { failure, .. }) => fail_all(writes, failure),
    }
}

/// Commits these writes in one transaction.
fn commit(connection: &mut SqliteConnection, writes: &mut [Box<dyn PendingWrite>]) -> Result<(), Failed> {
    let mut has_begun = false;
    let done = in_write_transaction(connection, |connection| {
        has_begun = true;
        writes.iter_mut().try_for_each(|write| write.try_on(connection))
    });
    done.map_err(|failure| Failed { failure, has_begun })
}

fn fail_all(writes: impl IntoIterator<Item = Box<dyn PendingWrite>>, failure: Failure) {
    let failure = Arc::new(failure);
    writes.into_iter().for_each(|write| write.has_failed(GroupFailure::CommitFailed(Arc::clone(&failure)).into()));
}
