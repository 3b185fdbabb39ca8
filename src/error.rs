//! What can go wrong between a handler and a mailbox.

use std::{error::Error as StdError, fmt};

pub use crate::model::{InvalidMark, InvalidMessage, InvalidRecipient, InvalidTimestamp};
use crate::store::StoreError;

/// Why a message could not be added or read.
///
/// It is a `ResponseError` of Actix-web, so a handler says `?`: bad input is a 400 that says what is
/// wrong, a full mailbox a 507, a store that is away a 503 with `Retry-After`, everything else an opaque 500 whose cause
/// is in the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message breaks a limit.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// This is no id of a user.
    #[error(transparent)]
    Recipient(#[from] InvalidRecipient),
    /// The store could not do it.
    #[error(transparent)]
    Store(StoreError),
    /// The mailbox is full, and nothing of it gives way ([`MailboxBound::Refuse`](crate::settings::MailboxBound::Refuse)).
    #[error("the mailbox is full: it has room for {at_most} messages")]
    Full {
        /// So many messages are kept.
        at_most: u32,
    },
    /// The application forgot a step.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// A change that breaks a limit is [`Error::Invalid`], whether it is found before the store is asked or by the store.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Invalid(invalid) => Self::Invalid(invalid),
            StoreError::Unavailable { .. } | StoreError::Failed { .. } => Self::Store(error),
        }
    }
}

/// A step that the application forgot. The text, which goes to the log, names the fix. A test that panics with the error shows
/// the text too, because it is also the output of `Debug`.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The configuration is not in the application's data.
    #[error("messages are not configured: add `.app_data(MessagesConfig::new(store, identify))` to the `App`")]
    MissingConfig,
    /// The middleware that follows sessions is not installed.
    #[error(
        "the user is looked up in the session, but nothing follows sessions: add `.wrap(from_fn(follow_session))` to \
         the `App`, before `.wrap(SessionMiddleware::..)`, so that it runs inside of it"
    )]
    MissingFollowSession,
    /// The session middleware is not installed, or does not enclose the one that follows sessions.
    #[error(
        "there is no session where `follow_session` runs: add `.wrap(SessionMiddleware::..)` to the `App`, after \
         `.wrap(from_fn(follow_session))`, so that it encloses it; if it is there, it is of another version of \
         actix-session than messages are built with: `cargo tree --duplicates` names both"
    )]
    MissingSession,
    /// The request is answered, and its session is closed.
    #[error(
        "the request is answered already, and its session is closed, so nobody can tell whose messages are meant: take \
         `messages.mailbox()?` in the handler, and use that in a task, a stream or a socket that outlives it; and \
         register a middleware that adds messages before `.wrap(from_fn(follow_session))`, so that it runs inside of it"
    )]
    Answered,
    /// The session holds something that is no user's id.
    #[error(
        "the session's value `{key}` is no id of a user: it has to be a number, or a text of 1 to 128 bytes without control \
         characters and without white space at its ends"
    )]
    UnusableUser {
        /// Where it is in the session.
        key: String,
        /// What is wrong with it, where it is a text.
        source: Option<InvalidRecipient>,
    },
}

impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupError({self})")
    }
}

/// An error and what caused it, for the log, where not every logger looks for causes.
pub(crate) struct WithCauses<'a>(pub(crate) &'a dyn StdError);

impl fmt::Display for WithCauses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
