//! Runs the conformance tests on each store of the guide.

mod vec_store {
    use actix_messages::MessageStore;
    use actix_messages_example_stores::VecStore;

    async fn make_store() -> impl MessageStore {
        VecStore::default()
    }

    actix_messages::conformance_tests!(make_store);
}

mod timed {
    use actix_messages::{MemoryStore, MessageStore};
    use actix_messages_example_stores::Timed;

    async fn make_store() -> impl MessageStore {
        Timed(MemoryStore::new())
    }

    actix_messages::conformance_tests!(make_store);
}

mod redis_store {
    use std::time::Duration;

    use actix_messages::{MemoryStore, MessageStore, store::conformance::Keeping};
    use actix_messages_example_stores::RedisStore;

    use crate::server::{Prefix, redis};

    async fn make_store() -> Keeping<Box<dyn MessageStore>, Option<Prefix>> {
        match redis() {
            Some(url) => {
                let prefix = Prefix::on(&url);
                // Other programs may be busy on this machine, and speed is not part of the contract.
                let store = RedisStore::open(&url, prefix.name()).unwrap().wait_timeout(Duration::from_secs(60));
                Keeping(Box::new(store), Some(prefix))
            }
            // `redis` has already reported that nothing is tested here.
            None => Keeping(Box::new(MemoryStore::new()), None),
        }
    }

    actix_messages::conformance_tests!(make_store);
}

mod redis_relay {
    use std::sync::{Arc, Mutex};

    use actix_messages::live::{Relay, RelayMessage, Subscriber};
    use actix_messages_example_stores::RedisRelay;

    use crate::server::{Prefix, redis};

    /// Stands for a missing server.
    #[derive(Debug, Clone, Default)]
    struct InProcess(Arc<Mutex<Vec<Subscriber>>>);

    impl Relay for InProcess {
        fn publish(&self, messages: &[RelayMessage]) {
            self.0.lock().unwrap().iter().for_each(|subscriber| subscriber.receive(messages));
        }

        fn subscribe(&self, subscriber: Subscriber) {
            self.0.lock().unwrap().push(subscriber.clone());
            subscriber.missed();
        }
    }

    async fn make_relays() -> [Arc<dyn Relay>; 2] {
        match redis() {
            Some(url) => {
                let channel = Prefix::on(&url).name().to_owned();
                let open = || Arc::new(RedisRelay::open(&url, &channel).unwrap());
                [open(), open()]
            }
            // `redis` has already reported that nothing is tested here.
            None => {
                let relay = InProcess::default();
                [Arc::new(relay.clone()), Arc::new(relay)]
            }
        }
    }

    actix_messages::relay_tests!(make_relays);
}
