//! Mailboxes, broadcasts and sweeps for code outside of requests.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::MessagesConfig;
#[cfg(feature = "session")]
use crate::service::settings::policy::Visitors;
use crate::{
    error::Error,
    mailbox::{Mailbox, MailboxBound},
    model::{NewMessage, Recipient, Timestamp},
    retention::{Retention, Sweeper},
    store::{Inserted, Insertion, StoreError},
    ticker::Ticker,
};

impl MessagesConfig {
    /// Returns the current time of the configured clock, for functions that take it as an argument, such as
    /// [`sqlite::add`].
    ///
    /// The [id](crate::MessageId) of a message is its time of creation. So the system clock returns each moment only
    /// once in a process, and no message gets the id of a deleted one.
    ///
    /// [`sqlite::add`]: https://docs.rs/actix-messages-diesel/latest/actix_messages_diesel/sqlite/fn.add.html
    #[must_use]
    pub fn reserve_moment(&self) -> Timestamp {
        self.delivery.clock.reserve(1)
    }

    /// Returns the mailbox of a recipient, for code outside of requests, such as a job that tells users its result.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use actix_messages::{MemoryStore, MessagesConfig, Recipient, session_key};
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// messages.mailbox(Recipient::user("alice")?).warning("Your trial ends tomorrow.").await?;
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn mailbox(&self, recipient: Recipient) -> Mailbox {
        let bound = self.bound_of(&recipient);
        Mailbox::with(recipient, self.delivery.clone()).bound(bound)
    }

    #[cfg(feature = "session")]
    const fn bound_of(&self, recipient: &Recipient) -> MailboxBound {
        match (recipient.session(), self.sessions.visitors) {
            (Some(_), Visitors::Keep { at_most }) => MailboxBound::DropOldest { at_most },
            _ => self.mailbox_bound,
        }
    }

    #[cfg(not(feature = "session"))]
    const fn bound_of(&self, _: &Recipient) -> MailboxBound {
        self.mailbox_bound
    }

    /// Adds one message for many recipients, and returns how many of them received it.
    ///
    /// Either all recipients receive the message or, if the call fails, none. A database needs only a few statements,
    /// not one for each recipient. Duplicate recipients receive the message once.
    ///
    /// If a recipient already has a message with the same key, [`Repeat`](crate::Repeat) decides. With
    /// `Repeat::Replaces`, the new message replaces it, and the recipient is counted. With `Repeat::Ignored`, the
    /// existing message stays, and the recipient is not counted.
    ///
    /// A message that is [visible](NewMessage::visible_from) only later waits in the place
    /// [`Later`](crate::Place::Later) of each recipient.
    ///
    /// Returns 0 if there is nothing to store: the text is empty, the level is below the minimum, the message has
    /// expired, or no recipient is given.
    ///
    /// # Errors
    ///
    /// - [`Error::Invalid`] if the message breaks a limit.
    /// - [`Error::Store`] if the store fails.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use actix_messages::{Level, MemoryStore, MessagesConfig, NewMessage, Recipient, session_key};
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let everybody = ["alice", "bob"].into_iter().map(Recipient::user).collect::<Result<Vec<_>, _>>()?;
    /// messages.broadcast(everybody, NewMessage::new(Level::INFO, "Version 2 is here.")).await?;
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn broadcast(
        &self,
        recipients: impl IntoIterator<Item = Recipient>,
        message: NewMessage,
    ) -> Result<u64, Error> {
        // Of several places of a recipient, a message that is visible only later is for one.
        let waits = message.waits(&self.delivery.clock);
        let recipients = recipients.into_iter().map(|of| if waits { of.later() } else { of });
        let mut recipients = recipients.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        if message.has_key() {
            // A key is unique across all places of a recipient.
            recipients.sort_by_cached_key(Recipient::inbox);
            recipients.dedup_by_key(|of| of.inbox());
        }
        if self.delivery.skips(&message, "") {
            return Ok(0);
        }
        if recipients.is_empty() {
            tracing::debug!("message skipped: it has no recipients");
            return Ok(0);
        }
        let message = message.check()?;
        let insertion = Insertion::new(recipients, [if waits { message.waiting() } else { message }]);
        let inserted = self.delivery.insert(insertion).await?;
        Ok(inserted.iter().filter(|inserted| inserted.iter().all(Inserted::is_new)).count() as u64)
    }

    /// Deletes the expired messages of all mailboxes in small steps, and returns how many it deleted.
    ///
    /// Call it from a periodic job, or let [`start_sweeper`](Self::start_sweeper) do it.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails. Messages that were deleted before the failure stay deleted.
    pub async fn sweep(&self, retention: &Retention) -> Result<u64, StoreError> {
        retention.sweep(&*self.delivery.store, self.delivery.clock.now()).await
    }

    /// Starts a background task that sweeps now, and again each time that `every` has passed.
    ///
    /// The task runs on the current runtime until the sweeper is stopped or dropped.
    ///
    /// ```
    /// # async fn example() {
    /// # use std::time::Duration;
    /// # use actix_messages::{MemoryStore, MessagesConfig, Retention, session_key};
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// let retention = Retention::default().read_for(30 * DAY).visitors_for(DAY);
    /// let sweeper = messages.start_sweeper(retention, Duration::from_secs(3600));
    /// // .. the server runs ..
    /// sweeper.stop().await;
    /// # }
    /// # actix_web::rt::System::new().block_on(example());
    /// ```
    pub fn start_sweeper(&self, retention: Retention, every: Duration) -> Sweeper {
        Sweeper::start(Arc::clone(&self.delivery.store), self.delivery.clock.clone(), retention, every)
    }

    /// Starts a background task that moves messages to the inbox when they become
    /// [visible](NewMessage::visible_from), and deletes them when they [expire](NewMessage::expires_at). It ticks now, and
    /// again before each time that `every` has passed. [`Ticker::INTERVAL`] suits most applications; one second works,
    /// too.
    ///
    /// The task runs on the current runtime until the ticker is stopped or dropped. Each process may run one.
    ///
    /// ```
    /// # async fn example() {
    /// # use actix_messages::{MemoryStore, MessagesConfig, Ticker, session_key};
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let ticker = messages.start_ticker(Ticker::INTERVAL);
    /// // .. the server runs ..
    /// ticker.stop().await;
    /// # }
    /// # actix_web::rt::System::new().block_on(example());
    /// ```
    pub fn start_ticker(&self, every: Duration) -> Ticker {
        Ticker::start_on(self.delivery.clone(), every)
    }
}
