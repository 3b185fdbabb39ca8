//! Policies: the settings that are a choice between a few options.

use super::cursor_key::CursorKey;

/// Whether clients may delete a message over REST before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnreadDeletion {
    /// Deleting one unread message is refused with 403. Deleting a selection deletes only its read messages.
    Forbid,
    /// Unread messages are deleted like read ones.
    Allow,
}

/// Whether the sessions of one user see each other's messages.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionScoping {
    /// A user sees all of their messages in every session.
    Shared,
    /// A session sees only the messages that were created in it, and messages that are not bound to a session.
    Separate,
}

/// The settings for sessions.
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

/// Whether a session without a user keeps messages.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Visitors {
    /// The session has its own mailbox.
    Keep {
        /// The maximum number of messages. If a new message exceeds it, the oldest message is dropped.
        at_most: u32,
    },
    /// The messages last only for the request.
    Forget,
}

/// Determines what happens to the messages that are bound to a session when the session ends.
#[cfg(feature = "session")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AfterLogout {
    /// They are deleted.
    Delete,
    /// They stay, are no longer bound to a session, and are visible in later sessions.
    Keep,
}

/// How a list is split into pages, and how clients ask for a page.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Pagination {
    /// By `limit` and `offset`. If messages are added or deleted between requests, a page may repeat or skip messages.
    LimitOffset,
    /// By `page` (a number or `last`) and `page_size`. If messages are added or deleted between requests, a page may
    /// repeat or skip messages.
    PageNumber,
    /// By `cursor`, which clients take from `next` and `previous`, and `page_size`. Lists are ordered by the time of
    /// creation and not counted.
    ///
    /// No message is skipped or repeated, even if the mailbox changes between requests. This also holds for a client
    /// that pages through the unread messages while they are marked as read.
    Cursor(CursorKey),
    /// No pagination. A list is a bare array, with at most as many messages as the maximum page size.
    Off,
}

/// The page size for requests that do not specify one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PageSize {
    /// At most this many messages, in an object with `count`, `next` and `previous`. With [`Pagination::Cursor`], it
    /// has no `count`.
    Limited(u32),
    /// All messages, up to the maximum page size, in a bare array.
    Unlimited,
}

impl PageSize {
    /// Returns how many messages a page has, at most, if `max` is the maximum page size.
    pub(crate) fn limited_to(self, max: u32) -> u32 {
        match self {
            Self::Limited(size) => size.min(max),
            Self::Unlimited => max,
        }
    }
}

/// Whether to trust the headers of a proxy that tell where a request was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeaders {
    /// `Forwarded` and `X-Forwarded-*` are ignored, because any client can send them.
    Ignore,
    /// The headers determine the scheme and host of pagination links, and the host that `Origin` is compared with.
    /// `X-Forwarded-Prefix` names the part of the path that the proxy has removed. For servers behind a proxy that sets
    /// these headers, and removes those of the client, `Forwarded` among them: `Forwarded` counts first.
    Trust,
}
