//! Settings: every choice that an application has, with its default.

mod without_request;

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

#[cfg(feature = "session")]
use super::policy::{AfterLogout, SessionPolicy, SessionScoping, Visitors};
use super::{
    access::Access,
    identify::{Identified, Identifier},
    parameter_switches::ListFilters,
    policy::{ForwardedHeaders, PageSize, Pagination, UnreadDeletion},
    represent::Represent,
    shared_state::SharedState,
    trusted_origins::TrustedOrigins,
    versioning::Versioning,
};
use crate::{
    error::{Error, SetupError},
    mailbox::{AfterReading, MailboxBound, delivery::Delivery},
    model::{Clock, Level, LevelNames, MessageJson},
    store::MessageStore,
};

/// Where messages are kept, who is asking, and how they are served. It goes into the application's data; cloning
/// is cheap.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, session_key};
/// use actix_messages::settings::{PageSize, UnreadDeletion};
///
/// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"))
///     .page_size(PageSize::Limited(20))
///     .unread_deletion(UnreadDeletion::Allow);
/// ```
#[derive(Debug, Clone)]
pub struct MessagesConfig {
    pub(crate) delivery: Delivery,
    pub(crate) identify: Identifier,
    mailbox_bound: MailboxBound,
    pub(crate) after_reading: AfterReading,
    pub(crate) unread_deletion: UnreadDeletion,
    #[cfg(feature = "session")]
    pub(crate) sessions: SessionPolicy,
    pub(crate) pagination: Pagination,
    pub(crate) page_size: PageSize,
    pub(crate) max_page_size: u32,
    pub(crate) filters: ListFilters,
    pub(crate) access: Access,
    pub(crate) versioning: Versioning,
    pub(crate) represent: Represent,
    pub(crate) trusted_origins: TrustedOrigins,
    pub(crate) forwarded_headers: ForwardedHeaders,
    pub(crate) shared: Arc<SharedState>,
}

impl MessagesConfig {
    /// Messages in this store, for the recipient that `identify` returns: see [`Identify`](crate::Identify). `None` means that
    /// nobody is signed in.
    #[must_use]
    pub fn new<Found: Identified>(
        store: impl MessageStore,
        identify: impl Fn(&HttpRequest) -> Found + Send + Sync + 'static,
    ) -> Self {
        Self {
            delivery: Delivery::new(Arc::new(store)),
            identify: Identifier::new(identify),
            mailbox_bound: MailboxBound::DropOldestRead { at_most: 10_000 },
            after_reading: AfterReading::Mark,
            unread_deletion: UnreadDeletion::Forbid,
            #[cfg(feature = "session")]
            sessions: SessionPolicy::default(),
            pagination: Pagination::LimitOffset,
            page_size: PageSize::Limited(10),
            max_page_size: 1000,
            filters: ListFilters::default(),
            access: Access::Anyone,
            versioning: Versioning::Off,
            represent: Represent::default(),
            trusted_origins: TrustedOrigins::default(),
            forwarded_headers: ForwardedHeaders::Ignore,
            shared: Arc::default(),
        }
    }

    /// Messages below this level are not stored. By default [`Level::INFO`] (20).
    #[must_use]
    pub fn minimum_level(mut self, level: impl Into<Level>) -> Self {
        self.delivery.minimum_level = level.into();
        self
    }

    /// What the levels are called. By default Django's five names.
    #[must_use]
    pub fn level_names(mut self, names: LevelNames) -> Self {
        self.delivery.level_names = Arc::new(names);
        self
    }

    /// Where the time of messages comes from. By default the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.delivery.clock = clock;
        self
    }

    /// How many messages a user's mailbox keeps. By default 10,000: beyond, the oldest of those that were read are dropped
    /// ([`MailboxBound::DropOldestRead`]). That of a visitor is bounded by [`visitors`](Self::visitors).
    #[must_use]
    pub const fn mailbox_bound(mut self, bound: MailboxBound) -> Self {
        self.mailbox_bound = bound;
        self
    }

    /// Whether a session without a user has messages. By default it keeps at most 100. It needs
    /// [`follow_session`](crate::follow_session); without, visitors have none that outlive the request.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn visitors(mut self, policy: Visitors) -> Self {
        self.sessions.visitors = policy;
        self
    }

    /// What becomes of the messages of a session that ends. By default they are deleted ([`AfterLogout::Delete`]).
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn after_logout(mut self, policy: AfterLogout) -> Self {
        self.sessions.after_logout = policy;
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
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn session_scoping(mut self, scoping: SessionScoping) -> Self {
        self.sessions.scoping = scoping;
        self
    }

    /// How lists are cut into pages, and how a page is asked for. By default by `limit` and `offset`
    /// ([`Pagination::LimitOffset`]).
    #[must_use]
    pub fn pagination(mut self, style: Pagination) -> Self {
        self.pagination = style;
        self
    }

    /// How long a page is where the request does not say. By default 10 messages; at least 1.
    #[must_use]
    pub fn page_size(mut self, size: PageSize) -> Self {
        self.page_size = match size {
            PageSize::Limited(messages) => PageSize::Limited(messages.max(1)),
            PageSize::Unlimited => size,
        };
        self
    }

    /// No page is longer than so many messages, whatever the request says. By default 1000; at least 1.
    #[must_use]
    pub fn max_page_size(mut self, messages: u32) -> Self {
        self.max_page_size = messages.max(1);
        self
    }

    /// Which filters, and which orderings, a list has. By default all.
    #[must_use]
    pub fn filters(mut self, filters: ListFilters) -> Self {
        self.filters = filters;
        self
    }

    /// Who may use the REST surface, and for what. By default [`Access::Anyone`].
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Whether clients ask for a version of the REST surface, and how. By default there are no versions
    /// ([`Versioning::Off`]).
    #[must_use]
    pub fn versioning(mut self, versioning: Versioning) -> Self {
        self.versioning = versioning;
        self
    }

    /// Answers with messages in a JSON of the application's own, in lists and one by one: it is given the JSON that
    /// there would be, and returns what is sent. By default messages are sent as they are.
    ///
    /// ```
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use actix_messages::MessageJson;
    /// use serde_json::json;
    ///
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"))
    ///     .represent(|_, message: &MessageJson<'_>| json!({ "id": message.id, "html": message.text }));
    /// ```
    #[must_use]
    pub fn represent(
        mut self,
        represent: impl Fn(&HttpRequest, &MessageJson<'_>) -> serde_json::Value + Send + Sync + 'static,
    ) -> Self {
        self.represent = Represent::by(represent);
        self
    }

    /// Counts another origin, such as `https://app.example.com`, as the application's own: its pages may send unsafe
    /// requests, and what they fetch is marked as read. By default no other origin counts, not even a sibling subdomain.
    ///
    /// Case, a slash at the end, and the default port of the scheme do not matter. A text that is no origin, and `null`, are
    /// ignored, and the log says so.
    #[must_use]
    pub fn trusted_origin(mut self, origin: impl AsRef<str>) -> Self {
        self.trusted_origins.add(origin.as_ref());
        self
    }

    /// Whether a proxy says where requests were sent to. By default [`ForwardedHeaders::Ignore`].
    #[must_use]
    pub const fn forwarded_headers(mut self, policy: ForwardedHeaders) -> Self {
        self.forwarded_headers = policy;
        self
    }
}

/// The settings that are in force for the request, in `web::Data` or as they are.
pub(crate) fn config_of(request: &HttpRequest) -> Result<&MessagesConfig, SetupError> {
    let config = request.app_data::<MessagesConfig>();
    let in_data = || request.app_data::<Data<MessagesConfig>>().map(|config| &***config);
    config.or_else(in_data).ok_or(SetupError::MissingConfig)
}

/// The settings that are in force for the request, for a handler that writes to somebody else, or to many.
///
/// ```
/// use actix_messages::{Error, Level, MessagesConfig, NewMessage, Recipient};
/// use actix_web::{HttpResponse, post, web};
///
/// #[post("/orders/{user}/shipped")]
/// async fn shipped(user: web::Path<String>, messages: MessagesConfig) -> Result<HttpResponse, Error> {
///     messages.mailbox(Recipient::user(user)?).success("Your order is on its way.").await?;
///     Ok(HttpResponse::NoContent().finish())
/// }
/// ```
///
/// # Errors
///
/// Extracting it fails with a logged 500 where it is not in the application's data.
impl FromRequest for MessagesConfig {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(config_of(request).cloned().map_err(Error::from))
    }
}
