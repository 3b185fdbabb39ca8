//! The handler's side: whoever sent the request -> their mailbox.

use std::{
    future::{Ready, ready},
    sync::Arc,
};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};

use super::config::MessagesConfig;
#[cfg(feature = "session")]
use super::{config::SessionScoping, session};
use crate::{Error, Level, Mailbox, MemoryStore, MessageId, NewMessage, Recipient, SessionId, SetupError};

/// The messages of whoever sent the request, for a handler.
///
/// Who that is is asked anew each time, so that a message added after a login in the same request belongs to the
/// user who has just signed in. Where nobody is signed in, messages live for the request alone.
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
    /// The mailbox of whoever is signed in now.
    ///
    /// # Errors
    ///
    /// [`SetupError`] where the application forgot a step.
    pub fn mailbox(&self) -> Result<Mailbox, SetupError> {
        self.open(Purpose::Reading)
    }

    /// Adds a message of level debug (10).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn debug(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::DEBUG, text)).await
    }

    /// Adds a message of level info (20).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn info(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::INFO, text)).await
    }

    /// Adds a message of level success (25).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn success(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::SUCCESS, text)).await
    }

    /// Adds a message of level warning (30).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn warning(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::WARNING, text)).await
    }

    /// Adds a message of level error (40).
    ///
    /// # Errors
    ///
    /// Those of [`add`](Self::add).
    pub async fn error(&self, text: impl Into<String>) -> Result<Option<MessageId>, Error> {
        self.add(NewMessage::new(Level::ERROR, text)).await
    }

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
        self.open(Purpose::Writing)?.add(message).await
    }

    pub(crate) fn of(request: &HttpRequest) -> Self {
        Self { request: request.clone() }
    }

    pub(crate) fn config(&self) -> Result<&MessagesConfig, SetupError> {
        config_of(&self.request)
    }

    fn open(&self, purpose: Purpose) -> Result<Mailbox, SetupError> {
        let config = self.config()?;
        let mailbox = match config.identify.identify(&self.request)? {
            Some(recipient) => config.mailbox(recipient),
            None => self.mailbox_of_nobody().minimum_level(config.minimum_level),
        };
        let view = self.request.match_name().unwrap_or_default();
        let view = view.chars().take(NewMessage::MAX_VIEW_CHARS).collect::<String>();
        Ok(self.with_session(mailbox.view(view), purpose, config))
    }

    /// Where nobody is signed in, messages live as long as the request.
    fn mailbox_of_nobody(&self) -> Mailbox {
        struct OfThisRequest(Arc<MemoryStore>);
        let mut extensions = self.request.extensions_mut();
        let store = extensions.get_or_insert_with(|| OfThisRequest(Arc::new(MemoryStore::new())));
        let nobody = Recipient::visitor(SessionId::from_digest([0; 16]));
        Mailbox::new(nobody, Arc::clone(&store.0) as Arc<_>)
    }

    #[cfg(feature = "session")]
    fn with_session(&self, mailbox: Mailbox, purpose: Purpose, config: &MessagesConfig) -> Mailbox {
        let current = match purpose {
            Purpose::Writing => session::id_of(&self.request, session::Absent::Create),
            Purpose::Reading => session::id_of(&self.request, session::Absent::Leave),
        };
        match config.session_scoping {
            SessionScoping::Shared => mailbox.session(current),
            SessionScoping::Separate => {
                // Without a session, only messages that are bound to none are seen.
                let seen = current.clone().unwrap_or_else(|| SessionId::from_digest([0; 16]));
                mailbox.session(current).within_session(seen)
            }
        }
    }

    #[cfg(not(feature = "session"))]
    fn with_session(&self, mailbox: Mailbox, _: Purpose, _: &MessagesConfig) -> Mailbox {
        mailbox
    }
}

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
        let messages = Self::of(request);
        ready(match messages.mailbox() {
            Ok(_) => Ok(messages),
            Err(error) => Err(error.into()),
        })
    }
}

/// The settings that are in force for the request.
pub(crate) fn config_of(request: &HttpRequest) -> Result<&MessagesConfig, SetupError> {
    request.app_data::<MessagesConfig>().ok_or(SetupError::MissingConfig)
}
