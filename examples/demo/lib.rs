//! The example application: users sign in, cause messages, and read them over the REST API.

mod classic;
mod docs;
mod endpoints;
mod page;
mod settings;

use actix_messages::{
    Admin, Endpoint, Endpoints, MessagesConfig, follow_session,
    settings::{AfterReading, CursorKey, Pagination},
    store::MessageDirectory,
};
use actix_session::{SessionExt, SessionMiddleware, config::CookieContentSecurity, storage::CookieSessionStore};
use actix_web::{
    App, Error,
    body::MessageBody,
    cookie::{Key, SameSite},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{DefaultHeaders, from_fn},
    web,
};

pub use self::settings::{Settings, SettingsError};

/// The session key of the signed-in user's name.
pub const USER: &str = "user";

/// The user with this name is staff. A real application checks its own user records.
pub const STAFF: &str = "admin";

/// Returns the admin of the messages in this store, for the same server as [`app`].
#[must_use]
pub fn admin(store: impl MessageDirectory) -> Admin {
    Admin::new(store)
        .staff(|request| request.get_session().get::<String>(USER).ok().flatten().filter(|user| user == STAFF))
}

/// Returns the whole application with these messages. They are served twice:
///
/// - At `/messages`, as drf-messages serves them.
/// - At `/api/messages`, with all endpoints and cursor pagination. Messages are marked as read only explicitly.
///
/// Sessions are stored in a cookie that is encrypted with `key`.
pub fn app(
    messages: MessagesConfig,
    key: Key,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let on_purpose = messages
        .clone()
        .pagination(Pagination::Cursor(CursorKey::from_secret(key.signing())))
        .after_reading(AfterReading::Nothing)
        .user_tags(["pinned", "starred"]);
    let optional = [
        Endpoint::Inbox,
        Endpoint::Stream,
        Endpoint::Marking,
        Endpoint::SelectionDeletion,
        Endpoint::Archive,
        Endpoint::Later,
        Endpoint::Snooze,
        Endpoint::Seen,
        Endpoint::Tags,
        Endpoint::Bell,
        Endpoint::OpenApi,
    ];
    let all = optional.into_iter().fold(Endpoints::default(), Endpoints::with);
    let sessions = SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name("sessionid".to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        // The example is served without TLS. An application with TLS leaves this line out.
        .cookie_secure(false)
        .build();
    App::new()
        .app_data(messages)
        .service(Endpoints::default().with(Endpoint::OpenApi).at("/messages"))
        .service(all.at("/api/messages").app_data(on_purpose))
        .service(docs::scope([
            ("Compatible with drf-messages", "/messages/openapi.json"),
            ("All endpoints", "/api/messages/openapi.json"),
        ]))
        .service(endpoints::sign_in)
        .service(endpoints::sign_out)
        .service(endpoints::who)
        .service(endpoints::cause_message)
        .service(classic::show_notes)
        .service(classic::keep_note)
        .app_data(web::JsonConfig::default().error_handler(endpoints::unreadable))
        .configure(page::routes)
        .wrap(from_fn(follow_session))
        .wrap(sessions)
        .wrap(security_headers())
}

/// Allows only the page's own files to run, and no other site to frame it.
fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'",
        ))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "same-origin"))
}
