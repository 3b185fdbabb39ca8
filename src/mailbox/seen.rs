//! How far the owner of a mailbox has seen it.

use super::{Mailbox, Selection, page_exposure::Exposure};
use crate::{
    error::Error,
    model::{Mark, MessageFilter, MessageId, Recipient},
    store::{MessageStore, StoreError},
};

impl Mailbox {
    /// Marks the messages up to this one as seen. Returns the last message that counts as seen, or `None` if the
    /// mailbox has never had a message.
    ///
    /// Seen is one position in the mailbox, which all sessions of the owner share. It never goes back, and it never
    /// passes the newest message, so later messages are unseen. The messages stay unread:
    /// [`count_unseen`](Selection::count_unseen) counts the unread messages after this position.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// use actix_messages::{Mailbox, MemoryStore, Recipient};
    ///
    /// let alice = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// alice.info("Your report is ready.").await?;
    /// let newest = alice.warning("Your trial ends tomorrow.").await?.expect("the message is stored");
    /// assert_eq!(alice.all().count_unseen().await?, 2);
    ///
    /// assert_eq!(alice.mark_seen(newest).await?, Some(newest));
    /// assert_eq!(alice.all().count_unseen().await?, 0);
    /// assert_eq!(alice.unread().count().await?, 2);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store could not move or read the position.
    pub async fn mark_seen(&self, up_to: MessageId) -> Result<Option<MessageId>, Error> {
        let seen = self.seen_up_to().await?;
        if seen >= Some(up_to) {
            // A user who opens the list again causes no write.
            return Ok(seen);
        }
        self.store().advance(self.recipient(), &Mark::SEEN, Some(up_to)).await?;
        Ok(self.seen_up_to().await?)
    }

    /// Returns the last message that counts as [seen](Self::mark_seen), or `None` if no message does.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store can't be read.
    pub async fn seen_up_to(&self) -> Result<Option<MessageId>, StoreError> {
        seen_up_to(self.store(), self.recipient()).await
    }
}

impl Selection {
    /// Returns the number of messages that are unread and not [seen](Mailbox::mark_seen). It is the number for a badge
    /// that disappears when the user opens the list.
    pub async fn count_unseen(self) -> Result<u64, Error> {
        let (mailbox, filter) = self.unread().open(Exposure::Numbers).await?;
        let seen = mailbox.seen_up_to().await?;
        Ok(mailbox.summarize_on_page(&unseen(filter, seen)).await?.count())
    }
}

/// Returns the position in a mailbox up to which its owner has seen it.
pub(super) async fn seen_up_to(store: &dyn MessageStore, of: &Recipient) -> Result<Option<MessageId>, StoreError> {
    store.advance(of, &Mark::SEEN, None).await
}

/// Limits a filter to the messages after the one that was seen last.
pub(super) fn unseen(filter: MessageFilter, seen: Option<MessageId>) -> MessageFilter {
    match seen {
        Some(seen) => later_than(filter, seen),
        None => filter,
    }
}

/// Limits a filter to the messages after this one.
pub(super) fn later_than(filter: MessageFilter, id: MessageId) -> MessageFilter {
    filter.created_after(MessageId::new(id.value().saturating_add(1)).created())
}
