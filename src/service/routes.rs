//! Declares each route once, for mounting, `Allow`, `OPTIONS` and OpenAPI.

mod endpoint;

use actix_web::{
    Route, guard,
    http::Method,
    web::{method, route},
};

pub use self::endpoint::Endpoint;
use super::{
    endpoints::{
        archive, archive_selection, change_tags, delete, delete_selection, inbox, list, list_archive, list_later,
        mark_read, mark_seen, mark_selection_read, mark_selection_unread, mark_unread, peek, restore,
        restore_selection, retrieve, snooze, snooze_selection, stream,
    },
    question::negotiate::MediaType,
    settings::access::Action,
};

/// A path and its methods.
pub(super) struct Resource {
    /// The path in OpenAPI syntax. A path that ends with a slash also works without it.
    pub(super) path: &'static str,
    /// The name for `url_for`.
    pub(super) name: &'static str,
    /// The name and the description in the response to `OPTIONS`.
    pub(super) described_as: (&'static str, &'static str),
    /// The media type of its successful responses.
    pub(super) media_type: MediaType,
    pub(super) operations: &'static [Operation],
}

/// A method of a path, and how it is answered.
pub(super) struct Operation {
    pub(super) endpoint: Endpoint,
    pub(super) verb: Verb,
    pub(super) answer: Answer,
}

/// The method of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `GET` and `HEAD`.
    Get,
    Delete,
    Post,
}

/// The part that answers an operation.
pub(super) enum Answer {
    /// A handler that performs this action.
    Handler {
        handle: fn(Route) -> Route,
        #[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "only OpenAPI uses it"))]
        action: Action,
        /// The id and the summary of the operation in OpenAPI.
        #[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "only OpenAPI uses it"))]
        documented_as: (&'static str, &'static str),
    },
    /// The OpenAPI document of the scope.
    #[cfg(feature = "openapi")]
    Document,
}

/// All paths. The pattern of an id matches any segment without a dot, so paths with fixed names come first.
pub(super) static RESOURCES: &[Resource] = &[
    Resource {
        path: "/",
        name: "messages:list",
        described_as: ("Messages List", "List, Retrieve and Delete messages for this session."),
        media_type: MediaType::Json,
        operations: &[
            Operation::new(
                Endpoint::List,
                Verb::Get,
                |route| route.to(list),
                Action::List,
                ("listMessages", "List messages"),
            ),
            Operation::new(
                Endpoint::SelectionDeletion,
                Verb::Delete,
                |route| route.to(delete_selection),
                Action::DeleteSelection,
                ("deleteMessages", "Delete a selection"),
            ),
        ],
    },
    Resource {
        path: "/inbox/",
        name: "messages:inbox",
        described_as: ("Inbox", "List messages without reading them, with a summary."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Inbox,
            Verb::Get,
            |route| route.to(inbox),
            Action::Inbox,
            ("getInbox", "List messages and leave them unread"),
        )],
    },
    Resource {
        path: "/stream/",
        name: "messages:stream",
        described_as: ("Stream", "New messages and changes as server-sent events."),
        media_type: MediaType::EventStream,
        operations: &[Operation::new(
            Endpoint::Stream,
            Verb::Get,
            |route| route.to(stream),
            Action::Stream,
            ("streamMessages", "Follow the messages"),
        )],
    },
    Resource {
        path: "/peek/",
        name: "messages:peek",
        described_as: ("Peek", "Get summary about unread message without reading them."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Peek,
            Verb::Get,
            |route| route.to(peek),
            Action::Peek,
            ("peekMessages", "Count unread messages"),
        )],
    },
    Resource {
        path: "/read/",
        name: "messages:read",
        described_as: MARKING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Marking,
            Verb::Post,
            |route| route.to(mark_selection_read),
            Action::MarkSelectionRead,
            ("markMessagesRead", "Mark a selection as read"),
        )],
    },
    Resource {
        path: "/unread/",
        name: "messages:unread",
        described_as: MARKING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Marking,
            Verb::Post,
            |route| route.to(mark_selection_unread),
            Action::MarkSelectionUnread,
            ("markMessagesUnread", "Mark a selection as unread"),
        )],
    },
    Resource {
        path: "/archive/",
        name: "messages:archive",
        described_as: ("Archive", "List archived messages, and archive a selection."),
        media_type: MediaType::Json,
        operations: &[
            Operation::new(
                Endpoint::Archive,
                Verb::Get,
                |route| route.to(list_archive),
                Action::ListArchive,
                ("listArchive", "List archived messages"),
            ),
            Operation::new(
                Endpoint::Archive,
                Verb::Post,
                |route| route.to(archive_selection),
                Action::ArchiveSelection,
                ("archiveMessages", "Archive a selection"),
            ),
        ],
    },
    Resource {
        path: "/restore/",
        name: "messages:restore",
        described_as: RESTORING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Archive,
            Verb::Post,
            |route| route.to(restore_selection),
            Action::RestoreSelection,
            ("restoreMessages", "Restore a selection from the archive"),
        )],
    },
    Resource {
        path: "/later/",
        name: "messages:later",
        described_as: ("Later", "List postponed messages."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Later,
            Verb::Get,
            |route| route.to(list_later),
            Action::ListLater,
            ("listLater", "List postponed messages"),
        )],
    },
    Resource {
        path: "/seen/",
        name: "messages:seen",
        described_as: ("Seen", "Mark the messages up to one as seen."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Seen,
            Verb::Post,
            |route| route.to(mark_seen),
            Action::MarkSeen,
            ("markMessagesSeen", "Mark messages as seen"),
        )],
    },
    Resource {
        path: "/snooze/",
        name: "messages:snooze",
        described_as: SNOOZING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Snooze,
            Verb::Post,
            |route| route.to(snooze_selection),
            Action::SnoozeSelection,
            ("snoozeMessages", "Snooze a selection"),
        )],
    },
    Resource {
        path: "/{id}/read/",
        name: "messages:detail-read",
        described_as: MARKING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Marking,
            Verb::Post,
            |route| route.to(mark_read),
            Action::MarkRead,
            ("markMessageRead", "Mark one message as read"),
        )],
    },
    Resource {
        path: "/{id}/unread/",
        name: "messages:detail-unread",
        described_as: MARKING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Marking,
            Verb::Post,
            |route| route.to(mark_unread),
            Action::MarkUnread,
            ("markMessageUnread", "Mark one message as unread"),
        )],
    },
    Resource {
        path: "/{id}/archive/",
        name: "messages:detail-archive",
        described_as: ("Archiving", "Move a message to the archive."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Archive,
            Verb::Post,
            |route| route.to(archive),
            Action::Archive,
            ("archiveMessage", "Archive one message"),
        )],
    },
    Resource {
        path: "/{id}/restore/",
        name: "messages:detail-restore",
        described_as: RESTORING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Archive,
            Verb::Post,
            |route| route.to(restore),
            Action::Restore,
            ("restoreMessage", "Restore one archived or postponed message"),
        )],
    },
    Resource {
        path: "/{id}/snooze/",
        name: "messages:detail-snooze",
        described_as: SNOOZING,
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Snooze,
            Verb::Post,
            |route| route.to(snooze),
            Action::Snooze,
            ("snoozeMessage", "Snooze one message"),
        )],
    },
    Resource {
        path: "/{id}/tags/",
        name: "messages:detail-tags",
        described_as: ("Tags", "Add and remove tags of a message."),
        media_type: MediaType::Json,
        operations: &[Operation::new(
            Endpoint::Tags,
            Verb::Post,
            |route| route.to(change_tags),
            Action::ChangeTags,
            ("changeMessageTags", "Add and remove tags of one message"),
        )],
    },
    Resource {
        path: "/{id}/",
        name: "messages:detail",
        described_as: ("Messages Instance", "List, Retrieve and Delete messages for this session."),
        media_type: MediaType::Json,
        operations: &[
            Operation::new(
                Endpoint::Message,
                Verb::Get,
                |route| route.to(retrieve),
                Action::Retrieve,
                ("retrieveMessage", "Get one message"),
            ),
            Operation::new(
                Endpoint::Message,
                Verb::Delete,
                |route| route.to(delete),
                Action::Delete,
                ("deleteMessage", "Delete one message"),
            ),
        ],
    },
    #[cfg(feature = "openapi")]
    Resource {
        path: "/openapi.json",
        name: "messages:openapi",
        described_as: ("OpenAPI", "The OpenAPI document of this scope."),
        media_type: MediaType::Json,
        operations: &[Operation { endpoint: Endpoint::OpenApi, verb: Verb::Get, answer: Answer::Document }],
    },
];

const MARKING: (&str, &str) = ("Marking", "Mark messages as read or unread.");
const SNOOZING: (&str, &str) = ("Snoozing", "Put messages off until a later moment.");

const RESTORING: (&str, &str) = ("Restoring", "Move messages back to the inbox.");

impl Operation {
    const fn new(
        endpoint: Endpoint,
        verb: Verb,
        handle: fn(Route) -> Route,
        action: Action,
        documented_as: (&'static str, &'static str),
    ) -> Self {
        Self { endpoint, verb, answer: Answer::Handler { handle, action, documented_as } }
    }
}

impl Resource {
    /// Returns the paths to mount the resource at, in Actix syntax: with and without a slash at the end, because a
    /// middleware may add or remove it. `url_for` uses the last of them.
    pub(super) fn patterns(&self) -> impl Iterator<Item = String> {
        let without_slash = self.path.strip_suffix('/').unwrap_or(self.path);
        let paths = [format!("{without_slash}/"), without_slash.to_owned()];
        paths.into_iter().map(|path| path.replace("{id}", "{id:[^/.]+}"))
    }
}

impl Verb {
    pub(super) const fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Delete => Method::DELETE,
            Self::Post => Method::POST,
        }
    }

    /// Returns a route that matches this method.
    pub(super) fn route(self) -> Route {
        match self {
            Self::Get => route().guard(guard::Any(guard::Get()).or(guard::Head())),
            verb => method(verb.method()),
        }
    }
}

/// Returns the value of `Allow` for these operations. `GET` implies `HEAD`, and `OPTIONS` is always allowed.
pub(super) fn allowed<'a>(operations: impl IntoIterator<Item = &'a Operation>) -> String {
    let methods = operations.into_iter().map(|operation| operation.verb.method()).collect::<Vec<_>>();
    let head = methods.contains(&Method::GET).then_some(Method::HEAD);
    let all = methods.into_iter().chain(head).chain([Method::OPTIONS]);
    all.map(|method| method.to_string()).collect::<Vec<_>>().join(", ")
}
