//! The endpoints that an application can choose.

/// An endpoint, or a group of related endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Endpoint {
    /// `GET /`: returns a page of the messages.
    List,
    /// `GET /inbox/`: returns the newest messages, the summary of the unread ones, and the position from which the
    /// stream continues. It marks nothing.
    Inbox,
    /// `GET /stream/`: sends new messages and changes as they come, as server-sent events.
    Stream,
    /// `GET /peek/`: returns the unread count and the highest unread level.
    Peek,
    /// `GET` and `DELETE /{id}/`: returns or deletes one message.
    Message,
    /// `POST /{id}/read/` and `/{id}/unread/` mark one message. `POST /read/` and `/unread/` mark the messages that the
    /// query parameters select.
    Marking,
    /// `DELETE /`: deletes the messages that the query parameters select.
    SelectionDeletion,
    /// `GET /archive/` returns the archived messages. `POST /{id}/archive/` and `POST /archive/` move messages of the
    /// inbox to the archive, and `POST /{id}/restore/` and `POST /restore/` move them back. `POST /{id}/restore/`
    /// also brings a postponed message back.
    Archive,
    /// `GET /later/`: returns the postponed messages.
    Later,
    /// `POST /{id}/snooze/` moves one message to [`Later`](crate::Place::Later) until the moment in the parameter
    /// `until`. `POST /snooze/` moves the messages that the query parameters select. The application runs a
    /// [`Ticker`](crate::Ticker), which brings them back.
    Snooze,
    /// `POST /seen/`: marks the messages up to one as seen. The summaries of the scope then have the number of unseen
    /// messages.
    Seen,
    /// `POST /{id}/tags/`: adds and removes tags that
    /// [`MessagesConfig::user_tags`](crate::MessagesConfig::user_tags) names.
    Tags,
    /// `GET /bell.js` and `GET /messages.js`: the scripts of `<messages-bell>` and `<messages-inbox>`. Adds
    /// [`Inbox`](Self::Inbox), [`Stream`](Self::Stream), [`Marking`](Self::Marking) and [`Seen`](Self::Seen), which they
    /// use.
    ///
    /// The scripts are the same for all users, so no user is identified. [`BellTag`](crate::BellTag) writes the HTML.
    Bell,
    /// `GET /openapi.json`: returns an OpenAPI document of the other endpoints (feature `openapi`).
    ///
    /// [`Access::SignedIn`](crate::settings::Access::SignedIn) also applies to the document: only signed-in users get
    /// it.
    /// [`Access::check`](crate::settings::Access::check) does not apply to it.
    #[cfg(feature = "openapi")]
    OpenApi,
}

impl Endpoint {
    /// Returns the endpoint and those that it does not work without.
    pub(in crate::service) fn with_required(self) -> impl Iterator<Item = Self> {
        let required: &[Self] = match self {
            Self::Bell => &[Self::Inbox, Self::Stream, Self::Marking, Self::Seen],
            _ => &[],
        };
        required.iter().copied().chain([self])
    }
}
