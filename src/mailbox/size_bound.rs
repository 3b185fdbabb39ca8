//! A bound -> what gives way to a new message, or that there is no room for it.

use std::collections::BTreeSet;

use super::Mailbox;
use crate::{
    error::Error,
    model::{MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, Place},
    store::{CheckedMessage, StoreError},
};

/// How many messages a mailbox keeps, and what gives way to a new one.
///
/// A large mailbox is not counted for each message: a bound of `n` is looked at with each `n / 100`th message or so, at
/// least with each 500th, so there may be a hundredth more. Then at most 1000 messages are dropped, or twice as many as were
/// added at once, so a mailbox that was much larger before it had a bound gets smaller step by step.
///
/// What a broadcast or a claim brings is kept in any case, and counts with the next message. What is in a user's archive, comes later
/// or is a group's has no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
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
    /// moment, each may find the last free place. A handler that has done its work by then answers with 507 all the
    /// same, unless it looks at the error.
    Refuse {
        /// So many messages are kept.
        at_most: u32,
    },
}

/// The most messages that are dropped in a step.
const STEP: u32 = 1000;
/// The most messages that are added before a bound is looked at. It is less than what is dropped then.
const RARELY: u32 = STEP / 2;

impl Mailbox {
    /// The bound of this place.
    fn bound_here(&self) -> MailboxBound {
        let of = &self.recipient;
        let has_bound = of.session().is_some() || (of.place() == Place::Inbox && of.user_id().is_some());
        if has_bound { self.bound } else { MailboxBound::Unbounded }
    }

    /// Refuses messages for which there is no room. A message whose key is here needs none.
    pub(super) async fn check_room(&self, messages: &[CheckedMessage]) -> Result<(), Error> {
        let MailboxBound::Refuse { at_most } = self.bound_here() else { return Ok(()) };
        let keys = messages.iter().filter_map(|message| message.parts().key).collect::<BTreeSet<_>>();
        let mut present = 0;
        if !keys.is_empty() {
            let with_keys = MessageFilter::default().with_keys(keys);
            present = self.store().summarize(&self.recipient, &with_keys).await?.count();
        }
        let new = (messages.len() as u64).saturating_sub(present);
        let is_full = new > 0 && self.size().await?.saturating_add(new) > u64::from(at_most);
        if is_full { Err(Error::Full { at_most }) } else { Ok(()) }
    }

    /// Drops what is beyond the bound, now that these messages were added.
    pub(super) async fn make_room(&self, added: &[MessageId]) -> Result<(), StoreError> {
        let (at_most, droppable) = match self.bound_here() {
            MailboxBound::Unbounded | MailboxBound::Refuse { .. } => return Ok(()),
            MailboxBound::DropOldest { at_most } => (at_most, MessageFilter::default()),
            MailboxBound::DropOldestRead { at_most } => (at_most, MessageFilter::default().read()),
        };
        // An id is a moment, as good as any number drawn by lot.
        let one_in = i64::from((at_most / 100).clamp(1, RARELY));
        if !added.iter().any(|id| id.value() % one_in == 0) {
            return Ok(());
        }
        for _ in (0..=added.len()).step_by(RARELY as usize) {
            if self.drop_oldest(&droppable, at_most).await? < STEP as usize {
                break;
            }
        }
        Ok(())
    }

    /// Drops the oldest of these where there are more messages than that, in one step, and says how many.
    async fn drop_oldest(&self, droppable: &MessageFilter, at_most: u32) -> Result<usize, StoreError> {
        let beyond = self.beyond(at_most).await?;
        if beyond == 0 {
            return Ok(0);
        }
        let oldest = PageRequest::first(beyond.min(STEP)).order(MessageOrder::by(OrderKey::Created));
        let mut oldest = self.store().list(&self.recipient, droppable, &oldest).await?.messages;
        // Somebody else may have dropped some meanwhile. Those that are listed by now are the same as theirs, or fewer.
        oldest.truncate(self.beyond(at_most).await? as usize);
        if oldest.is_empty() {
            return Ok(0);
        }
        let oldest = droppable.clone().with_ids(oldest.iter().map(|message| message.id));
        Ok(self.delete_matching(&oldest).await?.len())
    }

    /// How many messages there are beyond so many.
    async fn beyond(&self, at_most: u32) -> Result<u32, StoreError> {
        let beyond = self.size().await?.saturating_sub(at_most.into());
        Ok(u32::try_from(beyond).unwrap_or(u32::MAX))
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let (all, counted) = (MessageFilter::default(), PageRequest::first(1).counted());
        Ok(self.store().list(&self.recipient, &all, &counted).await?.total.unwrap_or_default())
    }
}
