//! Tracks the session of a request by a logical id in the state of actix-session.

use actix_session::{Session, SessionExt, SessionStatus};
use actix_web::{HttpMessage, HttpRequest, dev::ServiceRequest};

use super::session_id::{LOGICAL_ID, digest, new_secret, stored_id};
use crate::{
    live::{
        ChangeFeed,
        session_binding::{Added, Binding},
    },
    model::{Recipient, SessionId},
    service::settings::identify::Identifier,
};

/// Gives the session that continues after the end a new id, so that it contains no message of the old session. A purged
/// session continues only if a message was added after the purge. The user sees this message on the next page.
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

/// Replaces the session of the request with an empty one, and applies `change` to it. If `change` does nothing,
/// actix-session stores nothing and leaves the cookie as it is.
pub(super) fn replace_session(request: &HttpRequest, change: impl FnOnce(&Session)) {
    // actix-session creates a session if the extensions hold none. The session alone can't be removed from them.
    let others = std::mem::take(&mut *request.extensions_mut());
    change(&request.get_session());
    let made = std::mem::replace(&mut *request.extensions_mut(), others);
    request.extensions_mut().extend(made);
}

/// Returns whether another request has ended the session that this request arrived with and still has.
pub(super) fn was_ended_by_another_request(request: &HttpRequest) -> bool {
    let has = stored_id(&request.get_session());
    let extensions = request.extensions();
    let arrived_with = extensions.get::<Followed>().and_then(|followed| followed.arrived_with.as_ref());
    arrived_with.is_some_and(|session| session.has_ended() && Some(session.id()) == has.as_ref())
}

/// The state of `follow_session` in the extensions of a request. It is present only if that middleware runs.
pub(super) struct Followed {
    /// The user who was signed in when the request arrived.
    pub(super) user: Option<Recipient>,
    /// Finds the user. An inner scope may have a different configuration.
    pub(super) identify: Identifier,
    /// Knows the sessions, which are told when they end.
    pub(super) feed: ChangeFeed,
    /// The session that the request arrived with, if messages know it.
    pub(super) arrived_with: Option<Binding>,
    /// The ids of the session for messages: the id that the request arrived with, and the ids created since.
    pub(super) ids: Vec<SessionId>,
    /// The session that continues after the session has ended in this request.
    pub(super) successor: Option<Successor>,
    /// The messages that the request adds.
    pub(super) added: Added,
    /// Whether the request has been answered.
    pub(super) is_over: bool,
}

/// The session that follows an ended session.
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
pub(super) fn user_on_arrival(request: &HttpRequest) -> Option<Recipient> {
    request.extensions().get::<Followed>()?.user.clone()
}

/// Returns the record of the messages that the request adds. `None` if `follow_session` does not run.
pub(super) fn added_in(request: &HttpRequest) -> Option<Added> {
    request.extensions().get::<Followed>().map(|followed| followed.added.clone())
}

/// Returns whether the session of the request is closed because the request has been answered.
pub(super) fn is_over(request: &HttpRequest) -> bool {
    request.extensions().get::<Followed>().is_some_and(|followed| followed.is_over)
}

/// The action to take if the session has no id for messages yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// Gives it an id, and begins a session if the request has none.
    Create,
    /// Gives it an id if the request has a session.
    CreateInSession,
    /// Leaves it as it is.
    Leave,
}

/// Returns the session that messages of this request are bound to, for the user who is signed in now. `None` if
/// `follow_session` does not run, if the session has ended and no other session has begun, or if the session has no id
/// and `absent` does not create one.
pub(super) fn session_for(user: Option<&Recipient>, request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let has_ended = session.status() == SessionStatus::Purged || (user.is_none() && has_signed_out(request));
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if has_ended && followed.successor.is_none() && absent == Absent::Create {
        let secret = new_secret()?;
        followed.successor = Some(Successor { session: followed.feed.sessions().bind(digest(&secret)), secret });
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

/// Returns whether the user who was signed in when the request arrived is no longer signed in.
fn has_signed_out(request: &HttpRequest) -> bool {
    let extensions = request.extensions();
    let followed = extensions.get::<Followed>().filter(|followed| followed.user.is_some());
    let identify = followed.map(|followed| followed.identify.clone());
    drop(extensions);
    identify.is_some_and(|identify| matches!(identify.identify(request), Ok(None)))
}

/// Returns the session of the request, if it has an id for messages or `absent` creates one. The session must not have
/// ended in this request.
pub(super) fn known_session(request: &HttpRequest, absent: Absent) -> Option<Binding> {
    let session = session_of(request)?;
    let mut extensions = request.extensions_mut();
    let followed = extensions.get_mut::<Followed>()?;
    if let Some(id) = stored_id(&session) {
        let arrived_with = followed.arrived_with.clone().filter(|session| *session.id() == id);
        return Some(arrived_with.unwrap_or_else(|| followed.feed.sessions().bind(id)));
    }
    match absent {
        Absent::Leave => return None,
        Absent::CreateInSession if session.entries().is_empty() => return None,
        Absent::Create | Absent::CreateInSession => {}
    }
    let secret = new_secret()?;
    session.insert(LOGICAL_ID, &secret).ok()?;
    let session = followed.feed.sessions().bind(digest(&secret));
    followed.ids.push(session.id().clone());
    Some(session)
}

pub(super) fn session_of(request: &HttpRequest) -> Option<Session> {
    let is_followed = request.extensions().contains::<Followed>();
    is_followed.then(|| request.get_session())
}

/// Returns whether actix-session's middleware has put a session into the request.
///
/// `get_session` creates a session if the request has none, and a created session looks like a real one. So this
/// function takes the extensions away, marks the session that is created without them, and merges them back. The mark
/// is visible only if the extensions hold no session.
pub(super) fn has_session(request: &ServiceRequest) -> bool {
    const MARK: &str = "actix_messages.probe";
    let extensions = std::mem::take(&mut *request.extensions_mut());
    let marked = request.get_session().insert(MARK, true).is_ok();
    request.extensions_mut().extend(extensions);
    marked && !matches!(request.get_session().get(MARK), Ok(Some(true)))
}
