//! Limits the number of messages in a mailbox: drops old messages, or refuses new ones.

use std::collections::BTreeSet;

use super::Mailbox;
use crate::{
    error::Error,
    model::{MessageFilter, MessageId, MessageOrder, OrderKey, PageRequest, Place},
    store::{CheckedMessage, StoreError},
};

/// The maximum number of messages in a mailbox, and what happens when a new message exceeds it.
///
/// A large mailbox is not counted for each new message. A bound of `n` is checked with about every `n / 100`th message,
/// but at least with about every 500th. So a mailbox may have about 1 % more messages than its bound.
///
/// A check deletes at most 1000 messages, and 1000 more for each 500 messages that were added at once. So a mailbox
/// that was much larger before it had a bound shrinks step by step.
///
/// Messages that arrive by a broadcast, a claim or a [restore](crate::Selection::restore) are always kept, and count when
/// the next message is added.
///
/// The bound applies to the inbox of a user and to all [places](crate::Place) of a visitor. The archive and `Later` of
/// a user, and all places of a group, have no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MailboxBound {
    /// The number of messages is not limited.
    Unbounded,
    /// Deletes the oldest messages that were read. Unread messages are never deleted, so that no message is lost before
    /// it was seen. If many messages are unread, there may be more than the maximum.
    DropOldestRead {
        /// The maximum number of messages kept.
        at_most: u32,
    },
    /// Deletes the oldest messages, whether read or not.
    DropOldest {
        /// The maximum number of messages kept.
        at_most: u32,
    },
    /// Refuses the new message with [`Error::Full`]. The messages are counted each time. Messages that are added at the
    /// same moment may all find room for one more, so there may be more than the maximum.
    ///
    /// A handler that returns this error answers with 507, even if it has already done its other work.
    Refuse {
        /// The maximum number of messages kept.
        at_most: u32,
    },
}

/// The maximum number of messages that one step deletes.
const STEP: u32 = 1000;
/// A bound is checked with at least about every `MAX_CHECK_INTERVAL`th message. This is less than `STEP`, so a check
/// deletes more messages than were added since the last one.
const MAX_CHECK_INTERVAL: u32 = STEP / 2;

impl Mailbox {
    /// Returns the bound of this place.
    fn bound_of_place(&self) -> MailboxBound {
        let of = &self.recipient;
        let has_bound = of.session().is_some() || (of.place() == Place::Inbox && of.user_id().is_some());
        if has_bound { self.bound } else { MailboxBound::Unbounded }
    }

    /// Returns [`Error::Full`] if the mailbox has too little room. A message whose key is already in the mailbox needs
    /// no room.
    pub(super) async fn check_room(&self, messages: &[CheckedMessage]) -> Result<(), Error> {
        let MailboxBound::Refuse { at_most } = self.bound_of_place() else { return Ok(()) };
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

    /// Deletes the messages beyond the bound, after these messages were added.
    pub(super) async fn make_room(&self, added: &[MessageId]) -> Result<(), StoreError> {
        let (at_most, droppable) = match self.bound_of_place() {
            MailboxBound::Unbounded | MailboxBound::Refuse { .. } => return Ok(()),
            MailboxBound::DropOldest { at_most } => (at_most, MessageFilter::default()),
            MailboxBound::DropOldestRead { at_most } => (at_most, MessageFilter::default().read()),
        };
        // An id is a time in microseconds, so its remainder is as good as a random number.
        let one_in = i64::from((at_most / 100).clamp(1, MAX_CHECK_INTERVAL));
        if !added.iter().any(|id| id.value() % one_in == 0) {
            return Ok(());
        }
        for _ in (0..=added.len()).step_by(MAX_CHECK_INTERVAL as usize) {
            if self.drop_oldest(&droppable, at_most).await? < STEP as usize {
                break;
            }
        }
        Ok(())
    }

    /// Deletes the oldest droppable messages in one step if there are more than `at_most` messages. Returns the number
    /// of deleted messages.
    async fn drop_oldest(&self, droppable: &MessageFilter, at_most: u32) -> Result<usize, StoreError> {
        let beyond = self.beyond(at_most).await?;
        if beyond == 0 {
            return Ok(0);
        }
        let oldest = PageRequest::first(beyond.min(STEP)).order(MessageOrder::by(OrderKey::Created));
        let mut oldest = self.store().list(&self.recipient, droppable, &oldest).await?.messages;
        // Another request may delete messages at the same time. Counting again after listing ensures that this request
        // deletes the same messages as the other one, or fewer.
        oldest.truncate(self.beyond(at_most).await? as usize);
        if oldest.is_empty() {
            return Ok(0);
        }
        let oldest = droppable.clone().with_ids(oldest.iter().map(|message| message.id));
        Ok(self.delete_matching(&oldest).await?.len())
    }

    /// Returns the number of messages beyond `at_most`.
    async fn beyond(&self, at_most: u32) -> Result<u32, StoreError> {
        let beyond = self.size().await?.saturating_sub(at_most.into());
        Ok(u32::try_from(beyond).unwrap_or(u32::MAX))
    }

    async fn size(&self) -> Result<u64, StoreError> {
        let (all, counted) = (MessageFilter::default(), PageRequest::first(1).counted());
        Ok(self.store().list(&self.recipient, &all, &counted).await?.total.unwrap_or_default())
    }
}
