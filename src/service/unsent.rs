//! Large answers that are not sent yet: how many bytes of them the server holds, and for how long.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};
use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant, sleep_until},
};

use crate::Recipient;

/// The largest answer, in bytes, that is never refused and never given up.
const SMALL: usize = 64 * 1024;

/// The number of bytes that the connection takes at once. Each piece is a copy, so it does not keep the whole answer alive.
const PIECE: usize = 16 * 1024;

/// The most that is held of large answers.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// Bytes of answers about one mailbox.
    of_one_mailbox: usize,
    /// Bytes of answers about all mailboxes.
    of_all: usize,
    /// How long an answer is held of which the connection takes nothing.
    patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { of_one_mailbox: 16 * 1024 * 1024, of_all: 128 * 1024 * 1024, patience: Duration::from_secs(30) }
    }
}

/// Counts the bytes of large answers that are not sent yet. Without it, clients that ask for long lists and read nothing
/// would fill the memory.
#[derive(Debug, Default)]
pub(crate) struct Unsent {
    limits: Limits,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    in_all: usize,
    by_mailbox: BTreeMap<Recipient, usize>,
}

/// The answer is large, and too many large answers are not fetched yet.
#[derive(Debug, thiserror::Error)]
#[error("too many bytes of large answers are not fetched yet")]
pub struct TooMuchUnsent;

impl Unsent {
    /// Reserves room for an answer about a mailbox. Returns `None` if the answer is so small that it needs no room.
    ///
    /// An answer that is larger than all of the room gets it if nothing else is held.
    ///
    /// # Errors
    ///
    /// [`TooMuchUnsent`] if there is no room, for this mailbox or at all.
    pub(crate) fn reserve(
        self: &Arc<Self>,
        of: &Recipient,
        bytes: usize,
    ) -> Result<Option<Reservation>, TooMuchUnsent> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let Limits { of_one_mailbox, of_all, .. } = self.limits;
        let mut held = lock(&self.held);
        let here = held.by_mailbox.get(of).copied().unwrap_or_default();
        let fits = |held: usize, limit: usize| held == 0 || held.saturating_add(bytes) <= limit;
        if !fits(here, of_one_mailbox) || !fits(held.in_all, of_all) {
            tracing::warn!(bytes, held = held.in_all, "a large answer is refused, since others are not fetched yet");
            return Err(TooMuchUnsent);
        }
        held.in_all += bytes;
        held.by_mailbox.insert(of.clone(), here + bytes);
        Ok(Some(Reservation { unsent: Arc::clone(self), of: of.clone(), bytes }))
    }
}

/// Room for an answer, until this is dropped.
#[derive(Debug)]
pub(crate) struct Reservation {
    unsent: Arc<Unsent>,
    of: Recipient,
    bytes: usize,
}

impl Reservation {
    /// The body that has these bytes, and holds the room for as long as it has them.
    pub(crate) fn into_body(self, bytes: Vec<u8>) -> UnsentBody {
        let (left, patience) = (bytes.len(), self.unsent.limits.patience);
        let rest = Rest { bytes, at: 0, taken_at: Instant::now(), _reservation: self };
        let rest = Arc::new(Mutex::new(Some(rest)));
        let watchdog = Handle::try_current().ok();
        let watchdog = watchdog.map(|runtime| runtime.spawn(give_up(Arc::downgrade(&rest), patience)).abort_handle());
        UnsentBody { rest, left, watchdog }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = lock(&self.unsent.held);
        held.in_all -= self.bytes;
        if let Some(here) = held.by_mailbox.get_mut(&self.of) {
            *here -= self.bytes;
            if *here == 0 {
                held.by_mailbox.remove(&self.of);
            }
        }
    }
}

/// A large body, in pieces.
pub(crate) struct UnsentBody {
    rest: Arc<Mutex<Option<Rest>>>,
    /// How many bytes are still to be sent.
    left: usize,
    watchdog: Option<AbortHandle>,
}

/// The part that the connection has not taken yet. It is gone once everything is taken, or the answer is given up.
struct Rest {
    bytes: Vec<u8>,
    at: usize,
    taken_at: Instant,
    _reservation: Reservation,
}

/// The answer was given up. The connection is closed by that.
#[derive(Debug, thiserror::Error)]
#[error("the client did not fetch the answer in time")]
pub(crate) struct GivenUp;

impl MessageBody for UnsentBody {
    type Error = GivenUp;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left as u64)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, GivenUp>>> {
        let this = self.get_mut();
        if this.left == 0 {
            return Poll::Ready(None);
        }
        let mut rest = lock(&this.rest);
        let Some(Rest { bytes, at, taken_at, .. }) = &mut *rest else { return Poll::Ready(Some(Err(GivenUp))) };
        let piece = Bytes::copy_from_slice(&bytes[*at..*at + this.left.min(PIECE)]);
        (*at, *taken_at) = (*at + piece.len(), Instant::now());
        this.left -= piece.len();
        if this.left == 0 {
            *rest = None;
        }
        Poll::Ready(Some(Ok(piece)))
    }
}

impl Drop for UnsentBody {
    fn drop(&mut self) {
        if let Some(watchdog) = &self.watchdog {
            watchdog.abort();
        }
    }
}

/// Lets the rest of an answer go of which nothing was taken for so long. The body can't do it: while a client reads nothing,
/// Actix does not ask the body for more.
async fn give_up(rest: Weak<Mutex<Option<Rest>>>, patience: Duration) {
    let mut deadline = Instant::now() + patience;
    loop {
        sleep_until(deadline).await;
        let Some(rest) = rest.upgrade() else { return };
        let mut rest = lock(&rest);
        let Some(Rest { bytes, at, taken_at, .. }) = &*rest else { return };
        deadline = *taken_at + patience;
        if deadline <= Instant::now() {
            let (bytes, sent) = (bytes.len(), *at);
            *rest = None;
            tracing::warn!(bytes, sent, "an answer is given up, since the client does not fetch it");
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        io::{Read, Write},
        net::{SocketAddr, TcpStream},
        thread,
    };

    use actix_web::{
        App, HttpRequest, HttpServer, body::BodySize, rt::spawn, rt::task::spawn_blocking, rt::time::sleep,
    };

    use super::*;
    use crate::{Mailbox, MemoryStore, MessagesConfig, NewMessage, scope};

    const MB: usize = 1024 * 1024;
    const PATIENCE: Duration = Duration::from_millis(500);

    fn unsent() -> Arc<Unsent> {
        Arc::new(Unsent { limits: Limits { patience: PATIENCE, ..Limits::default() }, held: Mutex::default() })
    }

    fn user(id: &str) -> Recipient {
        Recipient::user(id).unwrap()
    }

    fn in_all(unsent: &Unsent) -> usize {
        lock(&unsent.held).in_all
    }

    #[test]
    fn large_answers_have_so_much_room_and_small_ones_need_none() {
        let (unsent, alice) = (unsent(), user("alice"));
        assert!(unsent.reserve(&alice, SMALL).unwrap().is_none());
        let first = unsent.reserve(&alice, 10 * MB).unwrap();
        assert!(unsent.reserve(&alice, 7 * MB).is_err());
        let second = unsent.reserve(&alice, 6 * MB).unwrap();
        assert!(unsent.reserve(&alice, SMALL + 1).is_err());
        drop(first);
        assert!(unsent.reserve(&alice, 10 * MB).unwrap().is_some());
        drop(second);

        let one_for_each = (0..8).map(|number| unsent.reserve(&user(&format!("user {number}")), 16 * MB).unwrap());
        let one_for_each = one_for_each.collect::<Vec<_>>();
        assert!(unsent.reserve(&alice, MB).is_err());
        assert!(unsent.reserve(&alice, SMALL).unwrap().is_none());
        drop(one_for_each);
        assert_eq!(in_all(&unsent), 0);
        assert!(lock(&unsent.held).by_mailbox.is_empty());
        let only = unsent.reserve(&alice, 200 * MB).unwrap();
        assert!(only.is_some() && unsent.reserve(&user("bob"), MB).is_err());
    }

    async fn next(body: &mut UnsentBody) -> Option<Result<Bytes, GivenUp>> {
        poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await
    }

    #[actix_web::test]
    async fn an_answer_of_which_nothing_is_taken_is_given_up_and_one_that_is_taken_slowly_is_not() {
        let (unsent, alice) = (unsent(), user("alice"));
        let body = || unsent.reserve(&alice, 5 * PIECE).unwrap().unwrap().into_body(vec![7; 5 * PIECE]);
        let mut slow = body();
        for left in [4, 3, 2, 1, 0] {
            sleep(PATIENCE / 2).await;
            assert_eq!(next(&mut slow).await.unwrap().unwrap(), vec![7; PIECE]);
            assert_eq!(slow.size(), BodySize::Sized((left * PIECE) as u64));
        }
        assert_eq!(in_all(&unsent), 0);
        assert!(next(&mut slow).await.is_none());

        let mut stuck = body();
        next(&mut stuck).await.unwrap().unwrap();
        sleep(PATIENCE * 3 / 2).await;
        assert_eq!(in_all(&unsent), 0);
        assert!(next(&mut stuck).await.unwrap().is_err());

        drop(body());
        assert_eq!(in_all(&unsent), 0);
    }

    /// A server on which everybody is Alice, who has a list of 24 MB.
    async fn serve() -> (SocketAddr, Arc<Unsent>, Mailbox) {
        let mut config = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| Recipient::user("alice").ok());
        config.unsent = unsent();
        let (unsent, mailbox) = (Arc::clone(&config.unsent), config.mailbox(user("alice")));
        let message = NewMessage::new(20, "text").tags(vec!["\u{1}".repeat(128); 32]);
        mailbox.add_all(vec![message; 1000]).await.unwrap();
        let server = HttpServer::new(move || App::new().app_data(config.clone()).service(scope("/messages")));
        let server = server.workers(1).disable_signals().bind(("127.0.0.1", 0)).unwrap();
        let address = server.addrs()[0];
        spawn(server.run());
        (address, unsent, mailbox)
    }

    fn ask(server: SocketAddr) -> TcpStream {
        let mut connection = TcpStream::connect(server).unwrap();
        connection.write_all(b"GET /messages/?limit=1000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
        connection
    }

    #[actix_web::test]
    async fn a_client_that_reads_nothing_loses_its_answer_and_has_read_nothing() {
        let (server, unsent, mailbox) = serve().await;
        let asked = spawn_blocking(move || {
            let mut connection = ask(server);
            connection.read_exact(&mut [0; 1000]).unwrap();
            connection
        });
        let mut connection = asked.await.unwrap();
        assert!(in_all(&unsent) > 20 * MB);
        sleep(PATIENCE * 2).await;
        assert_eq!(in_all(&unsent), 0);
        let rest = spawn_blocking(move || {
            let mut rest = Vec::new();
            connection.read_to_end(&mut rest).map(|_| rest.len())
        });
        // What the system had taken by then is fetched, if the connection is not reset before.
        assert!(rest.await.unwrap().is_ok_and(|bytes| bytes < 20 * MB) || in_all(&unsent) == 0);
        assert_eq!(mailbox.unread().count().await.unwrap(), 1000);
    }

    #[actix_web::test]
    async fn a_client_that_takes_a_bit_now_and_then_gets_all_of_its_answer() {
        let (server, _, mailbox) = serve().await;
        let read = spawn_blocking(move || {
            let (mut connection, mut bit, mut bytes) = (ask(server), vec![0; 3 * MB], 0);
            loop {
                // The system asks for more only once a good part of what it holds is fetched.
                let mut wanted = bit.len();
                while wanted > 0 {
                    match connection.read(&mut bit[..wanted]).unwrap() {
                        0 => return bytes,
                        read => (wanted, bytes) = (wanted - read, bytes + read),
                    }
                }
                thread::sleep(PATIENCE / 2);
            }
        });
        assert!(read.await.unwrap() > 20 * MB);
        assert_eq!(mailbox.unread().count().await.unwrap(), 0);
    }
}
