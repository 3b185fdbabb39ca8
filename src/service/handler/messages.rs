//! The handler's side: whoever sent the request -> their mailbox.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, body::MessageBody, dev::Payload};

use super::private_pages::{say, shows};
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
        Mailbox, Selection, a_method_for_each_level,
        delivery::Delivery,
        page_exposure::{Caches, Exposure, PageView, TakenUnseen},
        pending_marks::Shown,
    },
    model::{Level, Message, MessageFilter, MessageId, NewMessage, Recipient, SessionId},
    store::MemoryStore,
};
#[cfg(feature = "session")]
use actix_web::http::header::COOKIE;

/// The messages of whoever sent the request, for a handler.
///
/// Who that is is asked anew each time, so that a message added after a login in the same request belongs to the
/// user who has just signed in. Where nobody is signed in, they are those of the session
/// ([`Visitors`](crate::settings::Visitors)); and where there is none, messages live for the request alone.
///
/// It is for the handler alone. A task, a stream or a socket that outlives it takes [`mailbox`](Self::mailbox) along; what
/// follows sessions has closed that of the request by then. A middleware can't have it as a parameter, since Actix looks
/// for the route on a request that nobody else holds, and panics: `called Option::unwrap() on a None value`. It extracts
/// it: see [Outside of the handler](crate::guide::customising#outside-of-the-handler).
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
/// Extracting it fails with a logged 500 that names the fix where the application forgot a step of the set-up.
#[derive(Debug, Clone)]
pub struct Messages {
    request: HttpRequest,
}

impl Messages {
    a_method_for_each_level!(Result<Option<MessageId>, Error>);

    /// Adds a message, and returns its id once the store keeps it. `None` means that there was nothing to store:
    /// the text is empty, or the level below the minimum.
    ///
    /// It says that it was made in the resource that the request matched, and is bound to the session of the
    /// request where there is one, unless it names others itself.
    ///
    /// # Errors
    ///
    /// [`Error`] where it breaks a limit, where the store could not keep it, or where the application forgot a step
    /// of the set-up.
    pub async fn add(&self, message: NewMessage) -> Result<Option<MessageId>, Error> {
        Ok(self.add_all([message]).await?.into_iter().next().flatten())
    }

    /// Adds messages, in their order: all of them or, where it fails, none.
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn add_all(
        &self,
        messages: impl IntoIterator<Item = NewMessage>,
    ) -> Result<Vec<Option<MessageId>>, Error> {
        let mut mailbox = self.open(Purpose::Reading)?;
        let checked = mailbox.check(messages)?;
        // What is refused makes no session, as what is skipped makes none.
        if checked.iter().any(Option::is_some) {
            mailbox = self.open(Purpose::Writing)?;
        }
        mailbox.add_checked(checked).await
    }

    /// All messages of whoever is signed in now.
    pub fn all(&self) -> Selection {
        Selection::new(self.mailbox_to_show(), MessageFilter::default())
    }

    /// Their unread messages.
    pub fn unread(&self) -> Selection {
        Selection::new(self.mailbox_to_show(), MessageFilter::default().unread())
    }

    /// Makes the response, which shows these messages, mark the unread ones of them as read once it is sent, for a page
    /// that is rendered on the server. Whoever looks into the mailbox after that, in this process, finds them marked. The
    /// last 48 KB of an answer count as sent before the client has fetched them.
    ///
    /// Nothing is marked if the client goes away before, nor if nobody is about to see the page: see [`Selection`]. If
    /// marking fails, the messages stay unread and are shown again, and the log says why.
    ///
    /// The response is `private, no-store`, unless it has a `Cache-Control`: no HTTP cache shows it to another user, or
    /// again.
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
    /// [`SetupError`] where the application forgot a step.
    pub async fn mark_once_sent(
        &self,
        shown: &[Message],
        response: HttpResponse<impl MessageBody + 'static>,
    ) -> Result<HttpResponse, SetupError> {
        let mut response = response.map_into_boxed_body();
        say(response.headers_mut(), Exposure::Messages);
        if !is_page_seen(&self.request, self.config()?) {
            return Ok(response);
        }
        Ok(mark_once_sent(Shown::of(&self.mailbox_to_read()?, shown).await, response))
    }

    /// The messages of the session from before somebody signed in move to whoever is signed in now, in their order;
    /// how many they were is returned. For the handler that signs a visitor in.
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
    /// [`Error`] where the store could not move them, or where the application forgot a step of the set-up.
    #[cfg(feature = "session")]
    pub async fn claim(&self) -> Result<u64, Error> {
        let config = self.config()?;
        let Some(user) = config.identify.identify(&self.request)? else { return Ok(0) };
        match session::session_for(Some(&user), &self.request, Absent::Leave) {
            Some(session) => {
                let mailbox = config.mailbox(user).noting(session::added_in(&self.request));
                Ok(mailbox.claim(&Recipient::visitor(session.id().clone())).await?)
            }
            None => Ok(0),
        }
    }

    /// From now on, messages of this request are stored from this level on, whatever the application's minimum.
    pub fn set_minimum_level(&self, level: Level) {
        self.request.extensions_mut().insert(OfThisRequest(level));
    }

    /// From now on, the application's minimum level counts again for messages of this request.
    pub fn reset_minimum_level(&self) {
        self.request.extensions_mut().remove::<OfThisRequest<Level>>();
    }

    /// The mailbox of whoever is signed in now, for what outlives the request, such as a task or a stream, and for what
    /// a mailbox can do beyond. A message may be added to it, so a visitor without a session gets one by this; to look,
    /// [`all`](Self::all) and [`unread`](Self::unread) do without.
    ///
    /// ```
    /// use actix_messages::{Error, Messages};
    /// use actix_web::{HttpResponse, post, rt};
    ///
    /// #[post("/exports")]
    /// async fn export(messages: Messages) -> Result<HttpResponse, Error> {
    ///     let mailbox = messages.mailbox()?;
    ///     rt::spawn(async move {
    ///         // .. what takes its time ..
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
    /// [`SetupError`] where the application forgot a step.
    pub fn mailbox(&self) -> Result<Mailbox, SetupError> {
        Ok(self.open(Purpose::Writing)?.on_page(self.page_view()?))
    }

    fn mailbox_to_show(&self) -> Result<Mailbox, SetupError> {
        Ok(self.mailbox_to_read()?.on_page(self.page_view()?))
    }

    fn page_view(&self) -> Result<PageView, SetupError> {
        let config = self.config()?;
        let unseen = (!is_page_seen(&self.request, config))
            .then(|| self.request.extensions_mut().get_or_insert_with(TakenUnseen::default).clone());
        let open = || Caches::Open(Arc::clone(&config.shared.said_that_pages_may_be_cached));
        Ok(PageView { unseen, caches: shows(&self.request).map_or_else(open, Caches::Kept) })
    }

    /// The same mailbox, for nothing but looking and changing what is in it.
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
        let level = self.request.extensions().get::<OfThisRequest<Level>>().map(|OfThisRequest(level)| *level);
        Ok(mailbox.view(view).minimum_level(level.unwrap_or(config.delivery.minimum_level)))
    }

    /// The user's mailbox; or the visitor's, if there is a session; or one for the request alone. If visitors are
    /// forgotten, what is said to somebody who has just signed out is kept for them: nobody else could see it any more.
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
            (None, _) => match (purpose, session::who_was_signed_in(&self.request)) {
                (Purpose::Writing, Some(user)) => config.mailbox(user),
                // Who asks now is nobody: a login that has expired, say, must not show what it showed before.
                _ => self.mailbox_of_nobody(config),
            },
        };
        let mailbox = mailbox.noting(session::added_in(&self.request));
        match config.sessions.scoping {
            SessionScoping::Shared => mailbox.bound_to(current),
            SessionScoping::Separate => {
                // Without a session, only messages that are bound to none are seen.
                let seen = current.as_ref().map_or_else(SessionId::none, |session| session.id().clone());
                mailbox.bound_to(current).within_session(seen)
            }
        }
    }

    /// Whether a session may begin for a message. A user who comes with a token and no cookie would not keep it. A form on
    /// another site comes without the cookie of the session, which a new session would replace.
    #[cfg(feature = "session")]
    fn may_begin_a_session(&self, is_user: bool, config: &MessagesConfig) -> bool {
        let keeps_cookies = !is_user || self.request.headers().contains_key(COOKIE);
        keeps_cookies && Sender::of_unsafe(&self.request, config).is_none()
    }

    #[cfg(not(feature = "session"))]
    fn mailbox_in_session(&self, user: Option<Recipient>, _: Purpose, config: &MessagesConfig) -> Mailbox {
        user.map_or_else(|| self.mailbox_of_nobody(config), |user| config.mailbox(user))
    }

    /// Where there is neither user nor session, messages live as long as the request.
    fn mailbox_of_nobody(&self, config: &MessagesConfig) -> Mailbox {
        let mut extensions = self.request.extensions_mut();
        let OfThisRequest(store) = extensions.get_or_insert_with(|| OfThisRequest(Arc::new(MemoryStore::new())));
        let delivery = Delivery { store: Arc::clone(store) as Arc<_>, ..config.delivery.clone() };
        Mailbox::with(Recipient::visitor(SessionId::none()), delivery)
    }
}

/// Something of ours in a request's extensions.
struct OfThisRequest<T>(T);

/// What a mailbox is opened for: only a new message needs a session to be bound to.
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
