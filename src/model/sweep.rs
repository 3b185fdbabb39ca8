//! Cut-off times of the retention, and the steps of a sweep.

use std::collections::BTreeSet;

use super::{Message, MessageId, Place, Recipient, Timestamp};

/// Selects the messages that have expired. A message has expired if at least one field applies to it. The default
/// selects no messages.
///
/// Each place has its own rules. Messages of groups never expire by age. Messages in [`Place::Later`] expire by age
/// only if they are a visitor's: `visitors_created_before` applies to the messages of visitors in every place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionCutoff {
    /// Messages in an inbox that were first read before this time.
    pub read_before: Option<Timestamp>,
    /// Messages in an inbox that were created before this time, read or unread.
    pub created_before: Option<Timestamp>,
    /// Messages in an archive that were created before this time.
    pub archived_created_before: Option<Timestamp>,
    /// Messages of visitors, in any place, that were created before this time.
    pub visitors_created_before: Option<Timestamp>,
    /// If a mailbox is empty and its newest id is a time before this one, a store may forget that id. If that mailbox
    /// belongs to a visitor, also one who never had a message, the store may forget all of its marks that are times
    /// before this one. By default the store keeps them.
    pub idle_marks_before: Option<Timestamp>,
}

impl RetentionCutoff {
    /// Returns whether a message has expired. Every store must give the same result.
    #[must_use]
    pub fn has_expired(&self, of: &Recipient, message: &Message) -> bool {
        let Self {
            read_before,
            created_before,
            archived_created_before,
            visitors_created_before,
            idle_marks_before: _,
        } = self;
        let is_before = |moment: Timestamp, end: &Option<Timestamp>| end.is_some_and(|end| moment < end);
        let by_place = match of.place() {
            _ if of.group_name().is_some() => false,
            Place::Inbox => {
                message.read_at().is_some_and(|read_at| is_before(read_at, read_before))
                    || is_before(message.created(), created_before)
            }
            Place::Archive => is_before(message.created(), archived_created_before),
            Place::Later => false,
        };
        by_place || (of.session().is_some() && is_before(message.created(), visitors_created_before))
    }
}

/// A position in a sweep: the last message that the sweep has looked at, in the order in which the store sweeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPosition {
    /// The owner of the message.
    pub recipient: Recipient,
    /// The id of the message.
    pub id: MessageId,
}

/// The outcome of one step of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepStep {
    /// The number of messages that were deleted.
    pub deleted: u64,
    /// The mailboxes that these messages were deleted from.
    pub mailboxes: BTreeSet<Recipient>,
    /// The position after which the next step starts; `None` at the end of the sweep.
    pub next: Option<SweepPosition>,
}

impl SweepStep {
    /// Creates the outcome of a step from the number of deleted messages, the mailboxes that they were deleted from,
    /// and the position after which the next step starts. At the end of the sweep, `next` is `None`.
    #[must_use]
    pub const fn new(deleted: u64, mailboxes: BTreeSet<Recipient>, next: Option<SweepPosition>) -> Self {
        Self { deleted, mailboxes, next }
    }
}
