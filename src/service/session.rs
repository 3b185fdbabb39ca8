//! Sessions: a logical id kept in actix-session's state, and the end of a session.

use actix_session::{Session, SessionExt, SessionStatus};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};
use sha2::{Digest, Sha256};

use super::{
    config::{MessagesConfig, config_of},
    identify::Identify,
    policy::AfterLogout,
};
use crate::{Recipient, SessionId, SetupError, Timestamp, error::WithCauses};

/// Where the logical id is in the session's state.
const LOGICAL_ID: &str = "actix_messages.session";

/// Where actix-identity keeps the user's id, unless it is configured otherwise:
/// `session_key(ACTIX_IDENTITY_KEY)` asks actix-identity.
pub const ACTIX_IDENTITY_KEY: &str = "actix_identity.user_id";

/// Finds the user in the session, under this key: a text or a number. It needs [`follow_session`].
///
/// ```
/// use actix_messages::{ACTIX_IDENTITY_KEY, MemoryStore, MessagesConfig, session_key};
///
/// let by_own_key = MessagesConfig::new(MemoryStore::new(), session_key("user_id"));
/// let by_actix_identity = MessagesConfig::new(MemoryStore::new(), session_key(ACTIX_IDENTITY_KEY));
/// ```
#[must_use]
pub fn session_key(key: impl Into<String>) -> SessionKey {
    SessionKey(key.into())
}

/// Finds the user in the session: see [`session_key`].
#[derive(Debug, Clone)]
pub struct SessionKey(String);

impl Identify for SessionKey {
    fn identify(&self, request: &HttpRequest) -> Result<Option<Recipient>, SetupError> {
        use serde_json::Value;

        let session = session_of(request).ok_or(SetupError::MissingFollowSession)?;
        let unusable = |source| SetupError::UnusableUser { key: self.0.clone(), source };
        let user = match session.get::<Value>(&self.0).map_err(|_| unusable(None))? {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err(unusable(None)),
        };
        Recipient::user(user).map(Some).map_err(|error| unusable(Some(error)))
    }
}

/// A middleware that lets messages follow the session: new messages are bound to the session in which they are
/// made, visitors who are not signed in have messages of their own, and the end of a session (`Session::purge`, a
/// logout of actix-identity of either kind, one of its deadlines) deletes the messages bound to it, as
/// [`MessagesConfig::after_logout`](crate::MessagesConfig::after_logout) says. Renewing the session's key, or another
/// user signing in on it, deletes nobody's.
///
/// A message that is added in the very request that signs out, such as "Good bye", is kept.
///
/// It runs inside of actix-session's middleware, and outside of actix-identity's. Actix runs the middleware that
/// was registered last first, so they are registered in this order:
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, follow_session, scope, session_key};
/// use actix_session::{SessionMiddleware, storage::CookieSessionStore};
/// use actix_web::{App, cookie::Key, middleware::from_fn};
///
/// let messages = MessagesConfig::new(MemoryStore::new(), session_key("user"));
/// let sessions = SessionMiddleware::new(CookieSessionStore::default(), Key::generate());
/// let app = App::new()
///     .app_data(messages)
///     .service(scope("/messages"))
///     // .wrap(IdentityMiddleware::default())
///     .wrap(from_fn(follow_session))
///     .wrap(sessions);
/// ```
///
/// # Errors
///
/// Where there is no session middleware around it, or no [`MessagesConfig`](crate::MessagesConfig) in the
/// application's data, every request is answered with a 500, and the log names the fix. Where a session ends and
/// the store can't delete its messages, the logout goes through, and the log has the failure.
pub async fn follow_session(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let config = config_of(request.request()).map_err(crate::Error::from)?.clone();
    if !has_session(&request) {
        return Err(crate::Error::from(SetupError::MissingSession).into());
    }
    if request.get_session().status() == SessionStatus::Purged {
        tracing::warn!(
            "the session ended before `follow_session` saw it, so what is bound to it stays: what ends sessions, such as \
             `IdentityMiddleware`, is registered before `.wrap(from_fn(follow_session))`, so that it runs inside of it"
        );
    }
    let arrived = config.clock.now();
    let sessions = stored_id(&request.get_session()).into_iter().collect();
    request.extensions_mut().insert(Followed { user: None, sessions, is_over: false });
    let user = config.identify.identify(request.request()).ok().flatten();
    change(request.request(), |followed| followed.user.clone_from(&user));

    let response = next.call(request).await?;

    let request = response.request();
    let status = request.get_session().status();
    // Who has come as nobody, and with a session that nobody has touched, is not asked for again.
    let now = || config.identify.identify(request);
    if status == SessionStatus::Purged || (user.is_some() && matches!(now(), Ok(None))) {
        end(request, &config, arrived).await;
    } else if status != SessionStatus::Unchanged && matches!(now(), Ok(Some(_))) {
        // It is about to be stored anyway. Were it known by its first message only, two first messages at the same moment
        // would make two sessions of it.
        id_of(request, Absent::Create);
    }
    change(request, |followed| followed.is_over = true);
    Ok(response)
}

/// Ends the session of the request, for messages.
async fn end(request: &HttpRequest, config: &MessagesConfig, arrived: Timestamp) {
    let sessions = request.extensions().get::<Followed>().map(|followed| followed.sessions.clone());
    let before = match config.sessions.after_logout {
        AfterLogout::Delete => arrived,
        // Nothing is that old: all of them stay, bound to none, or nobody would see them in sessions of their own.
        AfterLogout::Keep => Timestamp::from_micros(i64::MIN),
    };
    for session in sessions.unwrap_or_default() {
        match config.store.end_session(&session, before).await {
            Ok(deleted) => tracing::debug!(deleted, "a session ended"),
            Err(error) => tracing::error!(
                error = %WithCauses(&error),
                "a session ended, but its messages could not be deleted, or kept for the next one"
            ),
        }
    }
}

/// Says that [`follow_session`] runs around the request.
struct Followed {
    /// Who was signed in when the request arrived.
    user: Option<Recipient>,
    /// What messages have known the session by: when the request arrived, and what was made since.
    sessions: Vec<SessionId>,
    /// Whether the request is answered.
    is_over: bool,
}

fn change(request: &HttpRequest, change: impl FnOnce(&mut Followed)) {
    if let Some(followed) = request.extensions_mut().get_mut::<Followed>() {
        change(followed);
    }
}

/// Who was signed in when the request arrived.
pub(crate) fn who_was_signed_in(request: &HttpRequest) -> Option<Recipient> {
    request.extensions().get::<Followed>()?.user.clone()
}

/// Whether the session of the request is closed, since it is answered.
pub(crate) fn is_over(request: &HttpRequest) -> bool {
    request.extensions().get::<Followed>().is_some_and(|followed| followed.is_over)
}

/// What to do where the session has no logical id yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    Create,
    Leave,
}

/// The session of the request, as messages know it; `None` where none is followed, and where it has just ended.
pub(crate) fn id_of(request: &HttpRequest, absent: Absent) -> Option<SessionId> {
    let session = session_of(request)?;
    if let Some(id) = stored_id(&session) {
        return Some(id);
    }
    if absent == Absent::Leave || session.status() == SessionStatus::Purged {
        return None;
    }
    let mut secret = [0; 16];
    if let Err(error) = getrandom::fill(&mut secret) {
        tracing::error!(%error, "no random bytes for a session: the message is bound to none");
        return None;
    }
    let secret = format!("{:032x}", u128::from_be_bytes(secret));
    session.insert(LOGICAL_ID, &secret).ok()?;
    let id = digest(&secret);
    change(request, |followed| followed.sessions.push(id.clone()));
    Some(id)
}

fn session_of(request: &HttpRequest) -> Option<Session> {
    let is_followed = request.extensions().contains::<Followed>();
    is_followed.then(|| request.get_session())
}

fn stored_id(session: &Session) -> Option<SessionId> {
    session.get::<String>(LOGICAL_ID).ok().flatten().map(|secret| digest(&secret))
}

/// What the database keeps of a session: who reads it there can't take the session over, nor tell whose it was.
fn digest(secret: &str) -> SessionId {
    let digest: [u8; 32] = Sha256::digest(secret.as_bytes()).into();
    SessionId::from_digest(std::array::from_fn(|at| digest[at]))
}

/// Whether actix-session's middleware has put a session into the request.
///
/// Asking for a session makes one where there is none, and a made one can't be told from a real one. So the
/// request's extensions are set aside for a moment, the session made in their absence is marked, and the
/// extensions are laid over it again: the mark shows only where they hold no session of their own.
fn has_session(request: &ServiceRequest) -> bool {
    const MARK: &str = "actix_messages.probe";
    let extensions = std::mem::take(&mut *request.extensions_mut());
    let marked = request.get_session().insert(MARK, true).is_ok();
    request.extensions_mut().extend(extensions);
    marked && !matches!(request.get_session().get(MARK), Ok(Some(true)))
}
