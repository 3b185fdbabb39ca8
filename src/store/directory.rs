//! The directory: messages across mailboxes -> a page of them, and how many there are.

use std::{fmt::Debug, ops::Deref};

use async_trait::async_trait;

use super::{MessageStore, Result};
use crate::model::{Message, MessageFilter, PageRequest, Place, Recipient, Summary};

/// A store whose mailboxes can be looked through together: what an admin needs, and nothing else does.
///
/// It reads. Whatever changes a message goes through the verbs of [`MessageStore`], which are confined to the
/// mailboxes that they name.
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
    /// One page of the messages that the filter means in these mailboxes, each with whose it is.
    ///
    /// # Behavior
    ///
    /// - A page has exactly the messages of those mailboxes that the filter matches, in the order asked for.
    /// - What the order leaves equal, the newest id first, stands in the order of the recipients.
    /// - Whether a total is wanted makes no difference: [`summarize_across`](Self::summarize_across) counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`](super::StoreError) where the store could not be asked.
    async fn list_across(
        &self,
        of: &Mailboxes,
        filter: &MessageFilter,
        page: &PageRequest,
    ) -> Result<Vec<(Recipient, Message)>>;

    /// How many messages of each level the filter means in these mailboxes.
    ///
    /// # Behavior
    ///
    /// - A summary across mailboxes counts, level by level, exactly the messages that a list of the same filter has.
    ///
    /// # Errors
    ///
    /// [`StoreError`](super::StoreError) where the store could not be asked.
    async fn summarize_across(&self, of: &Mailboxes, filter: &MessageFilter) -> Result<Summary>;
}

/// Whose mailboxes are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Mailboxes {
    /// All, of everybody.
    #[default]
    All,
    /// The inboxes of users.
    Users,
    /// The inboxes of visitors, who are not signed in.
    Visitors,
    /// This one.
    Of(Recipient),
}

impl Mailboxes {
    /// Whether the mailbox of this recipient is meant: the definition that a store translates.
    #[must_use]
    pub fn contain(&self, recipient: &Recipient) -> bool {
        match self {
            Self::All => true,
            Self::Users => recipient.place() == Place::Inbox && recipient.user_id().is_some(),
            Self::Visitors => recipient.place() == Place::Inbox && recipient.session().is_some(),
            Self::Of(one) => one == recipient,
        }
    }
}

/// What points to a directory is a directory.
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
