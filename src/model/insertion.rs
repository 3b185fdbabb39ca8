//! Messages for mailboxes, and the outcome of their insertion.

use super::{CheckedMessage, MessageId, Recipient};

/// Messages for one or several mailboxes: the argument of [`insert`](crate::MessageStore::insert).
///
/// A store takes it apart without `..`, so that it ignores no field.
///
/// ```
/// use actix_messages::{Level, NewMessage, Recipient};
/// use actix_messages::store::Insertion;
///
/// let hello = NewMessage::new(Level::INFO, "Hello.").check()?;
/// let for_both = Insertion::new([Recipient::user("alice")?, Recipient::user("bob")?], [hello]);
/// assert_eq!((for_both.recipients.len(), for_both.messages.len()), (2, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The owners of the mailboxes. Each is named once: the caller removes duplicates, as `MessagesConfig::broadcast` does.
    pub recipients: Vec<Recipient>,
    /// The messages, in the order in which each of the recipients gets them.
    pub messages: Vec<CheckedMessage>,
}

impl Insertion {
    /// These messages for each of these recipients.
    #[must_use]
    pub fn new(
        recipients: impl IntoIterator<Item = Recipient>,
        messages: impl IntoIterator<Item = CheckedMessage>,
    ) -> Self {
        Self { recipients: recipients.into_iter().collect(), messages: messages.into_iter().collect() }
    }
}

/// The outcome for one message in one mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inserted {
    /// The id of the message in this mailbox.
    pub id: MessageId,
}

impl Inserted {
    /// A message that is in the mailbox under this id.
    #[must_use]
    pub const fn new(id: MessageId) -> Self {
        Self { id }
    }
}
