//! Sessions on every engine: what is bound to one goes when it ends, and nothing else does.

mod around;
mod ends;
mod ids;
mod scopes;
mod site;
mod theft;
mod under_way;
mod without_cookie;

/// One test for each engine of sessions, on each store: `cookie::name` and `redis::name` for a function
/// `name(place: &Place)`.
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
