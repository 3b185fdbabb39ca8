//! The session of a request, as messages know it: a logical id in the state of actix-session.

use std::sync::Arc;

use actix_session::{Session, SessionExt, SessionStatus};
use actix_web::{HttpMessage, HttpRequest, dev::ServiceRequest};

use super::session_id::{LOGICAL_ID, digest, new_secret, stored_id};
use crate::{
    mailbox::session_binding::{Added, Binding},
    model::{Recipient, SessionId},
    service::settings::{identify::Identifier, live_sessions::LiveSessions},
};

/// Gives the session that goes on after the end another id, so that no message of the old session is in the new one. A
/// purged session goes on only if a message was added after the purge, which its reader finds on the next page.
pub(super) fn begin_successor(request: &HttpRequest) {
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
pub(super) fn replace_session(request: &HttpRequest, change: impl FnOnce(&Session)) {
    // actix-session makes a session if the extensions hold none. A session alone can't be removed from them.
    let others = std::mem::take(&mut *request.extensions_mut());
    change(&request.get_session());
    let made = std::mem::replace(&mut *request.extensions_mut(), others);
    request.extensions_mut().extend(made);
}

/// Whether another request has ended the session that this one arrived with and still has.
pub(super) fn has_ended_meanwhile(request: &HttpRequest) -> bool {
    let has = stored_id(&request.get_session());
    let extensions = request.extensions();
    let arrived_with = extensions.get::<Followed>().and_then(|followed| followed.arrived_with.as_ref());
    arrived_with.is_some_and(|session| session.has_ended() && Some(session.id()) == has.as_ref())
}

/// Says that [`follow_session`] runs around the request.
pub(super) struct Followed {
    /// The user who was signed in when the request arrived.
    pub(super) user: Option<Recipient>,
    /// Finds the user. A scope inside may have a configuration of its own.
    pub(super) identify: Identifier,
    /// The sessions that learn of their end.
    pub(super) live_sessions: Arc<LiveSessions>,
    /// The session that the request arrived with, if messages know it.
    pub(super) arrived_with: Option<Binding>,
    /// The ids by which messages know the session: the one that the request arrived with, and those made since.
    pub(super) ids: Vec<SessionId>,
    /// The session that goes on, now that the session has ended in this request.
    pub(super) successor: Option<Successor>,
    /// The messages that the request adds.
    pub(super) added: Added,
    /// Whether the request is answered.
    pub(super) is_over: bool,
}

/// The session that follows one that has ended.
pub(super) struct Successor {
    secret: String,
    session: Binding,
}

pub(super) fn change_followed(request: &HttpRequest, change: impl FnOnce(&mut Followed)) {
    if let Some(followed) = request.extensions_mut().get_mut::<Followed>() {
        change(followed);
    }
}

/// Returns the user who was signed in when the request arrived.
pub(super) fn who_was_signed_in(request: &HttpRequest) -> Option<Recipient> {
    request.extensions().get::<Followed>()?.user.clone()
}

/// The notes on the messages that the request adds. `None` if nothing follows sessions.
pub(super) fn added_in(request: &HttpRequest) -> Option<Added> {
    request.extensions().get::<Followed>().map(|followed| followed.added.clone())
}

/// Whether the session of the request is closed, since it is answered.
pub(super) fn is_over(request: &HttpRequest) -> bool {
    request.extensions().get::<Followed>().is_some_and(|followed| followed.is_over)
}

/// The step to take if messages don't know the session yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Gives it an id, and begins a session if the request has none.
    Create,
    /// Gives it an id if the request has a session.
    CreateInSession,
    /// Leaves it as it is.
    Leave,
}

/// Returns the session of the request, as messages know it, for the user who is signed in now. `None` if nothing follows
/// sessions, or if the session has ended and no other one has begun.
pub(super) fn session_for(user: Option<&Recipient>, request: &HttpRequest, absent: Absent) -> Option<Binding> {
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
    let identify = followed.map(|followed| followed.identify.clone());
    drop(extensions);
    identify.is_some_and(|identify| matches!(identify.identify(request), Ok(None)))
}

/// Returns the session of the request, which has not ended in it.
pub(super) fn known_session(request: &HttpRequest, absent: Absent) -> Option<Binding> {
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

pub(super) fn session_of(request: &HttpRequest) -> Option<Session> {
    let is_followed = request.extensions().contains::<Followed>();
    is_followed.then(|| request.get_session())
}

/// Whether actix-session's middleware has put a session into the request.
///
/// Asking for a session makes one where there is none, and a made one can't be told from a real one. So the
/// request's extensions are set aside for a moment, the session made in their absence is marked, and the
/// extensions are laid over it again: the mark shows only where they hold no session of their own.
pub(super) fn has_session(request: &ServiceRequest) -> bool {
    const MARK: &str = "actix_messages.probe";
    let extensions = std::mem::take(&mut *request.extensions_mut());
    let marked = request.get_session().insert(MARK, true).is_ok();
    request.extensions_mut().extend(extensions);
    marked && !matches!(request.get_session().get(MARK), Ok(Some(true)))
}
