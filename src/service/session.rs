//! Sessions: a logical id kept in actix-session's state, and the end of a session.

use std::sync::Arc;

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
    private::{keep_private, note_what_is_shown},
    under_way::UnderWay,
};
use crate::{Recipient, SessionId, SetupError, Timestamp, error::WithCauses, mailbox::binding::Binding};

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
    let arrived_with = stored_id(&request.get_session()).map(|id| config.under_way.enter(id));
    let ids = arrived_with.iter().map(|session| session.id().clone()).collect();
    let under_way = Arc::clone(&config.under_way);
    let followed = Followed { user: None, under_way, arrived_with, ids, anew: None, is_over: false };
    request.extensions_mut().insert(followed);
    let user = config.identify.identify(request.request()).ok().flatten();
    change(request.request(), |followed| followed.user.clone_from(&user));
    note_what_is_shown(request.request());

    let mut response = next.call(request).await?;

    keep_private(&mut response);
    let request = response.request();
    let session = request.get_session();
    let status = session.status();
    // Somebody who has come as nobody, and with a session that nobody has touched, is not asked for again.
    let now = || config.identify.identify(request);
    if status == SessionStatus::Purged || (user.is_some() && matches!(now(), Ok(None))) {
        end(request, &config, arrived).await;
        begin_anew(request);
    } else if status != SessionStatus::Unchanged {
        if has_ended_meanwhile(request) {
            // To store it would sign the user in again.
            session.purge();
        } else if matches!(now(), Ok(Some(_))) {
            // It is about to be stored anyway. Were it known by its first message only, two first messages at the same
            // moment would make two sessions of it.
            known_session(request, Absent::CreateInSession);
        }
    }
    change(request, |followed| followed.is_over = true);
    Ok(response)
}

/// Ends the session of the request, for messages.
async fn end(request: &HttpRequest, config: &MessagesConfig, arrived: Timestamp) {
    let ids = request.extensions().get::<Followed>().map(|followed| followed.ids.clone());
    let before = match config.sessions.after_logout {
        AfterLogout::Delete => arrived,
        // Nothing is that old: all of them stay, bound to none, or nobody would see them in sessions of their own.
        AfterLogout::Keep => Timestamp::from_micros(i64::MIN),
    };
    for session in ids.unwrap_or_default() {
        // Before its messages are deleted, so that none is added behind that.
        config.under_way.end(&session);
        match config.store.end_session(&session, before).await {
            Ok(deleted) => tracing::debug!(deleted, "a session ended"),
            Err(error) => tracing::error!(
                error = %WithCauses(&error),
                "a session ended, but its messages could not be deleted, or kept for the next one"
            ),
        }
    }
}

/// Lets the session that goes on after the end of another be known by something else, so that nothing of the one is in the
/// other. A session that was purged goes on only if something was said after that: its reader finds that on the next page.
fn begin_anew(request: &HttpRequest) {
    let session = request.get_session();
    let anew = request.extensions_mut().get_mut::<Followed>().and_then(|followed| followed.anew.take());
    let is_purged = session.status() == SessionStatus::Purged;
    match anew {
        Some(anew) if is_purged => replace_session(request, &anew.secret),
        Some(anew) => drop(session.insert(LOGICAL_ID, anew.secret)),
        None if session.contains_key(LOGICAL_ID) => drop(session.remove(LOGICAL_ID)),
        None => {}
    }
}

/// Puts a new session into the place of one that was purged. actix-session takes back the old one, on the server too, as
/// it does when a session is renewed.
fn replace_session(request: &HttpRequest, secret: &str) {
    // A session is made where the extensions hold none, and can't be taken out of them but with all else.
    let others = std::mem::take(&mut *request.extensions_mut());
    let session = request.get_session();
    let _ = session.insert(LOGICAL_ID, secret);
    session.renew();
    let made = std::mem::replace(&mut *request.extensions_mut(), others);
    request.extensions_mut().extend(made);
}

/// Whether another request has ended the session that this one arrived with, and still has.
fn has_ended_meanwhile(request: &HttpRequest) -> bool {
    let has = stored_id(&request.get_session());
    let extensions = request.extensions();
    let arrived_with = extensions.get::<Followed>().and_then(|followed| followed.arrived_with.as_ref());
    arrived_with.is_some_and(|session| session.is_over() && Some(session.id()) == has.as_ref())
}

/// Says that [`follow_session`] runs around the request.
struct Followed {
    /// Who was signed in when the request arrived.
    user: Option<Recipient>,
    /// Where sessions learn of their end, whatever configuration a scope inside of this one has.
    under_way: Arc<UnderWay>,
    /// The session that the request arrived with, if messages know it.
    arrived_with: Option<Binding>,
    /// What messages have known the session by: when the request arrived, and what was made since.
    ids: Vec<SessionId>,
    /// What is known by something else, now that the session has ended in this request.
    anew: Option<Anew>,
    /// Whether the request is answered.
    is_over: bool,
}

/// The session after one that has ended.
struct Anew {
    secret: String,
    session: Binding,
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

/// What to do if messages don't know the session yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// To make it known, and the session with it.
    Create,
    /// To make it known, unless there is no session: whoever comes without one, with a token say, would not keep it.
    CreateInSession,
    Leave,
}

/// The session of the request, as messages know it, for whoever is signed in now; `None` if none is followed, and if it
/// has just ended.
pub(crate) fn session_for(user: Option<&Recipient>, request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let has_left = user.is_none() && who_was_signed_in(request).is_some();
    if session.status() != SessionStatus::Purged && !has_left {
        return known_session(request, absent);
    }
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if followed.anew.is_none() && absent == Absent::Create {
        let secret = new_secret()?;
        followed.anew = Some(Anew { session: followed.under_way.enter(digest(&secret)), secret });
    }
    followed.anew.as_ref().map(|anew| anew.session.clone())
}

/// The session of the request, which has not ended in it.
pub(crate) fn known_session(request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if let Some(id) = stored_id(&session) {
        let arrived_with = followed.arrived_with.clone().filter(|session| *session.id() == id);
        return Some(arrived_with.unwrap_or_else(|| followed.under_way.enter(id)));
    }
    match absent {
        Absent::Leave => return None,
        Absent::CreateInSession if session.entries().is_empty() => return None,
        Absent::Create | Absent::CreateInSession => {}
    }
    let secret = new_secret()?;
    session.insert(LOGICAL_ID, &secret).ok()?;
    let session = followed.under_way.enter(digest(&secret));
    followed.ids.push(session.id().clone());
    Some(session)
}

fn new_secret() -> Option<String> {
    let mut secret = [0; 16];
    match getrandom::fill(&mut secret) {
        Ok(()) => Some(format!("{:032x}", u128::from_be_bytes(secret))),
        Err(error) => {
            tracing::error!(%error, "no random bytes for a session: the message is bound to none");
            None
        }
    }
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
