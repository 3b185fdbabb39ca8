//! Errors of adding and reading messages, and of an application's setup.

use std::{error::Error as StdError, fmt};

pub use crate::live::InvalidPosition;
pub use crate::model::{InvalidMark, InvalidMessage, InvalidRecipient, InvalidTimestamp};
use crate::store::StoreError;

/// The reason why a message could not be added or read.
///
/// It is a `ResponseError` of Actix Web, so a handler can return it with `?`. The response depends on the error:
///
/// - Invalid input: 400, with a body that says what is wrong.
/// - Full mailbox: 507.
/// - Unavailable store: 503 with `Retry-After`.
/// - Everything else: an opaque 500. The cause is in the log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The message breaks a limit.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The id of a user or the name of a group is invalid.
    #[error(transparent)]
    Recipient(#[from] InvalidRecipient),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
    /// The mailbox is full, and refuses new messages ([`MailboxBound::Refuse`](crate::settings::MailboxBound::Refuse)).
    #[error("the mailbox is full: it has room for {at_most} messages")]
    Full {
        /// The maximum number of messages kept.
        at_most: u32,
    },
    /// The application is not set up correctly.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

/// Maps a broken limit to [`Error::Invalid`], whether it is found before the store is called or by the store.
impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Invalid(invalid) => Self::Invalid(invalid),
            StoreError::Unavailable { .. } | StoreError::Failed { .. } => Self::Store(error),
        }
    }
}

/// A mistake in the setup of an application. The error text goes to the log and names the fix. The output of `Debug` is
/// the same text, so a test that panics with the error shows it too.
#[derive(Clone, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The configuration is not in the application's data.
    #[error("messages are not configured: add `.app_data(MessagesConfig::new(store, identify))` to the `App`")]
    MissingConfig,
    /// The middleware `follow_session` is not installed.
    #[error(
        "the user is looked up in the session, but the middleware `follow_session` is missing: add \
         `.wrap(from_fn(follow_session))` to the `App`, before `.wrap(SessionMiddleware::..)`, so that it runs inside \
         the session middleware"
    )]
    MissingFollowSession,
    /// The session middleware is not installed, or does not enclose the middleware `follow_session`.
    #[error(
        "`follow_session` found no session: add `.wrap(SessionMiddleware::..)` to the `App`, after \
         `.wrap(from_fn(follow_session))`, so that the session middleware encloses it; if it is already there, it comes \
         from another version of actix-session than the one that actix-messages uses: `cargo tree --duplicates` lists \
         both"
    )]
    MissingSession,
    /// The version is in the path, but the path has none.
    #[error(
        "the path has no `{{version}}`, which `Versioning::path` looks for: mount the endpoints at a path such as \
         `/{{version}}/messages`"
    )]
    MissingVersion,
    /// The request has been answered, and its session is closed.
    #[error(
        "the request has been answered and its session is closed, so the user is unknown: call `messages.mailbox()?` \
         in the handler, and use that mailbox in a task, a stream or a socket that outlives the handler; register a \
         middleware that adds messages before `.wrap(from_fn(follow_session))`, so that it runs inside `follow_session`"
    )]
    Answered,
    /// The session has a value that is not a user id.
    #[error(
        "the session's value `{key}` is not a user id: it must be a number, or a text of 1 to 128 bytes without control \
         characters and without white space at its ends"
    )]
    UnusableUser {
        /// The key of the value in the session.
        key: String,
        /// The reason why the value is invalid, if the value is a text.
        source: Option<InvalidRecipient>,
    },
}

impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetupError({self})")
    }
}

/// Displays an error with its causes, for the log: not every logger prints the causes of an error. A cause that the
/// text has already is left out.
pub(crate) struct WithCauses<'a>(pub(crate) &'a dyn StdError);

impl fmt::Display for WithCauses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let one = error.to_string();
            if !text.ends_with(&one) {
                text = format!("{text}: {one}");
            }
            cause = error.source();
        }
        f.write_str(&text)
    }
}
