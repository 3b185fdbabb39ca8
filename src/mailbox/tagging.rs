//! Changes the tags of stored messages.

use super::{Mailbox, Selection};
use crate::{
    error::Error,
    model::{Change, CheckedTags, MessageFilter, MessageId},
};

impl Selection {
    /// Adds tags to the messages, after their present tags. Returns the ids of the messages.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a tag breaks a limit, or if a message would have more than 100 tags, or tags of more than
    /// 4096 characters together. Then no message is changed. [`Error::Store`] if the store could not keep the tags.
    pub async fn add_tags<T: Into<String>>(self, tags: impl IntoIterator<Item = T>) -> Result<Vec<MessageId>, Error> {
        let tags = CheckedTags::new(tags)?;
        self.change(&Change::AddTags(tags)).await
    }

    /// Replaces the tags of the messages. Returns the ids of the messages.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if a tag breaks a limit, or if there are more than 100 tags, or tags of more than 4096
    /// characters together. [`Error::Store`] if the store could not keep the tags.
    pub async fn replace_tags<T: Into<String>>(
        self,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<Vec<MessageId>, Error> {
        let tags = CheckedTags::new(tags)?;
        self.change(&Change::ReplaceTags(tags)).await
    }

    /// Removes every occurrence of these tags from the messages. Returns the ids of the messages.
    ///
    /// If the selection is limited to messages that have the tag, exactly one of several concurrent calls gets the id
    /// of a message. So a tag can say that something is still to be done for the message.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use std::sync::Arc;
    /// # use actix_messages::{Level, Mailbox, MemoryStore, NewMessage, Recipient};
    /// # let mailbox = Mailbox::new(Recipient::user("alice")?, Arc::new(MemoryStore::new()));
    /// mailbox.add(NewMessage::new(Level::ERROR, "Your card was declined.").tag("mail")).await?;
    /// assert_eq!(mailbox.all().tagged("mail").remove_tags(["mail"]).await?.len(), 1);
    /// assert_eq!(mailbox.all().tagged("mail").remove_tags(["mail"]).await?.len(), 0);
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if the given tags break a limit. [`Error::Store`] if the store could not change the tags.
    pub async fn remove_tags<T: Into<String>>(
        self,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<Vec<MessageId>, Error> {
        let tags = CheckedTags::new(tags)?;
        self.change(&Change::RemoveTags(tags)).await
    }
}

impl Mailbox {
    /// Adds tags to a stored message: see [`Selection::add_tags`]. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Selection::add_tags`].
    pub async fn add_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        Ok(!self.message(id).add_tags(tags).await?.is_empty())
    }

    /// Replaces the tags of a stored message: see [`Selection::replace_tags`]. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Selection::replace_tags`].
    pub async fn replace_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        Ok(!self.message(id).replace_tags(tags).await?.is_empty())
    }

    /// Removes tags from a stored message: see [`Selection::remove_tags`]. Returns whether the message exists.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`Selection::remove_tags`].
    pub async fn remove_tags<T: Into<String>>(
        &self,
        id: MessageId,
        tags: impl IntoIterator<Item = T>,
    ) -> Result<bool, Error> {
        Ok(!self.message(id).remove_tags(tags).await?.is_empty())
    }

    fn message(&self, id: MessageId) -> Selection {
        self.select(MessageFilter::default().with_id(id))
    }
}
