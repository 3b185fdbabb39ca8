//! Binds messages to the session of a request, and deletes them when the session ends.

use actix_session::{SessionExt, SessionStatus};
use actix_web::{
    Error, HttpMessage, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
};

use super::{
    private_pages::{set_cache_control_from_record, start_recording_exposure},
    session::{
        Absent, Followed, begin_successor, change_followed, has_session, known_session, replace_session,
        was_ended_by_another_request,
    },
    session_id::{LOGICAL_ID, stored_id},
};
use crate::{
    error::{SetupError, WithCauses},
    live::session_binding::Added,
    service::settings::{
        config::{MessagesConfig, config_of},
        policy::AfterLogout,
    },
    store::Kept,
};

/// Binds new messages to the session, and deletes them when the session ends.
///
/// With this middleware, visitors who are not signed in have their own messages.
///
/// A session ends by `Session::purge`, by a logout of actix-identity with either `LogoutBehavior`, or at one of the
/// deadlines of actix-identity. Then its messages are deleted, or kept if
/// [`MessagesConfig::after_logout`](crate::MessagesConfig::after_logout) says so. Renewing the session's key deletes no
/// messages, and neither does a login of another user in the same session.
///
/// A message that is added after the logout in the same request, such as "Good bye", is shown on the next page. If the
/// session was purged, a new session takes its place, which contains only an id for messages. A middleware around this
/// one then sees the session as renewed, not as purged.
///
/// This middleware also keeps pages with messages out of caches, as [`private_pages`](crate::private_pages) does.
///
/// It must run inside actix-session's middleware and outside actix-identity's. Actix runs the last registered
/// middleware first, so register them in this order:
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
/// Every request fails with 500, and the log names the fix, if no session middleware runs around this one, or if the
/// application's data has no [`MessagesConfig`](crate::MessagesConfig). If the store can't delete the messages of a
/// session that ends, the logout still succeeds, and the failure is logged.
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
            "the session ended before `follow_session` ran, so the messages bound to it stay: register middleware that \
             ends sessions, such as `IdentityMiddleware`, before `.wrap(from_fn(follow_session))`, so that it runs \
             inside of it"
        );
    }
    let arrived_with = stored_id(&request.get_session()).map(|id| config.delivery.feed.sessions().bind(id));
    request.extensions_mut().insert(Followed {
        user: None,
        identify: config.identify.clone(),
        feed: config.delivery.feed.clone(),
        ids: arrived_with.iter().map(|session| session.id().clone()).collect(),
        arrived_with,
        successor: None,
        added: Added::default(),
        is_over: false,
    });
    let user = config.identify.identify(request.request()).ok().flatten();
    change_followed(request.request(), |followed| followed.user.clone_from(&user));
    start_recording_exposure(request.request());

    let mut response = next.call(request).await?;

    set_cache_control_from_record(&mut response);
    let request = response.request();
    let status = request.get_session().status();
    let has_successor = request.extensions().get::<Followed>().is_some_and(|followed| followed.successor.is_some());
    // If the request arrived without a user and did not change its session, no user can be signed in now.
    let now = || config.identify.identify(request);
    if status == SessionStatus::Purged || has_successor || (user.is_some() && matches!(now(), Ok(None))) {
        end(request, &config).await;
        begin_successor(request);
    } else if status != SessionStatus::Unchanged {
        let now = now().ok().flatten();
        if now != user {
            // Another user must not see what a stream shows to this one.
            end_streams(request, &config);
        }
        if was_ended_by_another_request(request) {
            if now.is_some() && now != user {
                // The user signed in after the session had ended, so this is another session.
                request.get_session().remove(LOGICAL_ID);
            } else {
                // Storing the old session would sign the user in again.
                replace_session(request, |_| {});
            }
        }
        if now.is_some() {
            // The session is about to be stored anyway, so it gets its id for messages now. Otherwise, two concurrent
            // requests could each create an id with their first message.
            known_session(request, Absent::CreateInSession);
        }
    }
    change_followed(request, |followed| followed.is_over = true);
    Ok(response)
}

/// Ends the streams of the request's session. If the session has no id for messages, ends the streams of its user that
/// belong to no session.
fn end_streams(request: &HttpRequest, config: &MessagesConfig) {
    let extensions = request.extensions();
    let Some(followed) = extensions.get::<Followed>() else { return };
    followed.ids.iter().for_each(|session| config.delivery.feed.end_watches_in(session));
    if let (true, Some(user)) = (followed.ids.is_empty(), &followed.user) {
        config.delivery.feed.end_watches_in_no_session(user);
    }
}

/// Ends the session of the request: deletes the messages bound to it, or unbinds them from it.
async fn end(request: &HttpRequest, config: &MessagesConfig) {
    let followed = |followed: &Followed| (followed.ids.clone(), followed.added.messages().clone());
    let (ids, added) = request.extensions().get::<Followed>().map(followed).unwrap_or_default();
    let kept = match config.sessions.after_logout {
        AfterLogout::Delete => Kept::Only(added),
        // They are unbound. With `SessionScoping::Separate`, messages bound to an ended session would never be shown.
        AfterLogout::Keep => Kept::All,
    };
    if ids.is_empty() {
        end_streams(request, config);
    }
    for session in ids {
        // This comes first, so that no message is bound to the session after its messages are deleted.
        config.delivery.feed.end_session(&session, &kept);
        match config.delivery.store.end_session(&session, &kept).await {
            Ok(end) => tracing::debug!(deleted = end.deleted, "a session ended"),
            Err(error) => tracing::error!(
                error = %WithCauses(&error),
                "a session ended, but its messages could not be deleted or unbound from it"
            ),
        }
    }
}
