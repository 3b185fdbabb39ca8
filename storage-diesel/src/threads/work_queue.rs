//! Runs blocking work from a queue on threads, each with a connection.
//!
//! While all threads are busy, new work waits in the queue and wakes no thread: a thread that finishes takes the next
//! piece. On Tokio's blocking threads, each piece of work would wake a thread that then waits for a connection.
//!
//! Threads are woken one at a time. While a thread is waking, new work wakes no second thread. The first thread takes
//! its work, and wakes the next thread if more work is waiting. So usually only one or two threads run.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, Thread},
    time::{Duration, Instant},
};

use tokio::{sync::oneshot, time::timeout};

use crate::error::Failure;

/// A thread that was idle for this long releases its resources.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// A resource that a thread keeps between pieces of work.
pub(super) trait Kept: Send + 'static {
    /// Releases what an idle thread does not need.
    fn release_idle(&self);
}

type Work<K> = Box<dyn FnOnce(&K) + Send>;

/// Threads that end once this is dropped and the queue is empty.
pub(super) struct Threads<K> {
    queue: Arc<Queue<K>>,
    wait_timeout: Duration,
}

impl<K: Kept> Threads<K> {
    /// Starts a thread for each resource. Work that no thread begins within `wait_timeout` fails, and is never begun.
    pub(super) fn start(kept: impl IntoIterator<Item = K>, wait_timeout: Duration) -> std::io::Result<Self> {
        let threads = Self { queue: Arc::default(), wait_timeout };
        for kept in kept {
            let queue = Arc::clone(&threads.queue);
            thread::Builder::new().name("messages".into()).spawn(move || queue.run_all(&kept))?;
        }
        Ok(threads)
    }

    /// Runs this work on one of the threads. If the caller drops the future, work that has not begun is skipped, and
    /// work that has begun is finished.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&K) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, mut answered) = oneshot::channel();
        let is_taken = Arc::new(AtomicBool::new(false));
        let take = Arc::clone(&is_taken);
        let work = move |kept: &K| {
            if !answer.is_closed() && !take.swap(true, Ordering::Relaxed) {
                let _ = answer.send(work(kept));
            }
        };
        self.queue.put(Box::new(work));
        let answered = match timeout(self.wait_timeout, &mut answered).await {
            Ok(answered) => answered,
            Err(_) if !is_taken.swap(true, Ordering::Relaxed) => return Err(Failure::Busy),
            Err(_) => answered.await,
        };
        answered.unwrap_or(Err(Failure::Unanswered))
    }
}

impl<K> Drop for Threads<K> {
    fn drop(&mut self) {
        let mut waiting = self.queue.lock();
        waiting.is_over = true;
        waiting.idle.drain(..).for_each(|thread| thread.unpark());
    }
}

impl<K> fmt::Debug for Threads<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Threads").field("waiting", &self.queue.lock().work.len()).finish_non_exhaustive()
    }
}

/// Work that waits for a thread, and threads that wait for work.
struct Queue<K>(Mutex<Waiting<K>>);

struct Waiting<K> {
    work: VecDeque<Work<K>>,
    /// A stack: the thread that was last busy is woken first. Its connection has warm caches, and the connections of
    /// other threads may be closed.
    idle: Vec<Thread>,
    /// Whether a thread was woken but has not looked for work yet.
    is_waking: bool,
    is_over: bool,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self(Mutex::new(Waiting { work: VecDeque::new(), idle: Vec::new(), is_waking: false, is_over: false }))
    }
}

impl<K> Queue<K> {
    fn put(&self, work: Work<K>) {
        let mut waiting = self.lock();
        waiting.work.push_back(work);
        wake_one(waiting);
    }

    /// Ignores poisoning, since no thread panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Waiting<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Kept> Queue<K> {
    fn run_all(&self, kept: &K) {
        while let Some(work) = self.next(kept) {
            // A panic drops the work, which answers its caller. Later work is not affected.
            let _ = catch_unwind(AssertUnwindSafe(|| work(kept)));
        }
    }

    /// Waits for the next piece of work. Returns `None` when the queue is closed and empty.
    fn next(&self, kept: &K) -> Option<Work<K>> {
        let this_thread = thread::current();
        let mut waiting = self.lock();
        loop {
            let next = waiting.work.pop_front();
            if next.is_some() || waiting.is_over {
                wake_one(waiting);
                return next;
            }
            waiting.idle.push(this_thread.clone());
            drop(waiting);
            let start = Instant::now();
            thread::park_timeout(IDLE);
            waiting = self.lock();
            // A thread that woke up for another reason is still in the list.
            match waiting.idle.iter().position(|idle| idle.id() == this_thread.id()) {
                Some(place) => drop(waiting.idle.remove(place)),
                None => waiting.is_waking = false,
            }
            if start.elapsed() >= IDLE && waiting.work.is_empty() {
                drop(waiting);
                kept.release_idle();
                waiting = self.lock();
            }
        }
    }
}

/// Wakes a thread if work is waiting and no other thread is waking.
fn wake_one<K>(mut waiting: MutexGuard<'_, Waiting<K>>) {
    if waiting.is_waking || waiting.work.is_empty() {
        return;
    }
    let sleeper = waiting.idle.pop();
    waiting.is_waking = sleeper.is_some();
    drop(waiting);
    if let Some(sleeper) = sleeper {
        sleeper.unpark();
    }
}

#[cfg(test)]
mod tests {
    use std::{
        iter,
        sync::{Barrier, mpsc},
    };

    use tokio::runtime::Builder;

    use super::*;

    impl Kept for () {
        fn release_idle(&self) {}
    }

    fn wait<T>(work: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    /// Returns the answer to work that is queued while the only thread is busy, and whether that work has begun.
    fn while_busy<T: Send>(
        wait_timeout: Duration,
        ask: &impl AsyncFn(&Threads<()>, Arc<AtomicBool>) -> T,
    ) -> (T, bool) {
        let threads = Threads::start([()], wait_timeout).unwrap();
        let ((begin, begun), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
        let is_begun = Arc::new(AtomicBool::new(false));
        let answer = thread::scope(|scope| {
            let busy = || {
                wait(threads.run(move |()| {
                    begin.send(()).unwrap();
                    ended.recv().unwrap();
                    Ok(())
                }))
            };
            let busy = scope.spawn(busy);
            begun.recv().unwrap();
            let answer = wait(ask(&threads, is_begun.clone()));
            end.send(()).unwrap();
            busy.join().unwrap().unwrap();
            answer
        });
        // This runs after all earlier work in the queue.
        wait(threads.run(|()| Ok(()))).unwrap();
        (answer, is_begun.load(Ordering::SeqCst))
    }

    /// Returns work that records that it has begun.
    fn noting(is_begun: Arc<AtomicBool>) -> impl FnOnce(&()) -> Result<(), Failure> + Send {
        move |()| {
            is_begun.store(true, Ordering::SeqCst);
            Ok(())
        }
    }

    #[test]
    fn what_could_not_begin_in_time_is_never_begun() {
        let (answer, is_begun) =
            while_busy(Duration::from_millis(50), &async |threads, is_begun| threads.run(noting(is_begun)).await);
        assert!(matches!(answer, Err(Failure::Busy)), "{answer:?}");
        assert!(!is_begun);
    }

    #[test]
    fn what_nobody_waits_for_is_not_begun() {
        let (answer, is_begun) = while_busy(Duration::from_secs(60), &async |threads, is_begun| {
            timeout(Duration::from_millis(50), threads.run(noting(is_begun))).await
        });
        assert!(answer.is_err() && !is_begun);
    }

    #[test]
    fn what_was_begun_is_waited_for_beyond_patience() {
        let threads = Threads::start([()], Duration::from_millis(20)).unwrap();
        let long = threads.run(|()| {
            thread::sleep(Duration::from_millis(100));
            Ok("done")
        });
        assert_eq!(wait(long).unwrap(), "done");
    }

    #[test]
    fn threads_end_with_what_they_were_given() {
        let threads = Threads::start([(), ()], Duration::from_secs(60)).unwrap();
        let queue = Arc::downgrade(&threads.queue);
        wait(threads.run(|()| Ok(()))).unwrap();
        drop(threads);
        while queue.strong_count() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn the_thread_that_was_last_at_work_is_the_next_one() {
        struct Number(u32);
        impl Kept for Number {
            fn release_idle(&self) {}
        }
        let threads = Threads::start([Number(1), Number(2)], Duration::from_secs(60)).unwrap();
        let idle = || {
            while threads.queue.lock().idle.len() < 2 {
                thread::yield_now();
            }
        };
        let numbers = [(); 10].map(|()| {
            idle();
            wait(threads.run(|Number(number)| Ok(*number))).unwrap()
        });
        assert!(numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
    }

    #[test]
    fn every_idle_thread_is_woken_if_there_is_work_for_all() {
        const THREADS: usize = 4;
        let threads = Threads::start([(); THREADS], Duration::from_secs(60)).unwrap();
        for _ in 0..100 {
            // Each piece of work ends only after all have begun.
            let all = Arc::new(Barrier::new(THREADS));
            thread::scope(|scope| {
                for all in iter::repeat_n(&all, THREADS).map(Arc::clone) {
                    scope.spawn(|| wait(threads.run(move |()| Ok(all.wait().is_leader()))).unwrap());
                }
            });
        }
    }

    #[test]
    fn what_panics_is_not_answered_and_the_next_is_done() {
        let threads = Threads::start([()], Duration::from_secs(60)).unwrap();
        let panics = wait(threads.run(|()| -> Result<(), Failure> { panic!("on purpose") }));
        assert!(matches!(panics, Err(Failure::Unanswered)), "{panics:?}");
        assert_eq!(wait(threads.run(|()| Ok(1))).unwrap(), 1);
    }
}
