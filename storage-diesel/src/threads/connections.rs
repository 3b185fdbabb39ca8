//! Runs work on a live connection, either of the thread or of the application's pool.

use std::{
    iter,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::sleep,
    time::{Duration, Instant},
};

use diesel::{
    ConnectionResult,
    r2d2::{ConnectionManager, Pool, R2D2Connection},
};

use super::catch_panics::close_after_use;
use crate::error::Failure;

/// The pause between two attempts to connect.
const PAUSE: Duration = Duration::from_millis(100);

/// The connections that a thread may use.
pub(crate) enum Connections<C: R2D2Connection + 'static> {
    /// A connection of the thread.
    Own(Arc<OwnConnection<C>>),
    /// A pool of the application.
    Pool(Pool<ConnectionManager<C>>),
}

/// A connection that is opened when it is first needed, and reopened after it is lost.
pub(crate) struct OwnConnection<C> {
    connect: Box<dyn Fn() -> ConnectionResult<C> + Send + Sync>,
    wait_timeout: Duration,
    lifetime: Option<Duration>,
    connected: Mutex<Option<Connected<C>>>,
}

struct Connected<C> {
    connection: C,
    since: Instant,
    used: Instant,
}

/// A failure of work on a connection.
pub(crate) struct Failed {
    pub(crate) failure: Failure,
    /// Whether the transaction of the work had begun. Before that, the work may be retried on another connection.
    pub(crate) has_begun: bool,
}

impl<C: R2D2Connection + 'static> Connections<C> {
    /// Returns a connection of the thread. It tries to connect for at most `wait_timeout`. With a `lifetime`, it is
    /// closed after that time, or earlier if the thread is idle for long.
    pub(crate) fn own(
        connect: impl Fn() -> ConnectionResult<C> + Send + Sync + 'static,
        wait_timeout: Duration,
        lifetime: Option<Duration>,
    ) -> Self {
        let connect = Box::new(connect);
        Self::Own(Arc::new(OwnConnection { connect, wait_timeout, lifetime, connected: Mutex::new(None) }))
    }

    /// Returns the pool once for each of its connections, so that each gets a thread.
    pub(crate) fn of_pool(pool: Pool<ConnectionManager<C>>) -> Vec<Self> {
        let number = pool.max_size() as usize;
        iter::repeat_n(pool, number).map(Self::Pool).collect()
    }

    /// Runs this work on a connection. If the connection proves to be lost before the work has begun, this retries on
    /// another one: once for a connection of the thread, otherwise as often as the pool has connections.
    pub(crate) fn run<T>(&self, work: impl Fn(&mut C) -> Result<T, Failed>) -> Result<T, Failure> {
        let mut tries_left = match self {
            Self::Own(_) => 1,
            Self::Pool(pool) => pool.max_size(),
        };
        loop {
            let done = self.with(|connection| {
                work(connection).map_err(|Failed { failure, has_begun }| {
                    let is_lost = !has_begun && tries_left > 0 && !is_alive(connection);
                    (failure, is_lost)
                })
            })?;
            match done {
                Err((_, true)) => tries_left -= 1,
                done => return done.map_err(|(failure, _)| failure),
            }
        }
    }

    /// Runs this work at most once, on a connection that `is_alive` accepts. `is_alive` gets the time since the
    /// connection was last used.
    #[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only PostgreSQL writes by one statement"))]
    pub(crate) fn run_after<T>(
        &self,
        is_alive: impl Fn(&mut C, Duration) -> bool,
        work: impl Fn(&mut C) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self {
            Self::Own(own) => {
                own.close_unless(is_alive);
                own.with(work)?
            }
            // A pool tests its connections, unless the application has disabled that.
            Self::Pool(_) => self.run(|connection| {
                if is_alive(connection, Duration::ZERO) {
                    return work(connection).map_err(|failure| Failed { failure, has_begun: true });
                }
                Err(Failed { failure: Failure::TimedOut, has_begun: false })
            }),
        }
    }

    /// Runs this work once on a connection. The wait for a connection of a pool and the attempts to connect are bounded
    /// in time.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut C) -> T) -> Result<T, Failure> {
        match self {
            Self::Own(own) => own.with(work),
            Self::Pool(pool) => Ok(work(&mut *pool.get()?)),
        }
    }

    /// Closes the connection of a thread that has been idle for long, if the connection has a `lifetime`.
    pub(super) fn close_idle(&self) {
        if let Self::Own(own) = self
            && own.lifetime.is_some()
        {
            drop(own.lock().take());
        }
    }
}

impl<C: R2D2Connection> OwnConnection<C> {
    fn with<T>(&self, work: impl FnOnce(&mut C) -> T) -> Result<T, Failure> {
        let mut connected = self.lock();
        drop(connected.take_if(|Connected { connection, since, .. }| {
            connection.is_broken() || self.lifetime.is_some_and(|lifetime| since.elapsed() > lifetime)
        }));
        let Connected { connection, used, .. } = match &mut *connected {
            Some(connected) => connected,
            closed => {
                let now = Instant::now();
                closed.insert(Connected { connection: self.connect()?, since: now, used: now })
            }
        };
        let done = work(connection);
        *used = Instant::now();
        Ok(done)
    }

    /// Closes the connection if `is_alive` rejects it.
    fn close_unless(&self, is_alive: impl Fn(&mut C, Duration) -> bool) {
        drop(self.lock().take_if(|Connected { connection, used, .. }| !is_alive(connection, used.elapsed())));
    }

    /// Retries until `wait_timeout` has passed, since the server may just be starting.
    fn connect(&self) -> Result<C, Failure> {
        let start = Instant::now();
        loop {
            match (self.connect)() {
                Err(_) if start.elapsed() < self.wait_timeout => sleep(PAUSE),
                done => return Ok(done?),
            }
        }
    }
}

impl<C> OwnConnection<C> {
    /// Ignores poisoning: a panic is caught before it gets here, and its transaction is rolled back.
    fn lock(&self) -> MutexGuard<'_, Option<Connected<C>>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clone shares the same connection or pool. Two threads then use the connection in turn.
impl<C: R2D2Connection + 'static> Clone for Connections<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Own(own) => Self::Own(Arc::clone(own)),
            Self::Pool(pool) => Self::Pool(pool.clone()),
        }
    }
}

/// Returns whether the database still answers on this connection. If not, the connection is marked to be closed.
fn is_alive<C: R2D2Connection>(connection: &mut C) -> bool {
    let answers = connection.ping().is_ok();
    if !answers {
        // Diesel does not always notice.
        close_after_use(connection);
    }
    answers
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use diesel::{Connection, ConnectionError, SqliteConnection};

    use super::*;

    /// Returns a connection, and a counter of how often it was opened.
    fn counted(lifetime: Option<Duration>) -> (Connections<SqliteConnection>, Arc<AtomicU32>) {
        let made = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&made);
        let connect = move || {
            count.fetch_add(1, Ordering::SeqCst);
            SqliteConnection::establish(":memory:")
        };
        (Connections::own(connect, Duration::ZERO, lifetime), made)
    }

    #[test]
    fn a_connection_is_made_when_it_is_needed_and_kept() {
        let (connections, made) = counted(None);
        assert_eq!(made.load(Ordering::SeqCst), 0);
        connections.with(|_| ()).unwrap();
        connections.clone().with(|_| ()).unwrap();
        connections.close_idle();
        connections.with(|_| ()).unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn a_broken_connection_is_made_again() {
        let (connections, made) = counted(None);
        connections.with(close_after_use).unwrap();
        connections.with(|_| ()).unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_connection_with_a_lifetime_is_made_again_after_it_and_after_idleness() {
        let (old, made) = counted(Some(Duration::ZERO));
        old.with(|_| ()).unwrap();
        old.with(|_| ()).unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
        let (idle, made) = counted(Some(Duration::from_secs(60)));
        idle.with(|_| ()).unwrap();
        idle.close_idle();
        idle.with(|_| ()).unwrap();
        assert_eq!(made.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_thread_tries_to_connect_until_patience_is_over() {
        let tries = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&tries);
        let connect = move || {
            count.fetch_add(1, Ordering::SeqCst);
            Err::<SqliteConnection, _>(ConnectionError::BadConnection("on purpose".into()))
        };
        let connections = Connections::own(connect, PAUSE * 2, None);
        assert!(matches!(connections.with(|_| ()), Err(Failure::Connect(_))));
        assert!(tries.load(Ordering::SeqCst) > 1);
    }
}
