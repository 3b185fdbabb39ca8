//! Puts messages off: they leave the inbox, and come back at a later moment.

use super::Selection;
use crate::{
    error::Error,
    mailbox::page_exposure::Exposure,
    model::{MessageId, Timestamp},
    store::{Move, Until},
};

impl Selection {
    /// Moves the messages to the place [`Later`](crate::Place::Later) of the recipient, where they wait until this
    /// moment. Returns their ids there. A message keeps its id, unless that is taken.
    ///
    /// At the moment, or within the interval of the [`Ticker`](crate::Ticker) after it, each message comes back to the
    /// inbox as a new one: unread, and with a new id. A message that [expires](crate::NewMessage::expires_at) before is
    /// deleted at its expiry. If the moment has passed, the messages come back at once, with the next tick.
    ///
    /// In the mailbox of a user, the messages are bound to no session from then on. So they come back even if their
    /// session ends, and all sessions of the user see them.
    ///
    /// Messages that wait already are given this moment instead:
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::{sync::Arc, time::Duration};
    /// # use actix_messages::{Mailbox, MemoryStore, Recipient, Timestamp};
    /// # let store = Arc::new(MemoryStore::new());
    /// const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    /// let alice = Mailbox::new(Recipient::user("alice")?, store.clone());
    /// alice.info("Your invoice is due.").await?;
    /// let now = Timestamp::now();
    /// alice.unread().snooze(now + DAY).await?;
    /// assert!(alice.all().is_empty().await?);
    ///
    /// let waiting = Mailbox::new(alice.recipient().later(), store);
    /// assert_eq!(waiting.all().snooze(now + 2 * DAY).await?.len(), 1);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    pub async fn snooze(self, until: impl Into<Timestamp>) -> Result<Vec<MessageId>, Error> {
        let (mailbox, filter) = self.open(Exposure::Nothing).await?;
        let (from, later) = (mailbox.recipient(), mailbox.recipient().later());
        let what = Move::of(filter).until(Until::Wake(until.into()));
        let what = if from.session().is_some() { what } else { what.unbound() };
        let moved = mailbox.store().transfer(from, &later, &what, &mailbox.delivery.clock).await?;
        if let Some(added) = &mailbox.added {
            added.follow(from, &later, &moved);
        }
        if !moved.is_empty() {
            mailbox.delivery.feed.ticks().warn_if_missing();
        }
        Ok(moved.into_iter().filter_map(|moved| moved.to).collect())
    }
}
