//! The configuration of an application: each setting, with its default.

mod announcements;
pub(crate) mod live;
mod without_request;

use std::{
    future::{Ready, ready},
    sync::Arc,
    time::Duration,
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, web::Data};

use self::announcements::Announcements;
#[cfg(feature = "session")]
use super::policy::{AfterLogout, SessionPolicy, SessionScoping, Visitors};
use super::{
    access::Access,
    choose_texts::ChooseTexts,
    identify::{Identified, Identifier},
    live::Live,
    parameter_switches::ListFilters,
    policy::{ForwardedHeaders, PageSize, Pagination, UnreadDeletion},
    repeats::Repeats,
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
    texts::Texts,
};

/// The configuration of an application: the store, how to identify the recipient of a request, and the settings.
///
/// Pass it to [`App::app_data`](actix_web::App::app_data), directly or in a [`Data`]. Cloning is cheap.
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
    pub(crate) user_tags: Vec<String>,
    pub(crate) access: Access,
    pub(crate) versioning: Versioning,
    pub(crate) represent: Represent,
    texts: ChooseTexts,
    pub(crate) trusted_origins: TrustedOrigins,
    pub(crate) forwarded_headers: ForwardedHeaders,
    pub(crate) live: Live,
    /// Set if repeated requests may be answered without a query.
    pub(crate) repeats: Option<Arc<Repeats>>,
    pub(crate) announcements: Announcements,
    pub(crate) shared: Arc<SharedState>,
}

impl MessagesConfig {
    /// Creates a configuration with this store and the default settings.
    ///
    /// `identify` returns the recipient of a request, or `None` if no user is signed in: see
    /// [`Identify`](crate::Identify).
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
            user_tags: Vec::new(),
            access: Access::Anyone,
            versioning: Versioning::Off,
            represent: Represent::default(),
            texts: ChooseTexts::default(),
            trusted_origins: TrustedOrigins::default(),
            forwarded_headers: ForwardedHeaders::Ignore,
            live: Live::default(),
            repeats: None,
            announcements: Announcements::default(),
            shared: Arc::default(),
        }
    }

    /// Sets the minimum level. Messages below it are not stored. The default is [`Level::INFO`] (20).
    #[must_use]
    pub fn minimum_level(mut self, level: impl Into<Level>) -> Self {
        self.delivery.minimum_level = level.into();
        self
    }

    /// Sets the names of the levels, which templates and the JSON show as `level_tag`. The default is `debug`, `info`,
    /// `success`, `warning` and `error`, as in Django.
    #[must_use]
    pub fn level_names(mut self, names: LevelNames) -> Self {
        self.delivery.level_names = Arc::new(names);
        self
    }

    /// Sets the clock that gives messages their time. The default is the system's clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.delivery.clock = clock;
        self
    }

    /// Limits the number of messages in a user's mailbox. The default is 10,000. Beyond that, the oldest read messages
    /// are dropped ([`MailboxBound::DropOldestRead`]).
    ///
    /// [`visitors`](Self::visitors) sets the limit for the mailboxes of visitors.
    #[must_use]
    pub const fn mailbox_bound(mut self, bound: MailboxBound) -> Self {
        self.mailbox_bound = bound;
        self
    }

    /// Sets whether a session without a user keeps messages. By default it keeps at most 100.
    ///
    /// This needs the middleware [`follow_session`](crate::follow_session). Without it, the messages of visitors last
    /// only for the request.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn visitors(mut self, policy: Visitors) -> Self {
        self.sessions.visitors = policy;
        self
    }

    /// Sets what happens to the messages that are [bound](crate::NewMessage::session) to a session when that session
    /// ends. By default they are deleted ([`AfterLogout::Delete`]), including messages of a signed-in user.
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn after_logout(mut self, policy: AfterLogout) -> Self {
        self.sessions.after_logout = policy;
        self
    }

    /// Sets what happens to messages after a `GET` request to the REST API has returned them. By default they are
    /// marked as read ([`AfterReading::Mark`]). The setting does not affect the application's own pages.
    #[must_use]
    pub const fn after_reading(mut self, after: AfterReading) -> Self {
        self.after_reading = after;
        self
    }

    /// Sets whether clients may delete unread messages over REST. The default is [`UnreadDeletion::Forbid`].
    #[must_use]
    pub const fn unread_deletion(mut self, policy: UnreadDeletion) -> Self {
        self.unread_deletion = policy;
        self
    }

    /// Sets whether the sessions of one user see each other's messages. The default is [`SessionScoping::Shared`].
    ///
    /// This needs the middleware [`follow_session`](crate::follow_session).
    #[cfg(feature = "session")]
    #[must_use]
    pub const fn session_scoping(mut self, scoping: SessionScoping) -> Self {
        self.sessions.scoping = scoping;
        self
    }

    /// Sets the style of pagination. By default clients use `limit` and `offset` ([`Pagination::LimitOffset`]).
    #[must_use]
    pub fn pagination(mut self, style: Pagination) -> Self {
        self.pagination = style;
        self
    }

    /// Sets the page size for requests that do not specify one. The default is 10 messages; the minimum is 1.
    #[must_use]
    pub fn page_size(mut self, size: PageSize) -> Self {
        self.page_size = match size {
            PageSize::Limited(messages) => PageSize::Limited(messages.max(1)),
            PageSize::Unlimited => size,
        };
        self
    }

    /// Sets the maximum page size. A request for a larger page gets a page of this size. The default is 1000 messages;
    /// the minimum is 1.
    #[must_use]
    pub fn max_page_size(mut self, messages: u32) -> Self {
        self.max_page_size = messages.max(1);
        self
    }

    /// Sets which filters and orderings a list supports. By default it supports all of them.
    #[must_use]
    pub fn filters(mut self, filters: ListFilters) -> Self {
        self.filters = filters;
        self
    }

    /// Sets the tags that users may add to their messages and remove from them with [`Endpoint::Tags`]. By default
    /// there are none.
    ///
    /// A message has at most 100 tags, those of users included.
    ///
    /// ```
    /// use actix_messages::{Endpoint, Endpoints, MemoryStore, MessagesConfig, session_key};
    ///
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user")).user_tags(["pinned", "starred"]);
    /// let endpoints = Endpoints::default().with(Endpoint::Tags);
    /// ```
    ///
    /// [`Endpoint::Tags`]: crate::Endpoint::Tags
    #[must_use]
    pub fn user_tags<T: Into<String>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.user_tags = tags.into_iter().map(Into::into).collect();
        self
    }

    /// Sets who may use the REST API, and for which actions. The default is [`Access::Anyone`].
    #[must_use]
    pub fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// Sets whether clients ask for a version of the REST API, and how. By default the API has no versions
    /// ([`Versioning::Off`]).
    #[must_use]
    pub fn versioning(mut self, versioning: Versioning) -> Self {
        self.versioning = versioning;
        self
    }

    /// Sends messages as JSON that the application defines, both in lists and as single messages.
    ///
    /// The closure gets the default JSON of a message, and returns the JSON to send. Without this setting, the default
    /// JSON is sent.
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

    /// Sets the texts that an end user may see: in the response to a refused request, and on the pages of the admin. By
    /// default they are English.
    ///
    /// The closure chooses the texts for a request, for example by its language. If all requests use the same `Texts`,
    /// the closure returns a clone of the same `Arc` each time.
    ///
    /// ```
    /// # use actix_messages::{MemoryStore, MessagesConfig, session_key};
    /// use std::sync::Arc;
    /// use actix_messages::{Text, Texts};
    /// use actix_web::{HttpRequest, http::header::ACCEPT_LANGUAGE};
    ///
    /// let english = Arc::new(Texts::default());
    /// let german = Arc::new(Texts::default().with(Text::NotFound, "Nicht gefunden."));
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user")).texts(move |request: &HttpRequest| {
    ///     let is_german = request.headers().get(ACCEPT_LANGUAGE).is_some_and(|value| value.as_bytes().starts_with(b"de"));
    ///     Arc::clone(if is_german { &german } else { &english })
    /// });
    /// ```
    #[must_use]
    pub fn texts(mut self, choose: impl Fn(&HttpRequest) -> Arc<Texts> + Send + Sync + 'static) -> Self {
        self.texts = ChooseTexts::by(choose);
        self
    }

    /// Treats another origin, such as `https://app.example.com`, like the application's own origin. Its pages may use
    /// the unsafe methods `POST` and `DELETE`, and messages that they fetch are marked as read. By default no other
    /// origin is trusted, not even a sibling subdomain.
    ///
    /// Case, a trailing slash and the default port of the scheme do not matter. A text that is not an origin is
    /// ignored, as is `null`, and an error is logged.
    #[must_use]
    pub fn trusted_origin(mut self, origin: impl AsRef<str>) -> Self {
        self.trusted_origins.add(origin.as_ref());
        self
    }

    /// Lets the list, the inbox and peek answer a repeated request with 304 and without a query, for this time after
    /// the store was read. By default, each request reads the store.
    ///
    /// It is for clients that poll. A change that this process makes, or that a [relay](Self::relay) tells, ends the time
    /// at once. Changes of other processes without a relay, and of an application's own transaction that does not call
    /// [`changed`](Self::changed), are shown after the time. So does a change of what
    /// [`represent`](Self::represent) adds to the messages. The answer may depend on the URL, the host, `Accept`, the user
    /// and the session, and on no other part of the request.
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_messages::{MemoryStore, MessagesConfig, session_key};
    ///
    /// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
    /// let messages = messages.repeat_answers_for(Duration::from_secs(10));
    /// ```
    #[must_use]
    pub fn repeat_answers_for(mut self, time: Duration) -> Self {
        self.repeats = Some(Arc::new(Repeats::new(time)));
        self
    }

    /// Sets whether to trust `Forwarded` and `X-Forwarded-*`, the headers in which a proxy passes on the scheme and
    /// host that the client used. The default is [`ForwardedHeaders::Ignore`].
    #[must_use]
    pub const fn forwarded_headers(mut self, policy: ForwardedHeaders) -> Self {
        self.forwarded_headers = policy;
        self
    }
}

/// Returns the configuration for the request. The application's data holds it directly or in a `web::Data`.
pub(crate) fn config_of(request: &HttpRequest) -> Result<&MessagesConfig, SetupError> {
    let config = request.app_data::<MessagesConfig>();
    let in_data = || request.app_data::<Data<MessagesConfig>>().map(|config| &***config);
    config.or_else(in_data).ok_or(SetupError::MissingConfig)
}

/// Returns the texts of a request.
pub(crate) fn texts_of(request: &HttpRequest) -> Arc<Texts> {
    config_of(request).map(|config| config.texts.of(request)).unwrap_or_default()
}

/// Extracts the configuration for the request, in handlers that send messages to other users or to many recipients.
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
/// If the application's data has no configuration, the extractor fails with status 500, and an error is logged.
impl FromRequest for MessagesConfig {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(config_of(request).cloned().map_err(Error::from))
    }
}
