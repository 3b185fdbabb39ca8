//! Policies: the choices of the configuration that are one of a few.

use super::cursor_key::CursorKey;

/// Whether a message may be deleted over REST before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreadDeletion {
    /// It is refused with 403.
    Forbid,
    /// It is deleted.
    Allow,
}

/// Whether the sessions of one user see each other's messages.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionScoping {
    /// A user sees all of their messages in every session.
    Shared,
    /// A session sees only the messages that were made in it, and those that are bound to no session.
    Separate,
}

/// What sessions mean for messages.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct SessionPolicy {
    pub(crate) scoping: SessionScoping,
    pub(crate) visitors: Visitors,
    pub(crate) after_logout: AfterLogout,
}

#[cfg(feature = "session")]
impl Default for SessionPolicy {
    fn default() -> Self {
        Self {
            scoping: SessionScoping::Shared,
            visitors: Visitors::Keep { at_most: 100 },
            after_logout: AfterLogout::Delete,
        }
    }
}

/// Whether a session without a user has messages.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visitors {
    /// It has a mailbox of its own.
    Keep {
        /// So many messages; a new one beyond makes the oldest go.
        at_most: u32,
    },
    /// Its messages live for the request alone.
    Forget,
}

/// What becomes of the messages that are bound to a session when it ends.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterLogout {
    /// They are deleted.
    Delete,
    /// They stay, bound to none, and are seen in the sessions to come.
    Keep,
}

/// How a list is cut into pages, and how a page is asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Pagination {
    /// By `limit` and `offset`. While messages arrive or are deleted, a page may repeat messages or skip some.
    LimitOffset,
    /// By `page`, a number or `last`, and `page_size`. While messages arrive or are deleted, a page may repeat
    /// messages or skip some.
    PageNumber,
    /// By `cursor`, which `next` and `previous` hold, and `page_size`. Lists are ordered by the time of creation and
    /// not counted. Whatever happens meanwhile, no message is skipped and none repeated, also in a walk through the
    /// unread ones that reading marks.
    Cursor(CursorKey),
    /// There are no pages: a list is a bare array, at most as long as the maximum page size.
    Off,
}

/// How long a page is where the request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageSize {
    /// So many messages, with `count`, `next` and `previous` around them.
    Limited(u32),
    /// As many as there are, up to the maximum page size, in a bare array.
    Unlimited,
}

/// Whether a proxy in front of the server says where requests were sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeaders {
    /// `Forwarded` and `X-Forwarded-*` are ignored, since anyone can send them.
    Ignore,
    /// They say which scheme and host the links of a page begin with. For servers behind a proxy that sets them.
    Trust,
}
