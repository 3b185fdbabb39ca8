//! What the tests share: an application on a port of its own, clients that talk to it over HTTP, and stores.

mod app;
mod client;
mod failing;
mod http;
mod log;
mod postgres;
mod server;
mod stores;

pub(crate) use self::{
    app::TestApp, client::Client, failing::FailingStore, http::Response, log::Log, postgres::postgres, server::Server,
    stores::TestStore,
};

/// One test for each store: `memory::name` and `sqlite::name` for a function `name(store: &TestStore)`.
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

/// Waits for a future on a runtime of its own.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    actix_web::rt::Runtime::new().unwrap().block_on(future)
}

/// A path with a query, whose values are escaped.
pub(crate) fn with_query(path: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    format!("{path}?{query}")
}
