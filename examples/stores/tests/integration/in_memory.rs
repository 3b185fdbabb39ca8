//! The first suite that the guide shows, on the in-memory store of the library.

use actix_messages::{MemoryStore, MessageStore};

async fn make_store() -> impl MessageStore {
    MemoryStore::new() // your own store here
}

actix_messages::conformance_tests!(make_store);
