//! Changes the tags of a stored message.

use super::Mailbox;
use crate::{
    error::Error,
    model::{Change, CheckedTags, MessageFilter, MessageId},
};

impl Mailbox {
    /// Adds tags to a stored message, after its present tags. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a tag breaks a limit, or if the message would have more than 100 tags, or tags of more
    /// than 4096 characters together. [`Error::Store`] if the store could not keep the tags.
    pub async fn add_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        self.change(id, Change::AddTags(CheckedTags::new(tags)?)).await
    }

    /// Replaces the tags of a stored message. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a tag breaks a limit, or if there are more than 100 tags, or tags of more than 4096
    /// characters together. [`Error::Store`] if the store could not keep the tags.
    pub async fn replace_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        self.change(id, Change::ReplaceTags(CheckedTags::new(tags)?)).await
    }

    /// Removes every occurrence of these tags from a stored message. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the given tags break a limit. [`Error::Store`] if the store could not change the tags.
    pub async fn remove_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        self.change(id, Change::RemoveTags(CheckedTags::new(tags)?)).await
    }

    async fn change(&self, id: MessageId, change: Change) -> Result<bool, Error> {
        let one = self.scoped(MessageFilter::default().with_id(id));
        Ok(!self.store().change(&self.recipient, &one, &change, self.now()).await?.is_empty())
    }
}
