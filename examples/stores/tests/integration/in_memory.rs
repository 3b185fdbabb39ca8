//! The suite as the guide begins with it, on the store that comes with the library.

use actix_messages::{MemoryStore, MessageStore};

async fn make_store() -> impl MessageStore {
    MemoryStore::new() // your own store here
}

actix_messages::conformance_tests!(make_store);
