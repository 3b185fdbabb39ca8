//! Work that may block -> threads of its own, as many as there are connections to do it on.
//!
//! What they can't do yet waits in a queue and wakes nobody: whoever is done takes the next one. On the threads of Tokio,
//! each piece of work wakes one, which then waits for a connection.

use std::{
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use crate::error::Failure;

type Work = Box<dyn FnOnce() + Send>;

/// Threads that end once they are dropped, and all that they were given is done.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    queue: Arc<Open>,
    patience: Duration,
}

impl Threads {
    /// So many threads. What they could not begin within `patience` is given up.
    pub(crate) fn start(number: u32, patience: Duration) -> std::io::Result<Self> {
        let open = Open(Arc::default());
        for _ in 0..number {
            let queue = Arc::clone(&open.0);
            thread::Builder::new().name("messages".into()).spawn(move || queue.do_all())?;
        }
        Ok(Self { queue: Arc::new(open), patience })
    }

    /// Does this on one of them. What nobody waits for any more is not begun, and what was begun is done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, mut answered) = oneshot::channel();
        let is_taken = Arc::new(AtomicBool::new(false));
        let take = Arc::clone(&is_taken);
        let work = move || {
            if !answer.is_closed() && !take.swap(true, Ordering::Relaxed) {
                let _ = answer.send(work());
            }
        };
        self.queue.0.put(Box::new(work));
        let answered = match timeout(self.patience, &mut answered).await {
            Ok(answered) => answered,
            Err(_) if !is_taken.swap(true, Ordering::Relaxed) => return Err(Failure::Busy),
            Err(_) => answered.await,
        };
        answered.unwrap_or(Err(Failure::Unanswered))
    }
}

/// A queue that more may be put into. Dropping it lets the threads end.
#[derive(Debug)]
struct Open(Arc<Queue>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.lock().is_over = true;
        self.0.has_more.notify_all();
    }
}

/// What waits for a thread.
#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    has_more: Condvar,
}

#[derive(Default)]
struct Waiting {
    work: VecDeque<Work>,
    /// How many threads have nothing to do. To wake somebody is a call of the kernel, also where nobody sleeps.
    idle: usize,
    is_over: bool,
}

impl Queue {
    fn put(&self, work: Work) {
        let mut waiting = self.lock();
        waiting.work.push_back(work);
        let somebody_sleeps = waiting.idle > 0;
        drop(waiting);
        if somebody_sleeps {
            self.has_more.notify_one();
        }
    }

    fn do_all(&self) {
        while let Some(work) = self.next() {
            // A panic is answered by dropping the work; what comes later is none of its business.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    }

    /// Waits for the next piece of work. `None` once there will be no more.
    fn next(&self) -> Option<Work> {
        let mut waiting = self.lock();
        loop {
            let next = waiting.work.pop_front();
            if next.is_some() || waiting.is_over {
                return next;
            }
            waiting.idle += 1;
            waiting = self.has_more.wait(waiting).unwrap_or_else(PoisonError::into_inner);
            waiting.idle -= 1;
        }
    }

    /// Nobody panics while holding it.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("waiting", &self.lock().work.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::runtime::Builder;

    use super::*;

    fn wait<T>(work: impl Future<Output = T>) -> T {
        Builder::new_current_thread().enable_time().build().unwrap().block_on(work)
    }

    /// Says what became of work while the only thread is busy, and whether it was begun by the time that another one was done.
    fn while_busy<T: Send>(patience: Duration, ask: &impl AsyncFn(&Threads, Arc<AtomicBool>) -> T) -> (T, bool) {
        let threads = Threads::start(1, patience).unwrap();
        let ((begin, begun), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
        let is_begun = Arc::new(AtomicBool::new(false));
        let answer = thread::scope(|scope| {
            let busy = || {
                wait(threads.run(move || {
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
        // It is behind whatever was put there.
        wait(threads.run(|| Ok(()))).unwrap();
        (answer, is_begun.load(Ordering::SeqCst))
    }

    /// Work that notes that it is begun.
    fn noting(is_begun: Arc<AtomicBool>) -> impl FnOnce() -> Result<(), Failure> + Send {
        move || {
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
        let threads = Threads::start(1, Duration::from_millis(20)).unwrap();
        let long = threads.run(|| {
            thread::sleep(Duration::from_millis(100));
            Ok("done")
        });
        assert_eq!(wait(long).unwrap(), "done");
    }

    #[test]
    fn threads_end_with_what_they_were_given() {
        let threads = Threads::start(2, Duration::from_secs(60)).unwrap();
        let queue = Arc::downgrade(&threads.queue.0);
        wait(threads.clone().run(|| Ok(()))).unwrap();
        drop(threads);
        while queue.strong_count() > 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn what_panics_is_not_answered_and_the_next_is_done() {
        let threads = Threads::start(1, Duration::from_secs(60)).unwrap();
        let panics = wait(threads.run(|| -> Result<(), Failure> { panic!("as it is meant to") }));
        assert!(matches!(panics, Err(Failure::Unanswered)), "{panics:?}");
        assert_eq!(wait(threads.run(|| Ok(1))).unwrap(), 1);
    }
}
