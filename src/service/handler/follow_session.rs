//! Follows the session of a request: binds messages to it, and deletes them at its end.

use std::sync::Arc;

use actix_session::{SessionExt, SessionStatus};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{
    private_pages::{keep_private, note_what_is_shown},
    session::{
        Absent, Followed, begin_successor, change_followed, has_ended_meanwhile, has_session, known_session,
        replace_session,
    },
    session_id::{LOGICAL_ID, stored_id},
};
use crate::{
    error::{SetupError, WithCauses},
    mailbox::session_binding::Added,
    service::settings::{
        config::{MessagesConfig, config_of},
        policy::AfterLogout,
    },
    store::Kept,
};

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
    let arrived_with = stored_id(&request.get_session()).map(|id| config.shared.live_sessions.bind(id));
    request.extensions_mut().insert(Followed {
        user: None,
        identify: config.identify.clone(),
        live_sessions: Arc::clone(&config.shared.live_sessions),
        ids: arrived_with.iter().map(|session| session.id().clone()).collect(),
        arrived_with,
        successor: None,
        added: Added::default(),
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
        end(request, &config).await;
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
async fn end(request: &HttpRequest, config: &MessagesConfig) {
    let followed = |followed: &Followed| (followed.ids.clone(), followed.added.messages().clone());
    let (ids, added) = request.extensions().get::<Followed>().map(followed).unwrap_or_default();
    let kept = match config.sessions.after_logout {
        AfterLogout::Delete => Kept::Only(added),
        // If they stayed bound to the session, nobody would see them in sessions of their own.
        AfterLogout::Keep => Kept::All,
    };
    for session in ids {
        // First, so that no message is bound to the session after its messages are deleted.
        config.shared.live_sessions.end(&session, &kept);
        match config.delivery.store.end_session(&session, &kept).await {
            Ok(end) => tracing::debug!(deleted = end.deleted, "a session ended"),
            Err(error) => tracing::error!(
                error = %WithCauses(&error),
                "a session ended, but its messages could not be deleted, or kept for the next one"
            ),
        }
    }
}
