//! Lists and counts messages across mailboxes.

use std::{fmt::Debug, ops::Deref};

use async_trait::async_trait;

use super::{MessageStore, Result};
use crate::model::{Message, MessageFilter, PageRequest, Place, Recipient, Summary};

/// A store that can list and count messages across mailboxes. Only the admin needs it.
///
/// Its verbs only read. Messages are changed by the verbs of [`MessageStore`], which are limited to the mailboxes that
/// they are given.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use actix_messages::{MemoryStore, MessageFilter, MessageStore, PageRequest};
/// use actix_messages::store::{Insertion, Mailboxes, MessageDirectory};
/// use actix_messages::{Clock, Level, NewMessage, Recipient};
///
/// let store = MemoryStore::new();
/// let both = [Recipient::user("alice")?, Recipient::user("bob")?];
/// store.insert(Insertion::new(both, [NewMessage::new(Level::INFO, "Hello.").check()?]), &Clock::default()).await?;
///
/// let unread = MessageFilter::default().unread();
/// let newest = store.list_across(&Mailboxes::Users, &unread, &PageRequest::first(50)).await?;
/// assert_eq!(newest.len(), 2);
/// assert_eq!(store.summarize_across(&Mailboxes::Visitors, &unread).await?.count(), 0);
/// # Ok(())
/// # }
/// # actix_web::rt::System::new().block_on(example()).unwrap();
/// ```
#[async_trait]
pub trait MessageDirectory: MessageStore {
    /// Returns one page of the messages in these mailboxes that match the filter, each with its recipient.
    ///
    /// # Behavior
    ///
    /// - A page has exactly the messages of these mailboxes that match the filter, in the requested order.
    /// - Messages that are equal in that order come newest id first, and messages with the same id in the order of
    ///   their recipients.
    /// - [`PageRequest::total`] is ignored: [`summarize_across`](Self::summarize_across) counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`](super::StoreError) if the store can't be read.
    async fn list_across(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>>;

    /// Returns the number of messages of each level in these mailboxes that match the filter.
    ///
    /// # Behavior
    ///
    /// - A summary across mailboxes counts, for each level, exactly the messages that a list with the same filter has.
    ///
    /// # Errors
    ///
    /// [`StoreError`](super::StoreError) if the store can't be read.
    async fn summarize_across(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary>;
}

/// The mailboxes that a [`MessageDirectory`] reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mailboxes {
    /// All mailboxes.
    #[default]
    All,
    /// The inboxes of users.
    Users,
    /// The inboxes of visitors, who are not signed in.
    Visitors,
    /// The archives of all recipients.
    Archives,
    /// The postponed messages of all recipients.
    Later,
    /// The mailbox of this recipient.
    Of(Recipient),
}

impl Mailboxes {
    /// Returns whether these mailboxes include that of the recipient. A store translates this definition.
    #[must_use]
    pub fn contain(&self, recipient: &Recipient) -> bool {
        match self {
            Self::All => true,
            Self::Users => recipient.place() == Place::Inbox && recipient.user_id().is_some(),
            Self::Visitors => recipient.place() == Place::Inbox && recipient.session().is_some(),
            Self::Archives => recipient.place() == Place::Archive,
            Self::Later => recipient.place() == Place::Later,
            Self::Of(one) => one == recipient,
        }
    }
}

/// A pointer to a directory is a directory.
#[async_trait]
impl<P> MessageDirectory for P
where
    P: Deref<Target: MessageDirectory> + Debug + Send + Sync + 'static,
{
    async fn list_across(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>> {
        (**self).list_across(of, filter, page).await
    }

    async fn summarize_across(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary> {
        (**self).summarize_across(of, filter).await
    }
}
