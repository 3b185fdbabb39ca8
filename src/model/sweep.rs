//! Cut-off times of the retention, and the steps of a sweep.

use std::collections::BTreeSet;

use super::{Message, MessageId, Place, Recipient, Timestamp};

/// Which messages have expired: those for which one of the fields says so. The default is none.
///
/// Each place has a rule of its own. What comes later, and what is in the mailbox of a group, never expires by its age; but all
/// that a visitor has does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RetentionCutoff {
    /// Those in an inbox that were first read before this moment.
    pub read_before: Option<Timestamp>,
    /// Those in an inbox that were created before this moment, read or not.
    pub created_before: Option<Timestamp>,
    /// Those in an archive that were created before this moment.
    pub archived_created_before: Option<Timestamp>,
    /// Those of visitors, wherever they are, that were created before this moment.
    pub visitors_created_before: Option<Timestamp>,
    /// Beside messages, a store may forget the newest id of a mailbox that is empty, if that id is a moment before this one. If
    /// the mailbox is a visitor's, it may forget all of its marks then. By default it keeps them.
    pub idle_marks_before: Option<Timestamp>,
}

impl RetentionCutoff {
    /// Whether a message has expired: the definition that every store translates.
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

/// A place in the order in which a store looks at all of its messages: the one it looked at last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepPosition {
    /// Whose it was.
    pub recipient: Recipient,
    /// Which it was.
    pub id: MessageId,
}

/// What one step of a sweep did.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SweepStep {
    /// The number of messages that were deleted.
    pub deleted: u64,
    /// The mailboxes that they were deleted from.
    pub mailboxes: BTreeSet<Recipient>,
    /// The position that the next step starts after; `None` at the end.
    pub next: Option<SweepPosition>,
}

impl SweepStep {
    /// A step that deleted this many messages from these mailboxes, and the position that the next step starts after; `None` at
    /// the end.
    #[must_use]
    pub const fn new(deleted: u64, mailboxes: BTreeSet<Recipient>, next: Option<SweepPosition>) -> Self {
        Self { deleted, mailboxes, next }
    }
}
