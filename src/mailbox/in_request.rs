//! The parts of a mailbox that only requests need.

use super::Mailbox;
use crate::{announcements::first_look::FirstLook, model::SessionId};

impl Mailbox {
    /// Delivers announcements before the messages are read.
    pub(crate) fn with_announcements(mut self, look: Option<FirstLook>) -> Self {
        self.announcements = look;
        self
    }

    /// Returns the session of [`within_session`](Self::within_session), if one is set.
    pub(crate) const fn session_shown(&self) -> Option<&SessionId> {
        self.within.as_ref()
    }

    /// Returns the number of changes of this mailbox that this process knows.
    pub(crate) fn changes(&self) -> u64 {
        self.delivery.feed.changes_of(&self.recipient)
    }
}
