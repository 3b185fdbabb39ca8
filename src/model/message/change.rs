//! Changes to the state or the tags of stored messages.

use super::{CheckedTags, InvalidMessage, Message, MessageId, tags::check_size};
use crate::model::Timestamp;

/// A change of stored messages. [`apply`](Self::apply) defines its effect, and every store must have the same effect.
///
/// ```
/// use actix_messages::{Level, MessageId, NewMessage, Timestamp};
/// use actix_messages::store::{Change, CheckedTags};
///
/// let mut message = NewMessage::new(Level::INFO, "Paid.").tag("billing").check()?.stored_as(MessageId::new(1000));
/// let now = Timestamp::from_micros(2000);
/// assert!(Change::MarkRead.apply(&mut message, now)?);
/// assert_eq!(message.read_at(), Some(now));
/// assert!(!Change::MarkRead.apply(&mut message, now)?, "it was read before");
///
/// Change::AddTags(CheckedTags::new(["urgent"])?).apply(&mut message, now)?;
/// assert_eq!(message.tags, ["billing", "urgent"]);
/// Change::RemoveTags(CheckedTags::new(["billing"])?).apply(&mut message, now)?;
/// assert_eq!(message.tags, ["urgent"]);
/// # Ok::<(), actix_messages::error::InvalidMessage>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Change {
    /// Marks an unread message as read. The time of reading is the given time, or the time of creation if that is
    /// later.
    MarkRead,
    /// Marks a read message as unread.
    MarkUnread,
    /// Adds these tags after the existing ones.
    AddTags(CheckedTags),
    /// Removes every occurrence of these tags.
    RemoveTags(CheckedTags),
    /// Replaces all tags with these.
    ReplaceTags(CheckedTags),
}

impl Change {
    /// Applies the change to a message, and returns whether the change affects the message.
    ///
    /// Marking affects a message only if it is in the other state. A change of tags affects every message, even if the
    /// tags stay the same.
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the message would have more than 100 tags, or if its tags would have more than 4096
    /// characters together. The message is then unchanged.
    pub fn apply(&self, message: &mut Message, now: Timestamp) -> Result<bool, InvalidMessage> {
        let tags = match self {
            Self::MarkRead | Self::MarkUnread => {
                let marks_as_read = *self == Self::MarkRead;
                let is_about_it = message.is_unread() == marks_as_read;
                if is_about_it {
                    message.state.read_at = marks_as_read.then(|| now.max(message.created()));
                }
                return Ok(is_about_it);
            }
            Self::AddTags(more) => [&message.tags, more.as_slice()].concat(),
            Self::RemoveTags(gone) => {
                message.tags.iter().filter(|tag| !gone.as_slice().contains(tag)).cloned().collect()
            }
            Self::ReplaceTags(others) => others.as_slice().to_vec(),
        };
        check_size(&tags)?;
        message.content.tags = tags;
        Ok(true)
    }

    /// Applies the change to all of these messages or to none, and returns the ids of the affected messages.
    ///
    /// ```
    /// use actix_messages::{Level, MessageId, NewMessage, Timestamp, store::Change};
    ///
    /// let message = NewMessage::new(Level::INFO, "Paid.").check()?;
    /// let mut messages = [1, 2].map(|id| message.clone().stored_as(MessageId::new(id)));
    /// let marked = Change::MarkRead.apply_to_all(&mut messages, Timestamp::from_micros(3))?;
    /// assert_eq!(marked, [1, 2].map(MessageId::new));
    /// assert!(messages.iter().all(|message| !message.is_unread()));
    /// # Ok::<(), actix_messages::error::InvalidMessage>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidMessage`] if the change fails for one of the messages. All messages are then unchanged.
    pub fn apply_to_all<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a mut Message>,
        now: Timestamp,
    ) -> Result<Vec<MessageId>, InvalidMessage> {
        let mut changed = messages.into_iter().map(|message| (message.clone(), message)).collect::<Vec<_>>();
        let mut ids = Vec::new();
        for (after, _) in &mut changed {
            if self.apply(after, now)? {
                ids.push(after.id);
            }
        }
        changed.into_iter().for_each(|(after, message)| *message = after);
        Ok(ids)
    }
}
