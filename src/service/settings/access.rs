//! Access: who may do what -> a yes or a no.

use std::{fmt, sync::Arc};

use actix_web::HttpRequest;

use crate::model::{Message, Recipient};

/// Who may use the REST surface, and for what.
///
/// ```
/// use actix_messages::settings::{Access, AccessRequest, Action};
///
/// // Whoever is signed in, but only support staff deletes errors.
/// let access = Access::check(|asked: &AccessRequest<'_>| match asked.action {
///     // What selects many messages can't be looked at one by one.
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
    /// Anyone: who is not signed in has the messages of their session, where visitors have any.
    Anyone,
    /// Only who is signed in; others are refused with 403.
    SignedIn,
    /// Whom the closure lets; others are refused with 403: see [`check`](Self::check).
    Checked(Arc<dyn Check>),
}

impl Access {
    /// Lets in whom the closure says. It is asked before anything is looked up; and where the action is about one
    /// message, once more with that message, before it is shown, marked or deleted.
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

/// A closure that says who may do what.
pub trait Check: Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static {}

impl<F: Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static> Check for F {}

/// What somebody asks to be allowed.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AccessRequest<'a> {
    /// The request, with its headers, its path, and what middlewares have left in its extensions.
    pub request: &'a HttpRequest,
    /// What it would do.
    pub action: Action,
    /// Whose mailbox it is about; `None` where nobody is signed in.
    pub recipient: Option<&'a Recipient>,
    /// The one message that it is about, once that is looked up.
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

/// What a request would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// See a page of messages.
    List,
    /// See how many are unread.
    Peek,
    /// See one message.
    Retrieve,
    /// Delete one message.
    Delete,
    /// Mark one message as read.
    MarkRead,
    /// Mark one message as unread.
    MarkUnread,
    /// Delete a selection.
    DeleteSelection,
    /// Mark a selection as read.
    MarkSelectionRead,
    /// Mark a selection as unread.
    MarkSelectionUnread,
}
