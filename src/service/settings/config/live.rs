//! Live streams: their settings, the changes that they show, and their end.

use std::{
    future::{pending, poll_fn},
    pin::pin,
    task::Poll,
};

use actix_web::rt::signal::ctrl_c;

use super::MessagesConfig;
use crate::{
    live::{ChangeHint, ChangeKind},
    model::Recipient,
    service::settings::live::Live,
    store::FeedCounters,
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
    /// change: see [`ChangeFeed::observe`](crate::store::ChangeFeed::observe).
    ///
    /// ```
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use std::sync::{Arc, atomic::{AtomicUsize, Ordering}};
    /// use actix_messages::store::ChangeKind;
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

    /// Tells live streams to look at a mailbox that the application has changed without this configuration, for example
    /// in its own transaction. Call it after the commit.
    ///
    /// Without this call, a stream finds the change at its next [heartbeat](Live::heartbeat).
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
    /// A graceful stop of the server waits for open responses, and thus for open streams, until its `shutdown_timeout` has
    /// passed. So call this before. [`stop_streams_on_signal`](Self::stop_streams_on_signal) does it.
    pub fn stop_streams(&self) {
        self.delivery.feed.stop();
    }

    /// Returns a future for [`HttpServer::shutdown_signal`](actix_web::HttpServer::shutdown_signal). It completes if the
    /// process gets the signal `SIGINT` (Ctrl+C) or `SIGTERM`, and calls [`stop_streams`](Self::stop_streams). So the
    /// server stops gracefully and does not wait for streams.
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
