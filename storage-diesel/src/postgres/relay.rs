//! Carries hints between processes with `LISTEN` and `NOTIFY`.

mod connection;
mod queue;

use std::{
    error::Error,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use actix_messages::live::{Relay, RelayMessage, RelayStatus, Subscriber};

use self::{connection::RelayConnection, queue::Queue};
use crate::{
    address::ShownAddress,
    error::{Cause, OpenError},
};

/// The first and the longest wait between two attempts to connect.
const RETRY: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// Carries hints between the processes that use one PostgreSQL database, with `LISTEN` and `NOTIFY`.
///
/// It has a separate connection and a thread. It sends hints after the commit of a change, in a transaction that only
/// notifies: so it delays no write. Hints have the keys of mailboxes and the ids of messages, and no texts.
///
/// The URL must lead to the server itself: through a pooler in transaction mode, such as PgBouncer, and on a standby,
/// `LISTEN` does not work. With Citus, all processes use the URL of the coordinator. All processes must use the same
/// schema and table name. If the connection is interrupted, the relay connects again, and all watches look at the
/// store.
///
/// ```no_run
/// use actix_messages::{MessagesConfig, session_key};
/// use actix_messages_diesel::{DieselStore, PostgresRelay};
///
/// # fn example() -> Result<(), actix_messages_diesel::OpenError> {
/// let url = "postgres://app@localhost/app";
/// let messages =
///     MessagesConfig::new(DieselStore::open(url)?, session_key("user")).relay(PostgresRelay::connect(url)?);
/// # Ok(())
/// # }
/// ```
pub struct PostgresRelay {
    url: String,
    queue: Arc<Queue>,
    /// The connection, until the relay has a subscriber.
    first: Mutex<Option<RelayConnection>>,
}

impl PostgresRelay {
    /// Connects to the server at this URL, and checks that notifications arrive.
    ///
    /// # Errors
    ///
    /// [`OpenError::Database`] if the server can't be reached, or if notifications don't arrive through this
    /// connection.
    pub fn connect(url: &str) -> Result<Self, OpenError> {
        let first = RelayConnection::establish(url);
        let first = first.map_err(|error| ShownAddress::of_server(url).error(Cause::database(error)))?;
        Ok(Self { url: url.to_owned(), queue: Arc::default(), first: Mutex::new(Some(first)) })
    }
}

/// Shows the address without a password.
impl fmt::Debug for PostgresRelay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresRelay").field(&ShownAddress::of_server(&self.url).text()).finish()
    }
}

impl Relay for PostgresRelay {
    fn publish(&self, messages: &[RelayMessage]) {
        self.queue.add(messages);
    }

    fn subscribe(&self, subscriber: Subscriber) {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (url, queue) = (self.url.clone(), Arc::clone(&self.queue));
        let thread = thread::Builder::new().name("messages-relay".into());
        if let Err(error) = thread.spawn(move || run(first, &url, &queue, &subscriber)) {
            tracing::error!(%error, "the thread of the relay can't be started, so other processes are told nothing");
        }
    }

    fn status(&self) -> RelayStatus {
        self.queue.status()
    }
}

/// Carries hints until the feed is dropped. Connects again after each interruption.
fn run(mut first: Option<RelayConnection>, url: &str, queue: &Queue, subscriber: &Subscriber) {
    let mut wait = RETRY[0];
    while subscriber.is_open() {
        let connection = first.take().map_or_else(|| RelayConnection::establish(url), Ok);
        let ended = connection.and_then(|connection| {
            wait = RETRY[0];
            queue.set_connected(true);
            // This process has missed all messages that were published before.
            subscriber.missed();
            connection.serve(queue, subscriber)
        });
        queue.set_connected(false);
        if let Err(error) = ended {
            let error = ShownAddress::of_server(url).error(Cause::database(error));
            let cause = error.source().map(ToString::to_string);
            tracing::warn!(
                %error,
                cause,
                "the relay is interrupted, so changes of other processes appear later; it connects again"
            );
            thread::sleep(wait);
            wait = (wait * 2).min(RETRY[1]);
        }
    }
}
