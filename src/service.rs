//! The REST surface: which path and method is answered by what.

mod admit;
mod body;
pub(crate) mod config;
mod endpoints;
mod error;
pub(crate) mod extract;
pub(crate) mod identify;
mod links;
mod negotiate;
mod origin;
mod query;
pub(crate) mod quiet;
#[cfg(feature = "session")]
pub(crate) mod session;
pub(crate) mod success;

use actix_web::{
    Resource, Scope,
    dev::HttpServiceFactory,
    guard,
    http::{
        Method,
        header::{ALLOW, CACHE_CONTROL, VARY},
    },
    middleware::{DefaultHeaders, from_fn},
    web::{self, method},
};

use self::{
    admit::admit,
    endpoints::{delete, describe_list, describe_message, describe_peek, list, peek, retrieve},
    error::{no_such_method, no_such_path},
};

/// The REST surface, to be mounted at `path`:
///
/// | request | answer |
/// | --- | --- |
/// | `GET {path}/` | a page of the user's messages, which marks them as read |
/// | `GET {path}/peek/` | how many are unread, and how severe they get; marks nothing |
/// | `GET {path}/{id}/` | one message, which marks it as read |
/// | `DELETE {path}/{id}/` | deletes one message |
///
/// Each answers with and without the last slash, and to `HEAD` (which marks nothing) and `OPTIONS`. The
/// [HTTP API](crate::guide::http_api) says it all. The settings are those of the [`MessagesConfig`] in the
/// application's data.
///
/// The scope is Actix's own, so `wrap`, `guard` and `app_data` work as everywhere; a `MessagesConfig` in the
/// scope's own data wins over the application's.
///
/// ```
/// use actix_messages::{MemoryStore, MessagesConfig, Recipient, scope};
/// use actix_web::{App, HttpRequest};
///
/// let who = |request: &HttpRequest| Recipient::user(request.headers().get("x-user")?.to_str().ok()?).ok();
/// let messages = MessagesConfig::new(MemoryStore::new(), who);
/// let app = App::new().app_data(messages).service(scope("/messages"));
/// ```
///
/// [`MessagesConfig`]: crate::MessagesConfig
pub fn scope(path: &str) -> Scope {
    let read = || web::route().guard(guard::Any(guard::Get()).or(guard::Head()));
    let options = || method(Method::OPTIONS);

    let all = web::resource(["", "/"]).name("messages:list");
    let all = all.route(read().to(list)).route(options().to(describe_list));

    let peeking = web::resource(["/peek", "/peek/"]).name("messages:peek");
    let peeking = peeking.route(read().to(peek)).route(options().to(describe_peek));

    let one = web::resource(["/{id:[^/.]+}", "/{id:[^/.]+}/"]).name("messages:detail");
    let one = one.route(read().to(retrieve)).route(web::delete().to(delete)).route(options().to(describe_message));

    web::scope(path.trim_end_matches('/'))
        .service(endpoint(all, "GET, HEAD, OPTIONS"))
        .service(endpoint(peeking, "GET, HEAD, OPTIONS"))
        .service(endpoint(one, "GET, DELETE, HEAD, OPTIONS"))
        .default_service(web::to(no_such_path))
}

/// The resource, which lets in whom it may, refuses any method that it has no route for, and says with each answer
/// which methods it has and what the answer depends on.
fn endpoint(resource: Resource, allowed: &'static str) -> impl HttpServiceFactory {
    resource.default_service(web::to(no_such_method)).wrap(from_fn(admit)).wrap(
        DefaultHeaders::new()
            .add((ALLOW, allowed))
            .add((VARY, "Accept, Cookie"))
            .add((CACHE_CONTROL, "private, no-cache")),
    )
}
