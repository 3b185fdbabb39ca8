//! Every store -> every law, and stores with a fault -> the law that finds it.

mod faults;
/// The store that the guide builds.
#[allow(unreachable_pub, reason = "it is public in the guide")]
mod vec_store;

/// In memory.
mod memory {
    use actix_messages::{MemoryStore, MessageStore};

    async fn make_store() -> impl MessageStore {
        MemoryStore::new()
    }

    actix_messages::conformance_tests!(make_store);
}

/// SQLite in a file, with one connection that writes and several that read.
mod sqlite_file {
    use actix_messages::{MessageStore, store::conformance::Keeping};
    use actix_messages_diesel::{Durability, SqliteOptions};
    use tempfile::TempDir;

    async fn make_store() -> Keeping<impl MessageStore, TempDir> {
        let folder = tempfile::tempdir().unwrap();
        // Losing power is no part of a test, and waiting for the disk would be most of it.
        let options = SqliteOptions::default().durability(Durability::Normal);
        Keeping(options.open(folder.path().join("messages.sqlite")).unwrap(), folder)
    }

    actix_messages::conformance_tests!(make_store);
}

/// SQLite in memory, with one connection for all.
mod sqlite_memory {
    use actix_messages::MessageStore;
    use actix_messages_diesel::DieselStore;

    async fn make_store() -> impl MessageStore {
        DieselStore::open(":memory:").unwrap()
    }

    actix_messages::conformance_tests!(make_store);
}

/// In a vector, as the guide builds it.
mod guide {
    use actix_messages::MessageStore;

    use super::vec_store::VecStore;

    async fn make_store() -> impl MessageStore {
        VecStore::default()
    }

    actix_messages::conformance_tests!(make_store);

    #[test]
    fn the_guide_shows_the_store_that_is_tested() {
        let guide = include_str!("../../docs/writing-a-store.md");
        let (_, store) = include_str!("conformance/vec_store.rs").split_once("\n\n").unwrap();
        assert!(guide.contains(&format!("```rust\n{store}```\n")), "the guide shows another store");
    }
}
