//! A bound -> what gives way to a new message, or that there is no room for it.

use crate::{Error, Mailbox, MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, StoreError};

/// How many messages a mailbox keeps, and what gives way to a new one.
///
/// A large mailbox is not counted for each message: a bound of `n` is looked at with each `n / 100`th message or so, so
/// there may be a hundredth more. Then at most 1000 messages are dropped, so a mailbox that was much larger before it had
/// a bound gets smaller step by step.
///
/// What a broadcast or a claim brings is kept in any case, and counts with the next message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailboxBound {
    /// There is none.
    Unbounded,
    /// The oldest of the messages that were read are dropped. Unread ones are not, so that none is lost that nobody has
    /// seen: where all are unread there may be more.
    DropOldestRead {
        /// So many messages are kept.
        at_most: u32,
    },
    /// The oldest messages are dropped, read or not.
    DropOldest {
        /// So many messages are kept.
        at_most: u32,
    },
    /// The new message is refused with [`Error::Full`]. It is counted each time; of those that are added at the same
    /// moment, each may find the last free place.
    Refuse {
        /// So many messages are kept.
        at_most: u32,
    },
}

/// The most messages that are dropped at once.
const MOST: u64 = 1000;

impl Mailbox {
    /// Refuses messages for which there is no room.
    pub(super) async fn check_room(&self, messages: usize) -> Result<(), Error> {
        let MailboxBound::Refuse { at_most } = self.bound else { return Ok(()) };
        let is_full = self.size().await?.saturating_add(messages as u64) > u64::from(at_most);
        if is_full { Err(Error::Full { at_most }) } else { Ok(()) }
    }

    /// Drops what is beyond the bound, now that these messages were added.
    pub(super) async fn make_room(&self, added: &[MessageId]) -> Result<(), StoreError> {
        let (at_most, droppable) = match self.bound {
            MailboxBound::Unbounded | MailboxBound::Refuse { .. } => return Ok(()),
            MailboxBound::DropOldest { at_most } => (at_most, MessageFilter::default()),
            MailboxBound::DropOldestRead { at_most } => (at_most, MessageFilter::default().read()),
        };
        // An id is a moment, as good as any number drawn by lot.
        let one_in = i64::from(at_most / 100).max(1);
        if !added.iter().any(|id| id.value() % one_in == 0) {
            return Ok(());
        }
        let beyond = self.size().await?.saturating_sub(at_most.into()).min(MOST);
        if beyond > 0 {
            let oldest = PageRequest::first(beyond as u32).order(MessageOrder::by(OrderKey::Created));
            let oldest = self.store.list(&self.recipient, &droppable, &oldest).await?.messages;
            let oldest = droppable.with_ids(oldest.iter().map(|message| message.id));
            self.store.delete(&self.recipient, &oldest).await?;
        }
        Ok(())
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let (all, counted) = (MessageFilter::default(), PageRequest::first(1).counted());
        Ok(self.store.list(&self.recipient, &all, &counted).await?.total.unwrap_or_default())
    }
}
