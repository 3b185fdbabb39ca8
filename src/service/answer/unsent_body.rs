//! The body of a large response, which is given up if the client does not read it.

use std::{
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

use crate::service::settings::unsent::Reservation;

/// The maximum number of bytes that the connection takes at once. Each piece is a copy, so it does not keep the whole
/// response in memory.
const PIECE: usize = 16 * 1024;

/// A large body, which is sent in pieces.
pub(crate) struct UnsentBody {
    rest: Arc<Mutex<Option<Rest>>>,
    /// The number of bytes that the connection has not taken yet.
    left: usize,
    watchdog: Option<AbortHandle>,
}

impl UnsentBody {
    /// Creates a body with these bytes. It holds the reserved room as long as it holds the bytes.
    pub(crate) fn new(bytes: Vec<u8>, room: Reservation) -> Self {
        let (left, wait_timeout) = (bytes.len(), room.wait_timeout());
        let rest = Rest { bytes, at: 0, taken_at: Instant::now(), _room: room };
        let rest = Arc::new(Mutex::new(Some(rest)));
        let watchdog = Handle::try_current().ok();
        let watchdog =
            watchdog.map(|runtime| runtime.spawn(give_up(Arc::downgrade(&rest), wait_timeout)).abort_handle());
        Self { rest, left, watchdog }
    }
}

/// The part that the connection has not taken yet. It is dropped once everything is taken or the response is given up.
struct Rest {
    bytes: Vec<u8>,
    at: usize,
    taken_at: Instant,
    _room: Reservation,
}

/// The response was given up. This error makes Actix close the connection.
#[derive(Debug, thiserror::Error)]
#[error("the client did not read the response in time")]
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

/// Drops the rest of a response if the connection accepts no part of it for `wait_timeout`. The body can't do this
/// itself: while a client reads nothing, Actix does not poll the body.
async fn give_up(rest: Weak<Mutex<Option<Rest>>>, wait_timeout: Duration) {
    let mut deadline = Instant::now() + wait_timeout;
    loop {
        sleep_until(deadline).await;
        let Some(rest) = rest.upgrade() else { return };
        let mut rest = lock(&rest);
        let Some(Rest { bytes, at, taken_at, .. }) = &*rest else { return };
        deadline = *taken_at + wait_timeout;
        if deadline <= Instant::now() {
            let (bytes, sent) = (bytes.len(), *at);
            *rest = None;
            tracing::warn!(bytes, sent, "a large response was given up, because the client did not read it in time");
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
    use crate::{
        mailbox::Mailbox,
        model::{NewMessage, Recipient},
        service::{
            scope::scope,
            settings::{config::MessagesConfig, shared_state::SharedState, unsent::Unsent},
        },
        store::MemoryStore,
    };

    const MB: usize = 1024 * 1024;
    const PATIENCE: Duration = Duration::from_millis(500);

    fn unsent() -> Arc<Unsent> {
        Unsent::with_patience(PATIENCE)
    }

    fn user(id: &str) -> Recipient {
        Recipient::user(id).unwrap()
    }

    async fn next(body: &mut UnsentBody) -> Option<Result<Bytes, GivenUp>> {
        poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await
    }

    #[actix_web::test]
    async fn an_answer_of_which_nothing_is_taken_is_given_up_and_one_that_is_taken_slowly_is_not() {
        let (unsent, alice) = (unsent(), user("alice"));
        let body = || UnsentBody::new(vec![7; 5 * PIECE], unsent.reserve(&alice, 5 * PIECE).unwrap().unwrap());
        let mut slow = body();
        for left in [4, 3, 2, 1, 0] {
            sleep(PATIENCE / 2).await;
            assert_eq!(next(&mut slow).await.unwrap().unwrap(), vec![7; PIECE]);
            assert_eq!(slow.size(), BodySize::Sized((left * PIECE) as u64));
        }
        assert_eq!(unsent.bytes_held(), 0);
        assert!(next(&mut slow).await.is_none());

        let mut stuck = body();
        next(&mut stuck).await.unwrap().unwrap();
        sleep(PATIENCE * 3 / 2).await;
        assert_eq!(unsent.bytes_held(), 0);
        assert!(next(&mut stuck).await.unwrap().is_err());

        drop(body());
        assert_eq!(unsent.bytes_held(), 0);
    }

    /// Starts a server on which every client is Alice, who has a list of 24 MB.
    async fn serve() -> (SocketAddr, Arc<Unsent>, Mailbox) {
        let mut config = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| Recipient::user("alice").ok());
        config.shared = Arc::new(SharedState { unsent: unsent(), ..SharedState::default() });
        let (unsent, mailbox) = (Arc::clone(&config.shared.unsent), config.mailbox(user("alice")));
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
        assert!(unsent.bytes_held() > 20 * MB);
        sleep(PATIENCE * 2).await;
        assert_eq!(unsent.bytes_held(), 0);
        let rest = spawn_blocking(move || {
            let mut rest = Vec::new();
            connection.read_to_end(&mut rest).map(|_| rest.len())
        });
        // The client still receives the bytes in the system's buffers, unless the connection is reset before.
        assert!(rest.await.unwrap().is_ok_and(|bytes| bytes < 20 * MB) || unsent.bytes_held() == 0);
        assert_eq!(mailbox.unread().count().await.unwrap(), 1000);
    }

    #[actix_web::test]
    async fn a_client_that_takes_a_bit_now_and_then_gets_all_of_its_answer() {
        let (server, _, mailbox) = serve().await;
        let read = spawn_blocking(move || {
            let (mut connection, mut bit, mut bytes) = (ask(server), vec![0; 3 * MB], 0);
            loop {
                // The system takes more bytes only once the client has read a large part of its buffers.
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
