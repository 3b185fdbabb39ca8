//! Access to the REST API: request and action -> permitted or refused.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use crate::model::{Message, Place, Recipient};

/// The access rule of the REST API: which requests may perform which actions.
///
/// ```
/// use actix_messages::settings::{Access, AccessRequest, Action};
///
/// // Every signed-in user has access, but only support staff may delete errors.
/// let access = Access::check(|asked: &AccessRequest<'_>| match asked.action {
///     // The closure can't check the messages of a selection one by one.
///     Action::DeleteSelection => false,
///     Action::Delete if asked.message.is_some_and(|message| message.level >= 40.into()) => {
///         asked.request.headers().contains_key("x-support")
///     }
///     _ => asked.recipient.is_some(),
/// });
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub enum Access {
    /// Anyone. A user who is not signed in gets the messages of the session, if visitors have messages.
    Anyone,
    /// Only signed-in users. Other requests are refused with 403.
    SignedIn,
    /// Only requests that the closure permits. Other requests are refused with 403: see [`check`](Self::check).
    Checked(Arc<dyn Check>),
}

impl Access {
    /// Permits the requests for which the closure returns `true`.
    ///
    /// The closure is called before any message is looked up. If the action is about one message, the closure is called
    /// again with that message, before the message is shown, marked or deleted.
    #[must_use]
    pub fn check(check: impl Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static) -> Self {
        Self::Checked(Arc::new(check))
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anyone => "Anyone",
            Self::SignedIn => "SignedIn",
            Self::Checked(_) => "Checked(..)",
        })
    }
}

/// A closure that decides whether a request is permitted.
pub trait Check: Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static {}

impl<F: Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static> Check for F {}

/// A request whose permission is checked.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AccessRequest<'a> {
    /// The request, with its headers, its path, and the extensions that middleware has set.
    pub request: &'a HttpRequest,
    /// The action that the request asks for.
    pub action: Action,
    /// The recipient whose mailbox the request is about; `None` if no user is signed in.
    pub recipient: Option<&'a Recipient>,
    /// The one message that the action is about, once it is looked up.
    pub message: Option<&'a Message>,
}

impl<'a> AccessRequest<'a> {
    pub(crate) const fn new(request: &'a HttpRequest, action: Action, recipient: Option<&'a Recipient>) -> Self {
        Self { request, action, recipient, message: None }
    }

    pub(crate) const fn about(self, message: &'a Message) -> Self {
        Self { message: Some(message), ..self }
    }
}

/// The action that a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// See a page of messages.
    List,
    /// See the inbox: messages that stay unread, with the unread count.
    Inbox,
    /// See messages and changes as they come.
    Stream,
    /// See the unread count.
    Peek,
    /// See one message.
    Retrieve,
    /// Delete one message.
    Delete,
    /// Mark one message as read.
    MarkRead,
    /// Mark one message as unread.
    MarkUnread,
    /// Delete a selection of messages.
    DeleteSelection,
    /// Mark a selection of messages as read.
    MarkSelectionRead,
    /// Mark a selection of messages as unread.
    MarkSelectionUnread,
    /// See the archived messages.
    ListArchive,
    /// See the postponed messages.
    ListLater,
    /// Move one message to the archive.
    Archive,
    /// Move one archived or postponed message to the inbox.
    Restore,
    /// Move a selection of messages to the archive.
    ArchiveSelection,
    /// Move a selection of messages from the archive to the inbox.
    RestoreSelection,
    /// Mark the messages up to one as seen.
    MarkSeen,
    /// Add and remove tags of one message.
    ChangeTags,
    /// Snooze one message.
    Snooze,
    /// Snooze a selection of messages.
    SnoozeSelection,
}

impl Action {
    /// Returns the name with which the inbox lists an action. It lists those that a client can offer to its user.
    pub(crate) const fn name_in_inbox(self) -> Option<&'static str> {
        match self {
            Self::List | Self::Inbox | Self::Peek | Self::Retrieve => None,
            Self::Stream => Some("stream"),
            Self::Delete => Some("delete"),
            Self::MarkRead => Some("mark-read"),
            Self::MarkUnread => Some("mark-unread"),
            Self::DeleteSelection => Some("delete-selection"),
            Self::MarkSelectionRead => Some("mark-selection-read"),
            Self::MarkSelectionUnread => Some("mark-selection-unread"),
            Self::ListArchive => Some("list-archive"),
            Self::ListLater => Some("list-later"),
            Self::Archive => Some("archive"),
            Self::Restore => Some("restore"),
            Self::ArchiveSelection => Some("archive-selection"),
            Self::RestoreSelection => Some("restore-selection"),
            Self::MarkSeen => Some("seen"),
            Self::ChangeTags => Some("tags"),
            Self::Snooze => Some("snooze"),
            Self::SnoozeSelection => Some("snooze-selection"),
        }
    }

    /// Returns the place whose messages the action is about.
    pub(crate) const fn place(self) -> Place {
        match self {
            Self::ListArchive | Self::Restore | Self::RestoreSelection => Place::Archive,
            Self::ListLater => Place::Later,
            _ => Place::Inbox,
        }
    }

    /// Returns the place that is searched next for one message that the action is about.
    pub(crate) const fn next_place(self) -> Option<Place> {
        match self {
            Self::Restore => Some(Place::Later),
            _ => None,
        }
    }
}
