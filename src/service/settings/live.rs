//! The settings of live streams, and the number of streams that are open.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use actix_web::HttpRequest;

use crate::{
    mailbox::delivery::DEFAULT_HEARTBEAT,
    model::{Recipient, Timestamp},
};

/// The settings of live streams: see [`MessagesConfig::live`](crate::MessagesConfig::live).
///
/// ```
/// use std::time::Duration;
/// use actix_messages::settings::Live;
///
/// let live = Live::default().heartbeat(Duration::from_secs(15)).max_streams(50_000);
/// ```
#[derive(Clone)]
pub struct Live {
    pub(crate) heartbeat: Duration,
    pub(crate) max_duration: Duration,
    pub(crate) max_streams_per_mailbox: u32,
    pub(crate) max_streams: u32,
    pub(crate) expires_at: Option<Arc<Expiry>>,
}

type Expiry = dyn Fn(&HttpRequest) -> Option<Timestamp> + Send + Sync;

impl Default for Live {
    fn default() -> Self {
        Self {
            heartbeat: DEFAULT_HEARTBEAT,
            max_duration: Duration::from_secs(600),
            max_streams_per_mailbox: 8,
            max_streams: 20_000,
            expires_at: None,
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { heartbeat, max_duration, max_streams_per_mailbox, max_streams, expires_at } = self;
        f.debug_struct("Live")
            .field("heartbeat", heartbeat)
            .field("max_duration", max_duration)
            .field("max_streams_per_mailbox", max_streams_per_mailbox)
            .field("max_streams", max_streams)
            .field("expires_at", &expires_at.as_ref().map(|_| ".."))
            .finish()
    }
}

impl Live {
    /// Sets how long a stream waits for a hint before it looks at the store and sends the summary. The default is 25
    /// seconds; the minimum is 1 second. Each stream waits up to a fifth less, so that they do not all look at once.
    ///
    /// This is also the longest time after which a stream finds what another process has written. Many proxies close a
    /// connection on which nothing is sent for 30 or 60 seconds.
    #[must_use]
    pub fn heartbeat(self, every: Duration) -> Self {
        Self { heartbeat: every.max(Duration::from_secs(1)), ..self }
    }

    /// Sets after how long a stream ends. The default is 10 minutes; each stream ends up to a fifth earlier. The client
    /// then connects again and continues after the last message, so its request is checked again.
    #[must_use]
    pub fn max_duration(self, duration: Duration) -> Self {
        Self { max_duration: duration, ..self }
    }

    /// Sets the maximum number of open streams of one mailbox. The default is 8. Further streams are refused with 429.
    #[must_use]
    pub fn max_streams_per_mailbox(self, streams: u32) -> Self {
        Self { max_streams_per_mailbox: streams, ..self }
    }

    /// Sets the maximum number of open streams of this configuration and its clones. The default is 20,000. Visitors
    /// who are not signed in have at most half of them. Further streams are refused with 503.
    #[must_use]
    pub fn max_streams(self, streams: u32) -> Self {
        Self { max_streams: streams, ..self }
    }

    /// Sets when the stream of a request has to end, for example at the expiry of its token. By default, only the other
    /// rules end it.
    ///
    /// ```
    /// use actix_messages::{Timestamp, settings::Live};
    /// use actix_web::{HttpMessage, HttpRequest};
    ///
    /// /// A middleware of the application puts it into the extensions.
    /// #[derive(Clone, Copy)]
    /// struct TokenExpiry(Timestamp);
    ///
    /// let live = Live::default().expires_at(|request: &HttpRequest| {
    ///     request.extensions().get::<TokenExpiry>().map(|expiry| expiry.0)
    /// });
    /// ```
    #[must_use]
    pub fn expires_at(self, expiry: impl Fn(&HttpRequest) -> Option<Timestamp> + Send + Sync + 'static) -> Self {
        Self { expires_at: Some(Arc::new(expiry)), ..self }
    }
}

/// Counts the streams that are open.
#[derive(Debug, Default)]
pub(crate) struct OpenStreams(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    in_all: u32,
    of_visitors: u32,
    by_mailbox: BTreeMap<Recipient, u32>,
}

/// Why no other stream may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TooManyStreams {
    OfMailbox,
    OfAll,
}

impl OpenStreams {
    /// Counts a stream of a mailbox, unless there are too many.
    pub(crate) fn open(self: &Arc<Self>, of: &Recipient, limits: &Live) -> Result<OpenStream, TooManyStreams> {
        let mut open = self.lock();
        let is_visitor = of.session().is_some();
        if open.in_all >= limits.max_streams || (is_visitor && open.of_visitors >= limits.max_streams / 2) {
            return Err(TooManyStreams::OfAll);
        }
        if open.by_mailbox.get(of).is_some_and(|streams| *streams >= limits.max_streams_per_mailbox) {
            return Err(TooManyStreams::OfMailbox);
        }
        open.in_all += 1;
        open.of_visitors += u32::from(is_visitor);
        *open.by_mailbox.entry(of.clone()).or_default() += 1;
        Ok(OpenStream { streams: Arc::clone(self), of: of.clone() })
    }

    /// Returns the number of open streams.
    pub(crate) fn count(&self) -> u32 {
        self.lock().in_all
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts as an open stream until it is dropped.
#[derive(Debug)]
pub(crate) struct OpenStream {
    streams: Arc<OpenStreams>,
    of: Recipient,
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        open.in_all -= 1;
        open.of_visitors -= u32::from(self.of.session().is_some());
        if let Some(streams) = open.by_mailbox.get_mut(&self.of) {
            *streams -= 1;
            if *streams == 0 {
                open.by_mailbox.remove(&self.of);
            }
        }
        tracing::debug!(open = open.in_all, "a stream of messages was closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SessionId;

    #[test]
    fn a_mailbox_and_all_visitors_have_their_share_of_the_streams() {
        let streams = Arc::<OpenStreams>::default();
        let limits = Live::default().max_streams(6).max_streams_per_mailbox(2);
        let user = |id: &str| Recipient::user(id).unwrap();
        let visitor = |number| Recipient::visitor(SessionId::from_digest([number; 16]));
        let alice = [(); 2].map(|()| streams.open(&user("alice"), &limits).unwrap());
        assert_eq!(streams.open(&user("alice"), &limits).unwrap_err(), TooManyStreams::OfMailbox);
        let visitors = [1, 2, 3].map(|number| streams.open(&visitor(number), &limits).unwrap());
        assert_eq!(streams.open(&visitor(4), &limits).unwrap_err(), TooManyStreams::OfAll);
        let bob = streams.open(&user("bob"), &limits).unwrap();
        assert_eq!(streams.open(&user("eve"), &limits).unwrap_err(), TooManyStreams::OfAll);
        assert_eq!(streams.count(), 6);
        drop((alice, visitors, bob));
        assert_eq!(streams.count(), 0);
        assert!(streams.lock().by_mailbox.is_empty());
        assert_eq!(streams.lock().of_visitors, 0);
    }
}
