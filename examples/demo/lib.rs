//! The example application: sign in, cause messages, and read them over the REST surface.

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

/// Where the session keeps who is signed in.
pub const USER: &str = "user";

/// Who signs in by this name is staff. A real application asks its own users' records.
pub const STAFF: &str = "admin";

/// The admin of the messages in this store, to be mounted beside [`app`].
#[must_use]
pub fn admin(store: impl MessageDirectory) -> Admin {
    Admin::new(store)
        .staff(|request| request.get_session().get::<String>(USER).ok().flatten().filter(|user| user == STAFF))
}

/// The whole application on these messages. They are served twice: as drf-messages does it, and with all endpoints,
/// pages by cursor, and messages that are marked as read on purpose only. Sessions live in a cookie that is encrypted with this key.
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
        .after_reading(AfterReading::Nothing);
    let all = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion).with(Endpoint::OpenApi);
    let sessions = SessionMiddleware::builder(CookieSessionStore::default(), key)
        .cookie_name("sessionid".to_owned())
        .cookie_content_security(CookieContentSecurity::Private)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        // The example is served without TLS; an application that is served with it leaves this out.
        .cookie_secure(false)
        .build();
    App::new()
        .app_data(messages)
        .service(Endpoints::default().with(Endpoint::OpenApi).at("/messages"))
        .service(all.at("/api/messages").app_data(on_purpose))
        .service(docs::scope([
            ("As drf-messages has it", "/messages/openapi.json"),
            ("All there is", "/api/messages/openapi.json"),
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

/// Nothing but the page's own files may run, and no other site may frame it.
fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add((
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "same-origin"))
}
