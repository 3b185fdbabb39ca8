//! The end of a session: the messages to keep, and the outcome.

use std::collections::BTreeSet;

use super::{MessageId, Recipient};

/// The messages to keep when the session that they are bound to ends. They are then bound to no session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All messages that are bound to the session.
    All,
    /// These messages of these mailboxes, if they are bound to the session. The request that ends the session has added
    /// them, for example "Good bye".
    Only(BTreeSet<(Recipient, MessageId)>),
}

impl Kept {
    /// Keeps no message.
    #[must_use]
    pub const fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Returns whether to keep this message.
    #[must_use]
    pub fn contains(&self, of: &Recipient, id: MessageId) -> bool {
        match self {
            Self::All => true,
            // `contains` needs an owned pair, so the check for an empty set avoids a clone.
            Self::Only(these) => !these.is_empty() && these.contains(&(of.clone(), id)),
        }
    }
}

/// The outcome of the end of a session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SessionEnd {
    /// The number of messages that were deleted.
    pub deleted: u64,
    /// The mailboxes that had messages bound to the session.
    pub mailboxes: BTreeSet<Recipient>,
}

impl SessionEnd {
    /// Creates the outcome from the number of deleted messages, and the mailboxes that had messages bound to the
    /// session.
    #[must_use]
    pub const fn new(deleted: u64, mailboxes: BTreeSet<Recipient>) -> Self {
        Self { deleted, mailboxes }
    }
}
