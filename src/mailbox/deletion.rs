//! Deletes messages from a mailbox.

use super::Mailbox;
use crate::{
    model::{MessageFilter, MessageId},
    store::StoreError,
};

impl Mailbox {
    /// Deletes all messages of the mailbox, in all sessions, and returns their number.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store could not delete them. Then none of them is deleted.
    pub async fn erase(&self) -> Result<u64, StoreError> {
        Ok(self.delete_matching(&MessageFilter::default()).await?.len() as u64)
    }

    /// Deletes the messages that the filter matches, in all sessions, and returns their ids. Every deletion from a mailbox goes
    /// through this.
    pub(super) async fn delete_matching(&self, filter: &MessageFilter) -> Result<Vec<MessageId>, StoreError> {
        self.store().delete(&self.recipient, filter).await
    }
}
