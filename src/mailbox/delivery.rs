//! Delivery: the store, and the rules for the messages that are added to it.

use std::{sync::Arc, time::Duration};

use crate::{
    live::ChangeFeed,
    mailbox::wrong_clock::NamedMailboxes,
    model::{Clock, Inserted, Insertion, Level, LevelNames, NewMessage},
    store::{MessageStore, StoreError, observed::Observed},
};

/// How often a watch looks at the store, unless the application sets it.
pub(crate) const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(25);

/// The store, and the rules that apply to all of its mailboxes.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The store, which tells the feed of each change.
    pub(crate) store: Arc<dyn MessageStore>,
    pub(crate) feed: ChangeFeed,
    /// How often a watch looks at the store.
    pub(crate) heartbeat: Duration,
    pub(crate) clock: Clock,
    pub(crate) minimum_level: Level,
    pub(crate) level_names: Arc<LevelNames>,
    pub(crate) ahead: NamedMailboxes,
}

impl Delivery {
    pub(crate) fn new(store: Arc<dyn MessageStore>) -> Self {
        let store = Observed::new(store, ChangeFeed::default);
        Self {
            feed: store.feed.clone(),
            store: Arc::new(store),
            heartbeat: DEFAULT_HEARTBEAT,
            clock: Clock::default(),
            minimum_level: Level::INFO,
            level_names: Arc::default(),
            ahead: NamedMailboxes::default(),
        }
    }

    /// Replaces the store. If the new one has no feed, the feed stays.
    #[cfg(feature = "admin")]
    pub(crate) fn with_store(self, store: Arc<dyn MessageStore>) -> Self {
        let store = Observed::new(store, || self.feed.clone());
        Self { feed: store.feed.clone(), store: Arc::new(store), ..self }
    }

    /// Inserts messages. If a mailbox is ahead of the clock, the log says so.
    pub(crate) async fn insert(&self, insertion: Insertion) -> Result<Vec<Vec<Inserted>>, StoreError> {
        let recipients = Arc::clone(&insertion.recipients);
        if insertion.messages.iter().any(|message| message.parts().until.is_some()) {
            self.feed.ticks().warn_if_missing();
        }
        let inserted = self.store.insert(insertion, &self.clock).await?;
        let now = self.clock.now();
        recipients.iter().zip(&inserted).for_each(|(of, inserted)| self.ahead.log_if_ahead(of, inserted, now));
        Ok(inserted)
    }

    /// Returns whether this message is skipped without an error, because its text is empty, its level is below the
    /// minimum, or it has expired. The log gives the reason.
    pub(crate) fn skips(&self, message: &NewMessage, view: &str) -> bool {
        let reason = if message.text.is_empty() {
            "it is empty"
        } else if message.level < self.minimum_level {
            "its level is below the minimum"
        } else if message.has_expired(&self.clock) {
            "it has expired"
        } else {
            return false;
        };
        let (level, minimum) = (message.level.value(), self.minimum_level.value());
        tracing::debug!(view, level, minimum, "message skipped: {reason}");
        true
    }
}
