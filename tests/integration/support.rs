//! Code that the tests share: an application on a free port, clients that talk to it over HTTP, and stores.

mod app;
mod client;
mod connection;
mod event_source;
mod failing;
mod http;
mod log;
mod numbers;
mod pgbouncer;
mod postgres;
mod process;
mod proxy;
mod server;
mod site;
mod stores;

use std::hash::{BuildHasher, Hasher, RandomState};

use actix_messages::{MessageId, Recipient, store::Inserted};
use actix_web::HttpRequest;

pub(crate) use actix_messages_tests::{PostgresServer, SmallDisk, not_tested};

pub(crate) use self::{
    app::TestApp,
    client::Client,
    connection::Connection,
    event_source::EventSource,
    failing::FailingStore,
    http::Response,
    log::Log,
    numbers::BEYOND_INTEGERS,
    pgbouncer::PgBouncer,
    postgres::{another_postgres, postgres},
    process::Process,
    proxy::{Network, Proxy},
    server::Server,
    site::{application, serve, serve_with_identity, sessions_in_cookies},
    stores::TestStore,
};

/// Creates one test for each store: `memory::name` and `sqlite::name` for a function `name(store: &TestStore)`.
macro_rules! on_every_store {
    ($($test:ident),+ $(,)?) => {
        mod memory {
            $(#[test]
            fn $test() {
                super::$test(&crate::support::TestStore::memory());
            })+
        }

        mod sqlite {
            $(#[test]
            fn $test() {
                super::$test(&crate::support::TestStore::sqlite());
            })+
        }
    };
}
pub(crate) use on_every_store;

/// Returns the ids of inserted messages, mailbox by mailbox.
pub(crate) fn ids_of(inserted: Vec<Vec<Inserted>>) -> Vec<MessageId> {
    inserted.concat().into_iter().map(|inserted| inserted.id).collect()
}

/// Runs a future to its end on a new runtime.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::Runtime::new().unwrap().block_on(future)
}

/// Returns the user that a header names, without authentication.
pub(crate) fn by_header(request: &HttpRequest) -> Option<Recipient> {
    Recipient::user(request.headers().get("x-user")?.to_str().ok()?).ok()
}

/// Returns a path with a query, whose values are escaped.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}

/// Returns a user that no other test or run has. So the database may be shared and need not be empty.
pub(crate) fn somebody(name: &str) -> Recipient {
    Recipient::user(format!("{name}-{:016x}", RandomState::new().build_hasher().finish())).unwrap()
}
