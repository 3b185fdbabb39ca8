//! Settings: every choice that an application has, with its default.

use std::{fmt, sync::Arc};

use super::identify::Identify;
use crate::{AfterReading, Level, LevelNames, Mailbox, MessageStore, Recipient};

/// Where messages are kept, who is asking, and how they are served. It goes into the application's data; cloning
/// is cheap.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, PageSize, UnreadDeletion, session_key};
///
/// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"))
///     .page_size(PageSize::Limited(20))
///     .unread_deletion(UnreadDeletion::Allow);
/// ```
#[derive(Clone)]
pub struct MessagesConfig {
    pub(crate) store: Arc<dyn MessageStore>,
    pub(crate) identify: Arc<dyn Identify>,
    pub(crate) minimum_level: Level,
    pub(crate) level_names: LevelNames,
    pub(crate) after_reading: AfterReading,
    pub(crate) unread_deletion: UnreadDeletion,
    pub(crate) session_scoping: SessionScoping,
    pub(crate) page_size: PageSize,
    pub(crate) max_page_size: u32,
    pub(crate) access: Access,
    pub(crate) trusted_origins: Vec<String>,
    pub(crate) forwarded_headers: ForwardedHeaders,
}

/// Whether a message may be deleted over REST before it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadDeletion {
    /// It is refused with 403.
    Forbid,
    /// It is deleted.
    Allow,
}

/// Whether the sessions of one user see each other's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionScoping {
    /// A user sees all of their messages in every session.
    Shared,
    /// A session sees only the messages that were made in it, and those that are bound to no session.
    Separate,
}

/// How long a page is where the request does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageSize {
    /// So many messages, with `count`, `next` and `previous` around them.
    Limited(u32),
    /// As many as there are, up to the maximum page size, in a bare array.
    Unlimited,
}

/// Whether a proxy in front of the server says where requests were sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeaders {
    /// `Forwarded` and `X-Forwarded-*` are ignored, since anyone can send them.
    Ignore,
    /// They say which scheme and host the links of a page begin with. For servers behind a proxy that sets them.
    Trust,
}

/// Who may use the REST surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: who is not signed in has no messages.
    Anyone,
    /// Only who is signed in; others are refused with 403.
    SignedIn,
}

impl MessagesConfig {
    /// Messages in this store, for whom `identify` says.
    #[must_use]
    pub fn new(store: impl MessageStore, identify: impl Identify) -> Self {
        Self {
            store: Arc::new(store),
            identify: Arc::new(identify),
            minimum_level: Level::INFO,
            level_names: LevelNames::default(),
            after_reading: AfterReading::Mark,
            unread_deletion: UnreadDeletion::Forbid,
            session_scoping: SessionScoping::Shared,
            page_size: PageSize::Limited(10),
            max_page_size: 1000,
            access: Access::Anyone,
            trusted_origins: Vec::new(),
            forwarded_headers: ForwardedHeaders::Ignore,
        }
    }

    /// Messages below this level are not stored. By default [`Level::INFO`] (20).
    #[must_use]
    pub fn minimum_level(mut self, level: impl Into<Level>) -> Self {
        self.minimum_level = level.into();
        self
    }

    /// What the levels are called. By default Django's five names.
    #[must_use]
    pub fn level_names(mut self, names: LevelNames) -> Self {
        self.level_names = names;
        self
    }

    /// What becomes of the messages that a GET returned. By default they are marked as read
    /// ([`AfterReading::Mark`]).
    #[must_use]
    pub const fn after_reading(mut self, after: AfterReading) -> Self {
        self.after_reading = after;
        self
    }

    /// Whether unread messages may be deleted over REST. By default [`UnreadDeletion::Forbid`].
    #[must_use]
    pub const fn unread_deletion(mut self, policy: UnreadDeletion) -> Self {
        self.unread_deletion = policy;
        self
    }

    /// Whether the sessions of one user see each other's messages. By default [`SessionScoping::Shared`]. It needs
    /// [`follow_session`](crate::follow_session).
    #[must_use]
    pub const fn session_scoping(mut self, scoping: SessionScoping) -> Self {
        self.session_scoping = scoping;
        self
    }

    /// How long a page is where the request does not say. By default 10 messages.
    #[must_use]
    pub const fn page_size(mut self, size: PageSize) -> Self {
        self.page_size = size;
        self
    }

    /// No page is longer than so many messages, whatever the request says. By default 1000; at least 1.
    #[must_use]
    pub fn max_page_size(mut self, messages: u32) -> Self {
        self.max_page_size = messages.max(1);
        self
    }

    /// Who may use the REST surface. By default [`Access::Anyone`].
    #[must_use]
    pub const fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Lets pages of another site, such as `https://app.example.com`, send unsafe requests. By default those of no
    /// other site may.
    #[must_use]
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.trusted_origins.push(origin.into());
        self
    }

    /// Whether a proxy says where requests were sent to. By default [`ForwardedHeaders::Ignore`].
    #[must_use]
    pub const fn forwarded_headers(mut self, policy: ForwardedHeaders) -> Self {
        self.forwarded_headers = policy;
        self
    }

    /// The mailbox of anyone, for code outside of requests: a job that tells users of its result, say.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # use actix_messages::{MemoryStore, MessagesConfig, Recipient, session_key};
    /// # let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// messages.mailbox(Recipient::user("alice")?).warning("Your trial ends tomorrow.").await?;
    /// # Ok(())
    /// # }
    /// # actix_web::rt::System::new().block_on(example()).unwrap();
    /// ```
    #[must_use]
    pub fn mailbox(&self, recipient: Recipient) -> Mailbox {
        Mailbox::new(recipient, Arc::clone(&self.store)).minimum_level(self.minimum_level)
    }
}

impl fmt::Debug for MessagesConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            store,
            identify: _,
            minimum_level,
            level_names,
            after_reading,
            unread_deletion,
            session_scoping,
            page_size,
            max_page_size,
            access,
            trusted_origins,
            forwarded_headers,
        } = self;
        f.debug_struct("MessagesConfig")
            .field("store", store)
            .field("minimum_level", minimum_level)
            .field("level_names", level_names)
            .field("after_reading", after_reading)
            .field("unread_deletion", unread_deletion)
            .field("session_scoping", session_scoping)
            .field("page_size", page_size)
            .field("max_page_size", max_page_size)
            .field("access", access)
            .field("trusted_origins", trusted_origins)
            .field("forwarded_headers", forwarded_headers)
            .finish_non_exhaustive()
    }
}
