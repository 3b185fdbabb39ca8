//! The end of a session: the messages that stay, and the outcome.

use std::collections::BTreeSet;

use super::{MessageId, Recipient};

/// The messages that stay, bound to no session, when the session that they are bound to ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// All that are bound to it.
    All,
    /// These messages of these mailboxes, if they are bound to it: those that were added by the request that ends the session,
    /// such as "Good bye".
    Only(BTreeSet<(Recipient, MessageId)>),
}

impl Kept {
    /// No message stays.
    #[must_use]
    pub const fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    /// Whether this message stays.
    #[must_use]
    pub fn contains(&self, of: &Recipient, id: MessageId) -> bool {
        match self {
            Self::All => true,
            // A lookup needs a pair that it can borrow.
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
    /// An end that deleted this many messages, and the mailboxes that had messages bound to the session.
    #[must_use]
    pub const fn new(deleted: u64, mailboxes: BTreeSet<Recipient>) -> Self {
        Self { deleted, mailboxes }
    }
}
