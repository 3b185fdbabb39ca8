//! Live streams: their settings, the changes that they show, and their end.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use actix_web::rt::signal::ctrl_c;

use super::MessagesConfig;
use crate::{
    live::{ChangeHint, ChangeKind, FeedCounters, Relay, RelayStatus, ticks::LastTick},
    model::{Recipient, Timestamp},
    service::settings::live::Live,
    store::StoreError,
};

/// The counters of live streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LiveCounters {
    /// The number of open streams.
    pub streams: u64,
    /// The counters of the feed, which other configurations on the same store may share.
    pub feed: FeedCounters,
}

/// The outcome of a [check](MessagesConfig::check).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The state of the relay, if there is one.
    pub relay: Option<RelayStatus>,
    /// The last tick of a [`Ticker`](crate::Ticker) of this process, if there was one.
    pub ticker: Option<LastTick>,
}

impl MessagesConfig {
    /// Sets how often live streams look at the store, how long they last, and how many there may be.
    /// [`Endpoint::Stream`](crate::Endpoint::Stream) serves them.
    #[must_use]
    pub fn live(mut self, live: Live) -> Self {
        self.delivery.heartbeat = live.heartbeat;
        self.live = live;
        self
    }

    /// Calls `observer` with each change that this process makes through a mailbox of this store, right after the
    /// change: see [`ChangeFeed::observe`](crate::live::ChangeFeed::observe).
    ///
    /// ```
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
    /// use actix_messages::live::ChangeKind;
    ///
    /// let added = Arc::new(AtomicUsize::new(0));
    /// let counter = Arc::clone(&added);
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user")).observe(move |hint| {
    ///     if let ChangeKind::Added(ids) = &hint.kind {
    ///         counter.fetch_add(ids.len(), Ordering::Relaxed);
    ///     }
    /// });
    /// ```
    #[must_use]
    pub fn observe(self, observer: impl Fn(&ChangeHint) + Send + Sync + 'static) -> Self {
        self.delivery.feed.observe(observer);
        self
    }

    /// Connects the live streams of this process with those of the other processes that use the same database: see
    /// [`Relay`]. All configurations on the store share the relay, and the first one stays.
    #[must_use]
    pub fn relay(self, relay: impl Relay) -> Self {
        self.delivery.feed.connect(Arc::new(relay));
        self
    }

    /// Returns the state of the relay, if there is one.
    #[must_use]
    pub fn relay_status(&self) -> Option<RelayStatus> {
        self.delivery.feed.relay_status()
    }

    /// Checks that the store answers, for the readiness probe of a server. It opens no mailbox. [`Health::relay`] tells
    /// whether changes of other processes appear at once; the application works without that. [`Health::ticker`] tells
    /// how the last tick went.
    ///
    /// A [`Sweeper`](crate::Sweeper) tells how its [last sweep](crate::Sweeper::last_sweep) went.
    ///
    /// ```
    /// use actix_messages::{Error, MessagesConfig};
    /// use actix_web::{HttpResponse, get};
    ///
    /// #[get("/ready")]
    /// async fn ready(messages: MessagesConfig) -> Result<HttpResponse, Error> {
    ///     messages.check().await?; // Fails with 503 if the store is unavailable.
    ///     Ok(HttpResponse::NoContent().finish())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store does not answer.
    pub async fn check(&self) -> Result<Health, StoreError> {
        // The messages of all mailboxes that became due at the beginning of time: none.
        self.delivery.store.due(Timestamp::from_micros(i64::MIN), 1).await?;
        Ok(Health { relay: self.relay_status(), ticker: self.delivery.feed.ticks().last() })
    }

    /// Tells live streams to look at a mailbox that the application has changed without this configuration, for example
    /// in its own transaction. Call it after the commit.
    ///
    /// The streams of the mailbox then send new messages, the summary and a `resync`. Without this call, they find the
    /// change at their next [heartbeat](Live::heartbeat).
    pub fn changed(&self, recipient: &Recipient) {
        self.delivery.feed.publish([ChangeHint::new(recipient.clone(), ChangeKind::Unknown)]);
    }

    /// Ends the streams and watches of a mailbox, for example because its user was suspended. A client connects again,
    /// and its request is checked again.
    pub fn end_streams(&self, recipient: &Recipient) {
        self.delivery.feed.end_watches_of(recipient);
    }

    /// Ends all streams and watches on this store, and refuses new streams.
    ///
    /// A graceful stop of the server waits for open responses, and thus for open streams, until its `shutdown_timeout`
    /// has passed. So call this before. [`stop_streams_on_signal`](Self::stop_streams_on_signal) does it.
    pub fn stop_streams(&self) {
        self.delivery.feed.stop();
    }

    /// Returns a future for [`HttpServer::shutdown_signal`](actix_web::HttpServer::shutdown_signal). It completes if
    /// the process gets the signal `SIGINT` (Ctrl+C) or `SIGTERM`, and calls [`stop_streams`](Self::stop_streams). So
    /// the server stops gracefully and does not wait for streams.
    ///
    /// ```no_run
    /// # use actix_messages::{Endpoint, Endpoints, MemoryStore, MessagesConfig, session_key};
    /// use actix_web::{App, HttpServer};
    ///
    /// # #[actix_web::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let stop = messages.stop_streams_on_signal();
    /// let endpoints = Endpoints::default().with(Endpoint::Inbox).with(Endpoint::Stream);
    /// HttpServer::new(move || App::new().app_data(messages.clone()).service(endpoints.at("/messages")))
    ///     .shutdown_signal(stop)
    ///     .bind(("127.0.0.1", 8080))?
    ///     .run()
    ///     .await
    /// # }
    /// ```
    pub fn stop_streams_on_signal(&self) -> impl Future<Output = ()> + Send + use<> {
        let feed = self.delivery.feed.clone();
        async move {
            stop_signal().await;
            feed.stop();
        }
    }

    /// Returns the counters of live streams, for metrics.
    #[must_use]
    pub fn live_counters(&self) -> LiveCounters {
        LiveCounters { streams: self.shared.streams.count().into(), feed: self.delivery.feed.counters() }
    }
}

/// Completes if the process gets a signal to stop. If signals can't be received, it never completes.
async fn stop_signal() {
    let interrupted = async {
        if let Err(error) = ctrl_c().await {
            tracing::error!(%error, "the signal SIGINT can't be received");
            pending::<()>().await;
        }
    };
    let mut interrupted = pin!(interrupted);
    let mut terminated = pin!(terminated());
    poll_fn(|context| match interrupted.as_mut().poll(context) {
        Poll::Pending => terminated.as_mut().poll(context),
        Poll::Ready(()) => Poll::Ready(()),
    })
    .await;
}

#[cfg(unix)]
async fn terminated() {
    use actix_web::rt::signal::unix::{SignalKind, signal};

    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => drop(terminated.recv().await),
        Err(error) => {
            tracing::error!(%error, "the signal SIGTERM can't be received");
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending::<()>().await;
}
