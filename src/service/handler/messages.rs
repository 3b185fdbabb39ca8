//! The extractor that opens the mailbox of the user or visitor who sent the request.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, body::MessageBody, dev::Payload};

use super::private_pages::{set_cache_control, shows};
#[cfg(feature = "session")]
use super::session::{self, Absent};
use crate::service::{
    answer::mark_once_sent::mark_once_sent,
    question::sender::is_page_seen,
    settings::config::{MessagesConfig, config_of},
};
#[cfg(feature = "session")]
use crate::service::{
    question::sender::Sender,
    settings::policy::{SessionScoping, Visitors},
};
use crate::{
    error::{Error, SetupError},
    mailbox::{
        Mailbox, Selection, define_level_methods,
        delivery::Delivery,
        page_exposure::{Caches, Exposure, PageView, TakenUnseen},
        pending_marks::Shown,
    },
    model::{Level, Message, MessageFilter, MessageId, NewMessage, Recipient, SessionId},
    store::MemoryStore,
};
#[cfg(feature = "session")]
use actix_web::http::header::COOKIE;

/// Gives a handler access to the mailbox of the user or visitor who sent the request.
///
/// Extraction itself reads no messages. Each method call looks up the user again. So if a handler signs a user in
/// and then adds a message, the message belongs to that user.
///
/// If no user is signed in, the messages belong to the session ([`Visitors`](crate::settings::Visitors)). If there is
/// no session and none can begin, for example without `follow_session`, they last only until the end of the request.
///
/// Do not move this extractor into a task, a stream or a socket that outlives the handler: once the handler has
/// returned, `follow_session` closes the session of the request. Instead, call [`mailbox`](Self::mailbox) in the
/// handler, and move the mailbox.
///
/// A middleware can't take it as a parameter: it would hold the request while Actix looks for the route, and Actix
/// would panic with `called Option::unwrap() on a None value`. Extract it inside the middleware instead: see
/// [Outside of the handler](crate::guide::customising#outside-of-the-handler).
///
/// ```
/// use actix_messages::{Error, Messages};
/// use actix_web::{HttpResponse, post};
///
/// #[post("/orders")]
/// async fn place_order(messages: Messages) -> Result<HttpResponse, Error> {
///     messages.success("Your order is placed.").await?;
///     Ok(HttpResponse::SeeOther().insert_header(("location", "/orders")).finish())
/// }
/// ```
///
/// # Errors
///
/// Extraction fails with 500 if the application has missed a step of the setup. The log names the fix.
#[derive(Debug, Clone)]
pub struct Messages {
    request: HttpRequest,
}

impl Messages {
    define_level_methods!(Result<Option<MessageId>, Error>);

    /// Adds a message, and returns its id once the store has saved it. Returns `None` if there is nothing to store: the
    /// text is empty, or the level is below the minimum.
    ///
    /// The [view](NewMessage::view) of the message is the name of the Actix resource that the request matched. The
    /// message is [bound](NewMessage::session) to the session of the request, if there is one. If the message already
    /// has a view or a session, it keeps them.
    ///
    /// # Errors
    ///
    /// Returns [`Error`] if the message breaks a limit, if the store can't save it, or if the application has missed a
    /// step of the setup.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        Ok(self.add_all([message]).await?.into_iter().next().flatten())
    }

    /// Adds messages in their order: all of them or, if an error occurs, none. Returns an id or `None` for each
    /// message, as [`add`](Self::add) does.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`add`](Self::add).
    pub async fn add_all(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        let mut mailbox = self.open(Purpose::Reading)?;
        let checked = mailbox.check(messages)?;
        // Begin a session only for a message that is stored, not for messages that are refused or skipped.
        if checked.iter().any(Option::is_some) {
            mailbox = self.open(Purpose::Writing)?;
        }
        mailbox.add_checked(checked).await
    }

    /// Selects all messages of the current user or visitor.
    pub fn all(&self) -> Selection {
        Selection::new(self.mailbox_to_show(), MessageFilter::default())
    }

    /// Selects the unread messages of the current user or visitor.
    pub fn unread(&self) -> Selection {
        Selection::new(self.mailbox_to_show(), MessageFilter::default().unread())
    }

    /// Marks the unread messages among `shown` as read once the response is sent.
    ///
    /// Use it for a page that is rendered on the server. Once the response is sent, every read of the mailbox in this
    /// process first waits until the messages are marked, for up to 5 seconds.
    ///
    /// Bytes that the connection has taken count as sent. So the messages may be marked although the client never
    /// receives the last 48 KB of the response.
    ///
    /// Nothing is marked if the client disconnects before, or if the page is not about to be shown to a person: see
    /// [`Selection`]. If marking fails, the messages stay unread and are shown again, and the log says why.
    ///
    /// The response gets `Cache-Control: private, no-store`, unless it already has a `Cache-Control`. So no HTTP cache
    /// shows it to another user, or a second time.
    ///
    /// ```
    /// use actix_messages::{Error, Messages};
    /// use actix_web::{HttpResponse, get};
    ///
    /// #[get("/orders")]
    /// async fn orders(messages: Messages) -> Result<HttpResponse, Error> {
    ///     let unread = messages.unread().list().await?;
    ///     let items = unread.views().map(|message| format!("<li>{}</li>", message.html)).collect::<String>();
    ///     let page = HttpResponse::Ok().content_type("text/html").body(format!("<ul>{items}</ul>"));
    ///     Ok(messages.mark_once_sent(&unread, page).await?)
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`SetupError`] if the application has missed a step of the setup.
    pub async fn mark_once_sent(
        &self,
        shown: &[Message],
        response: HttpResponse<impl MessageBody + 'static>,
    ) -> Result<HttpResponse, SetupError> {
        let mut response = response.map_into_boxed_body();
        set_cache_control(response.headers_mut(), Exposure::Messages);
        if !is_page_seen(&self.request, self.config()?) {
            return Ok(response);
        }
        Ok(mark_once_sent(Shown::of(&self.mailbox_to_read()?, shown).await, response))
    }

    /// Moves the messages that the session got before the login into the mailbox of the user who is now signed in.
    /// Returns the number of moved messages.
    ///
    /// Call it in the handler that signs a visitor in, after the user is stored in the session. Without a signed-in
    /// user or without a session, it returns 0. The messages keep their order.
    ///
    /// ```
    /// # use actix_messages::{Error, Messages};
    /// # use actix_session::Session;
    /// # use actix_web::{HttpResponse, post};
    /// #[post("/login")]
    /// async fn sign_in(session: Session, messages: Messages) -> Result<HttpResponse, actix_web::Error> {
    ///     // .. check the password ..
    ///     session.insert("user", "alice")?;
    ///     session.renew();
    ///     messages.claim().await?;
    ///     Ok(HttpResponse::SeeOther().insert_header(("location", "/")).finish())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Error`] if the store can't move the messages, or if the application has missed a step of the setup.
    #[cfg(feature = "session")]
    pub async fn claim(&self) -> Result<u64, Error> {
        let config = self.config()?;
        let Some(user) = config.identify.identify(&self.request)? else { return Ok(0) };
        match session::session_for(Some(&user), &self.request, Absent::Leave) {
            Some(session) => {
                let mailbox = config.mailbox(user).record_added_in(session::added_in(&self.request));
                Ok(mailbox.claim(&Recipient::visitor(session.id().clone())).await?)
            }
            None => Ok(0),
        }
    }

    /// Sets the minimum level of messages for the rest of this request. It replaces the application's minimum level.
    pub fn set_minimum_level(&self, level: Level) {
        self.request.extensions_mut().insert(RequestLocal(level));
    }

    /// Restores the application's minimum level for the rest of this request.
    pub fn reset_minimum_level(&self) {
        self.request.extensions_mut().remove::<RequestLocal<Level>>();
    }

    /// Returns the mailbox of the current user or visitor.
    ///
    /// Use it in code that outlives the request, such as a task or a stream, and for operations that only a mailbox
    /// has. Since a message may be added to it, this call begins a session for a visitor without one. To read without
    /// beginning a session, use [`all`](Self::all) or [`unread`](Self::unread).
    ///
    /// ```
    /// use actix_messages::{Error, Messages};
    /// use actix_web::{HttpResponse, post, rt};
    ///
    /// #[post("/exports")]
    /// async fn export(messages: Messages) -> Result<HttpResponse, Error> {
    ///     let mailbox = messages.mailbox()?;
    ///     rt::spawn(async move {
    ///         // .. slow work ..
    ///         if let Err(error) = mailbox.success("Your export is ready.").await {
    ///             tracing::error!(%error, "nobody is told that the export is ready");
    ///         }
    ///     });
    ///     Ok(HttpResponse::Accepted().finish())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`SetupError`] if the application has missed a step of the setup.
    pub fn mailbox(&self) -> Result<Mailbox, SetupError> {
        Ok(self.announced_in(self.open(Purpose::Writing)?)?.for_page(self.page_view()?))
    }

    fn mailbox_to_show(&self) -> Result<Mailbox, SetupError> {
        Ok(self.announced_in(self.mailbox_to_read()?)?.for_page(self.page_view()?))
    }

    /// Lets reads of the mailbox deliver announcements, if a user is about to see the page.
    fn announced_in(&self, mailbox: Mailbox) -> Result<Mailbox, SetupError> {
        let config = self.config()?;
        let look = is_page_seen(&self.request, config)
            .then(|| config.announcements.look(&self.request, mailbox.recipient()))
            .flatten();
        Ok(mailbox.with_announcements(look))
    }

    fn page_view(&self) -> Result<PageView, SetupError> {
        let config = self.config()?;
        let unseen = (!is_page_seen(&self.request, config))
            .then(|| self.request.extensions_mut().get_or_insert_with(TakenUnseen::default).clone());
        let open = || Caches::Open(Arc::clone(&config.shared.warned_about_cached_pages));
        Ok(PageView { unseen, caches: shows(&self.request).map_or_else(open, Caches::Kept) })
    }

    /// Returns the mailbox for reading and changing its messages, but not for adding new ones.
    pub(crate) fn mailbox_to_read(&self) -> Result<Mailbox, SetupError> {
        self.open(Purpose::Reading)
    }

    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self { request: request.clone() }
    }

    pub(crate) fn config(&self) -> Result<&MessagesConfig, SetupError> {
        #[cfg(feature = "session")]
        if session::is_over(&self.request) {
            return Err(SetupError::Answered);
        }
        config_of(&self.request)
    }

    fn open(&self, purpose: Purpose) -> Result<Mailbox, SetupError> {
        let config = self.config()?;
        let user = config.identify.identify(&self.request)?;
        let mailbox = self.mailbox_in_session(user, purpose, config);
        let view = self.request.match_name().unwrap_or_default();
        let view = view.char_indices().nth(NewMessage::MAX_VIEW_CHARS).map_or(view, |(end, _)| &view[..end]);
        let level = self.request.extensions().get::<RequestLocal<Level>>().map(|RequestLocal(level)| *level);
        Ok(mailbox.view(view).minimum_level(level.unwrap_or(config.delivery.minimum_level)))
    }

    /// Returns the mailbox of the user, or of the visitor if there is a session, or one that lives as long as the
    /// request. If the visitor has no mailbox, a message that is added after a logout goes to the mailbox of the user
    /// who has just signed out. Otherwise, no one could ever see it.
    #[cfg(feature = "session")]
    fn mailbox_in_session(&self, user: Option<Recipient>, purpose: Purpose, config: &MessagesConfig) -> Mailbox {
        let keeps_visitors = matches!(config.sessions.visitors, Visitors::Keep { .. });
        let absent = match purpose {
            Purpose::Writing if user.is_none() && !keeps_visitors => Absent::Leave,
            Purpose::Writing if self.may_begin_a_session(user.is_some(), config) => Absent::Create,
            Purpose::Writing => Absent::CreateInSession,
            Purpose::Reading => Absent::Leave,
        };
        let current = session::session_for(user.as_ref(), &self.request, absent);
        let mailbox = match (user, &current) {
            (Some(user), _) => config.mailbox(user),
            (None, Some(session)) if keeps_visitors => config.mailbox(Recipient::visitor(session.id().clone())),
            (None, _) => match (purpose, session::user_on_arrival(&self.request)) {
                (Purpose::Writing, Some(user)) => config.mailbox(user),
                // No user is signed in now, for example because the login has expired: show none of the user's
                // messages.
                _ => self.request_mailbox(config),
            },
        };
        let mailbox = mailbox.record_added_in(session::added_in(&self.request));
        match config.sessions.scoping {
            SessionScoping::Shared => mailbox.bound_to(current),
            SessionScoping::Separate => {
                if session::added_in(&self.request).is_none() {
                    config.shared.warn_about_unfollowed_sessions();
                }
                // Without a session, only messages that are not bound to a session are visible.
                let seen = current.as_ref().map_or_else(SessionId::none, |session| session.id().clone());
                mailbox.bound_to(current).within_session(seen)
            }
        }
    }

    /// Returns whether a session may begin for a message. A client that authenticates with a token and sends no cookie
    /// would not keep the session. A form on another site sends no session cookie, so a new session would replace the
    /// user's.
    #[cfg(feature = "session")]
    fn may_begin_a_session(&self, is_user: bool, config: &MessagesConfig) -> bool {
        let keeps_cookies = !is_user || self.request.headers().contains_key(COOKIE);
        keeps_cookies && Sender::foreign_sender_of_unsafe(&self.request, config).is_none()
    }

    #[cfg(not(feature = "session"))]
    fn mailbox_in_session(&self, user: Option<Recipient>, _: Purpose, config: &MessagesConfig) -> Mailbox {
        user.map_or_else(|| self.request_mailbox(config), |user| config.mailbox(user))
    }

    /// Returns a mailbox that lives as long as the request, which has neither a user nor a session.
    fn request_mailbox(&self, config: &MessagesConfig) -> Mailbox {
        let mut extensions = self.request.extensions_mut();
        let RequestLocal(store) = extensions.get_or_insert_with(|| RequestLocal(Arc::new(MemoryStore::new())));
        // It has no watches, so its changes need no hints.
        let delivery = Delivery { store: Arc::clone(store) as Arc<_>, ..config.delivery.clone() };
        Mailbox::with(Recipient::visitor(SessionId::none()), delivery)
    }
}

/// A value of this crate in the extensions of a request.
struct RequestLocal<T>(T);

/// The purpose of opening a mailbox. Only a new message needs a session that it can be bound to.
#[derive(Clone, Copy)]
enum Purpose {
    Reading,
    Writing,
}

impl FromRequest for Messages {
    type Error = Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let is_set_up = config_of(request).and_then(|config| config.identify.identify(request));
        ready(is_set_up.map(|_| Self::of(request)).map_err(Error::from))
    }
}
