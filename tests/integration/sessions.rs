//! Sessions on every engine: the end of a session deletes the messages that are bound to it, and no others.

mod around;
mod ends;
mod ids;
mod scopes;
mod site;
mod theft;
mod under_way;
mod without_cookie;

/// Creates one test for each session engine: `cookie::name` and `redis::name` for a function `name(place: &Place)`.
/// Each test uses two stores.
macro_rules! on_every_engine {
    ($($test:ident),+ $(,)?) => {
        mod cookie {
            use crate::{sessions::site::Place, support::TestStore};
            $(#[test]
            fn $test() {
                super::$test(&Place::on_cookies(TestStore::memory()));
                super::$test(&Place::on_cookies(TestStore::sqlite()));
            })+
        }

        mod redis {
            use crate::{sessions::site::Place, support::TestStore};
            $(#[test]
            fn $test() {
                for store in [TestStore::memory(), TestStore::sqlite()] {
                    if let Some(place) = Place::on_redis(store) {
                        super::$test(&place);
                    }
                }
            })+
        }
    };
}
use on_every_engine;
