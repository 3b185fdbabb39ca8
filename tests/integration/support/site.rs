//! Serves an application's routes, with messages at `/messages/` and sessions in cookies.

use actix_identity::IdentityMiddleware;
use actix_messages::{MessagesConfig, follow_session, scope};
use actix_session::{SessionMiddleware, storage::CookieSessionStore};
use actix_web::{
    App, Error,
    cookie::Key,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::from_fn,
    web::ServiceConfig,
};

use super::Server;

/// Serves messages and these routes, with sessions in cookies.
pub(crate) fn serve(messages: MessagesConfig, routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Server {
    let key = Key::generate();
    Server::start(move || {
        let app = application(messages.clone(), routes.clone());
        app.wrap(from_fn(follow_session)).wrap(sessions_in_cookies(&key))
    })
}

/// Serves the same as [`serve`], with actix-identity in the sessions.
pub(crate) fn serve_with_identity(
    messages: MessagesConfig,
    routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
) -> Server {
    let key = Key::generate();
    Server::start(move || {
        let app = application(messages.clone(), routes.clone()).wrap(IdentityMiddleware::default());
        app.wrap(from_fn(follow_session)).wrap(sessions_in_cookies(&key))
    })
}

/// Returns an application with messages and these routes, without sessions.
pub(crate) fn application(
    messages: MessagesConfig,
    routes: impl FnOnce(&mut ServiceConfig),
) -> App<impl ServiceFactory<ServiceRequest, Config = (), Response = ServiceResponse, Error = Error, InitError = ()>> {
    App::new().app_data(messages).service(scope("/messages")).configure(routes)
}

/// Returns the middleware for sessions in cookies. They also work without TLS.
pub(crate) fn sessions_in_cookies(key: &Key) -> SessionMiddleware<CookieSessionStore> {
    SessionMiddleware::builder(CookieSessionStore::default(), key.clone()).cookie_secure(false).build()
}
