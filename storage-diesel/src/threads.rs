//! Work that may block -> threads of its own, as many as there are connections to do it on.
//!
//! What they can't do yet waits in a queue and wakes nobody: whoever is done takes the next one. On the threads of Tokio,
//! each piece of work wakes one, which then waits for a connection.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, unbounded};
use tokio::{sync::oneshot, time::timeout};

use crate::error::Failure;

type Work = Box<dyn FnOnce() + Send>;

/// Threads that end once they are dropped, and all that they were given is done.
#[derive(Debug, Clone)]
pub(crate) struct Threads {
    waiting: Sender<Work>,
    patience: Duration,
}

impl Threads {
    /// So many threads. What they could not begin within `patience` is given up.
    pub(crate) fn start(number: u32, patience: Duration) -> std::io::Result<Self> {
        let (waiting, given) = unbounded();
        for _ in 0..number {
            let given = given.clone();
            thread::Builder::new().name("messages".into()).spawn(move || do_all(&given))?;
        }
        Ok(Self { waiting, patience })
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
        // Where no thread is left, the work is dropped, and with it the other end of `answered`.
        let _ = self.waiting.send(Box::new(work));
        let answered = match timeout(self.patience, &mut answered).await {
            Ok(answered) => answered,
            Err(_) if !is_taken.swap(true, Ordering::Relaxed) => return Err(Failure::Busy),
            Err(_) => answered.await,
        };
        answered.unwrap_or(Err(Failure::Unanswered))
    }
}

fn do_all(given: &Receiver<Work>) {
    for work in given {
        // A panic is answered by dropping the work; what comes later is none of its business.
        let _ = catch_unwind(AssertUnwindSafe(work));
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
    fn while_busy<T: Send>(patience: Duration, ask: impl AsyncFn(&Threads, Arc<AtomicBool>) -> T) -> (T, bool) {
        let threads = Threads::start(1, patience).unwrap();
        let ((begin, begun), (end, ended)) = (mpsc::channel(), mpsc::channel::<()>());
        let is_begun = Arc::new(AtomicBool::new(false));
        let answer = thread::scope(|scope| {
            let busy = || {
                wait(threads.run(move || {
                    begin.send(()).unwrap();
                    Ok(ended.recv().unwrap())
                }))
            };
            let busy = scope.spawn(busy);
            begun.recv().unwrap();
            let answer = wait(ask(&threads, is_begun.clone()));
            end.send(()).unwrap();
            busy.join().unwrap().unwrap();
            answer
        });
        wait(threads.run(|| Ok(()))).unwrap();
        (answer, is_begun.load(Ordering::SeqCst))
    }

    #[test]
    fn what_could_not_begin_in_time_is_never_begun() {
        let (answer, is_begun) = while_busy(Duration::from_millis(50), async |threads, is_begun| {
            threads.run(move || Ok(is_begun.store(true, Ordering::SeqCst))).await
        });
        assert!(matches!(answer, Err(Failure::Busy)), "{answer:?}");
        assert!(!is_begun);
    }

    #[test]
    fn what_nobody_waits_for_is_not_begun() {
        let (answer, is_begun) = while_busy(Duration::from_secs(60), async |threads, is_begun| {
            timeout(Duration::from_millis(50), threads.run(move || Ok(is_begun.store(true, Ordering::SeqCst)))).await
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
    fn what_panics_is_not_answered_and_the_next_is_done() {
        let threads = Threads::start(1, Duration::from_secs(60)).unwrap();
        let panics = wait(threads.run(|| -> Result<(), Failure> { panic!("as it is meant to") }));
        assert!(matches!(panics, Err(Failure::Unanswered)), "{panics:?}");
        assert_eq!(wait(threads.run(|| Ok(1))).unwrap(), 1);
    }
}
