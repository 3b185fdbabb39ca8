//! Deletes messages from a mailbox.

use super::Mailbox;
use crate::{
    model::{MessageFilter, MessageId},
    store::StoreError,
};

impl Mailbox {
    /// Deletes everything that the store keeps for the recipient: all messages in all [places](crate::Place), including
    /// those of other sessions, and all other data. Returns the number of deleted messages.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not erase a place. Then some places are erased completely, and the others are
    /// unchanged.
    pub async fn erase(&self) -> Result<u64, StoreError> {
        self.wait_for_marks(self.recipient()).await;
        let mut erased = 0;
        for place in self.recipient().places() {
            erased += self.store().erase(&place).await?;
            self.delivery.feed.end_watches_of(&place);
        }
        Ok(erased)
    }

    /// Deletes the messages that match the filter, including those of other sessions, and returns their ids. Every
    /// deletion of a selection calls this.
    pub(super) async fn delete_matching(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.store().delete(&self.recipient, filter).await
    }
}
