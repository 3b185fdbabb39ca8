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
    live_sessions::LiveSessions,
    policy::AfterLogout,
    private::{keep_private, note_what_is_shown},
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
/// A message that is added after the logout in the same request, such as "Good bye", is shown on the next page. If the
/// session was purged, a new one takes its place, with nothing in it but an id for messages: a middleware around this one
/// then finds the session renewed, and not purged.
///
/// It also keeps pages with messages out of caches, as [`private_pages`](crate::private_pages) does.
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
    let arrived_with = stored_id(&request.get_session()).map(|id| config.live_sessions.bind(id));
    request.extensions_mut().insert(Followed {
        user: None,
        identify: Arc::clone(&config.identify),
        live_sessions: Arc::clone(&config.live_sessions),
        ids: arrived_with.iter().map(|session| session.id().clone()).collect(),
        arrived_with,
        successor: None,
        is_over: false,
    });
    let user = config.identify.identify(request.request()).ok().flatten();
    change_followed(request.request(), |followed| followed.user.clone_from(&user));
    note_what_is_shown(request.request());

    let mut response = next.call(request).await?;

    keep_private(&mut response);
    let request = response.request();
    let status = request.get_session().status();
    let has_successor = request.extensions().get::<Followed>().is_some_and(|followed| followed.successor.is_some());
    // If the request came without a user and did not change its session, no user can be there now.
    let now = || config.identify.identify(request);
    if status == SessionStatus::Purged || has_successor || (user.is_some() && matches!(now(), Ok(None))) {
        end(request, &config, arrived).await;
        begin_successor(request);
    } else if status != SessionStatus::Unchanged {
        let now = now().ok().flatten();
        if has_ended_meanwhile(request) {
            if now.is_some() && now != user {
                // The user signed in after the session had ended, so this is another session.
                request.get_session().remove(LOGICAL_ID);
            } else {
                // Storing it would sign the user in again.
                replace_session(request, |_| {});
            }
        }
        if now.is_some() {
            // The session is about to be stored anyway. If messages knew it from the first message on, two first messages
            // at the same moment would make two sessions of it.
            known_session(request, Absent::CreateInSession);
        }
    }
    change_followed(request, |followed| followed.is_over = true);
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
        // First, so that no message is bound to the session after its messages are deleted.
        config.live_sessions.end(&session);
        match config.store.end_session(&session, before).await {
            Ok(deleted) => tracing::debug!(deleted, "a session ended"),
            Err(error) => tracing::error!(
                error = %WithCauses(&error),
                "a session ended, but its messages could not be deleted, or kept for the next one"
            ),
        }
    }
}

/// Gives the session that goes on after the end another id, so that no message of the old session is in the new one. A
/// purged session goes on only if a message was added after the purge, which its reader finds on the next page.
fn begin_successor(request: &HttpRequest) {
    let session = request.get_session();
    let successor = request.extensions_mut().get_mut::<Followed>().and_then(|followed| followed.successor.take());
    match successor {
        Some(Successor { secret, .. }) if session.status() == SessionStatus::Purged => {
            replace_session(request, |session| {
                let _ = session.insert(LOGICAL_ID, secret);
                // actix-session deletes the old session, on the server too.
                session.renew();
            });
        }
        Some(Successor { secret, .. }) => drop(session.insert(LOGICAL_ID, secret)),
        None if session.contains_key(LOGICAL_ID) => drop(session.remove(LOGICAL_ID)),
        None => {}
    }
}

/// Replaces the session of the request by an empty one, as this changes it. Unless it is changed, actix-session stores
/// nothing and leaves the cookie as it is.
fn replace_session(request: &HttpRequest, change: impl FnOnce(&Session)) {
    // actix-session makes a session if the extensions hold none. A session alone can't be removed from them.
    let others = std::mem::take(&mut *request.extensions_mut());
    change(&request.get_session());
    let made = std::mem::replace(&mut *request.extensions_mut(), others);
    request.extensions_mut().extend(made);
}

/// Whether another request has ended the session that this one arrived with and still has.
fn has_ended_meanwhile(request: &HttpRequest) -> bool {
    let has = stored_id(&request.get_session());
    let extensions = request.extensions();
    let arrived_with = extensions.get::<Followed>().and_then(|followed| followed.arrived_with.as_ref());
    arrived_with.is_some_and(|session| session.has_ended() && Some(session.id()) == has.as_ref())
}

/// Says that [`follow_session`] runs around the request.
struct Followed {
    /// The user who was signed in when the request arrived.
    user: Option<Recipient>,
    /// Finds the user. A scope inside may have a configuration of its own.
    identify: Arc<dyn Identify>,
    /// The sessions that learn of their end.
    live_sessions: Arc<LiveSessions>,
    /// The session that the request arrived with, if messages know it.
    arrived_with: Option<Binding>,
    /// The ids by which messages know the session: the one that the request arrived with, and those made since.
    ids: Vec<SessionId>,
    /// The session that goes on, now that the session has ended in this request.
    successor: Option<Successor>,
    /// Whether the request is answered.
    is_over: bool,
}

/// The session that follows one that has ended.
struct Successor {
    secret: String,
    session: Binding,
}

fn change_followed(request: &HttpRequest, change: impl FnOnce(&mut Followed)) {
    if let Some(followed) = request.extensions_mut().get_mut::<Followed>() {
        change(followed);
    }
}

/// Returns the user who was signed in when the request arrived.
pub(crate) fn who_was_signed_in(request: &HttpRequest) -> Option<Recipient> {
    request.extensions().get::<Followed>()?.user.clone()
}

/// Whether the session of the request is closed, since it is answered.
pub(crate) fn is_over(request: &HttpRequest) -> bool {
    request.extensions().get::<Followed>().is_some_and(|followed| followed.is_over)
}

/// The step to take if messages don't know the session yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// Gives it an id, and begins a session if the request has none.
    Create,
    /// Gives it an id if the request has a session.
    CreateInSession,
    /// Leaves it as it is.
    Leave,
}

/// Returns the session of the request, as messages know it, for the user who is signed in now. `None` if nothing follows
/// sessions, or if the session has ended and no other one has begun.
pub(crate) fn session_for(user: Option<&Recipient>, request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let has_ended = session.status() == SessionStatus::Purged || (user.is_none() && has_left(request));
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if has_ended && followed.successor.is_none() && absent == Absent::Create {
        let secret = new_secret()?;
        followed.successor = Some(Successor { session: followed.live_sessions.bind(digest(&secret)), secret });
    }
    match &followed.successor {
        Some(successor) => Some(successor.session.clone()),
        None if has_ended => None,
        None => {
            drop(extensions);
            known_session(request, absent)
        }
    }
}

/// Whether the user who was signed in when the request arrived is not any more.
fn has_left(request: &HttpRequest) -> bool {
    let extensions = request.extensions();
    let followed = extensions.get::<Followed>().filter(|followed| followed.user.is_some());
    let identify = followed.map(|followed| Arc::clone(&followed.identify));
    drop(extensions);
    identify.is_some_and(|identify| matches!(identify.identify(request), Ok(None)))
}

/// Returns the session of the request, which has not ended in it.
fn known_session(request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if let Some(id) = stored_id(&session) {
        let arrived_with = followed.arrived_with.clone().filter(|session| *session.id() == id);
        return Some(arrived_with.unwrap_or_else(|| followed.live_sessions.bind(id)));
    }
    match absent {
        Absent::Leave => return None,
        Absent::CreateInSession if session.entries().is_empty() => return None,
        Absent::Create | Absent::CreateInSession => {}
    }
    let secret = new_secret()?;
    session.insert(LOGICAL_ID, &secret).ok()?;
    let session = followed.live_sessions.bind(digest(&secret));
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
