//! Every store of the guide -> every law.

/// In a vector.
mod vec_store {
    use actix_messages::MessageStore;
    use actix_messages_example_stores::VecStore;

    async fn make_store() -> impl MessageStore {
        VecStore::default()
    }

    actix_messages::conformance_tests!(make_store);
}

/// Around another one.
mod timed {
    use actix_messages::{MemoryStore, MessageStore};
    use actix_messages_example_stores::Timed;

    async fn make_store() -> impl MessageStore {
        Timed(MemoryStore::new())
    }

    actix_messages::conformance_tests!(make_store);
}

/// On a Redis server.
mod redis_store {
    use std::time::Duration;

    use actix_messages::{MemoryStore, MessageStore, store::conformance::Keeping};
    use actix_messages_example_stores::RedisStore;

    use crate::server::{Prefix, redis};

    async fn make_store() -> Keeping<Box<dyn MessageStore>, Option<Prefix>> {
        match redis() {
            Some(url) => {
                let prefix = Prefix::on(&url);
                // Others may be at work on this machine, and how long they take is no law.
                let store = RedisStore::open(&url, prefix.name()).unwrap().wait_timeout(Duration::from_secs(60));
                Keeping(Box::new(store), Some(prefix))
            }
            // It was said that nothing is tested here.
            None => Keeping(Box::new(MemoryStore::new()), None),
        }
    }

    actix_messages::conformance_tests!(make_store);
}
