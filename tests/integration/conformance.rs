//! Every store passes every law, and each law fails on a store with a matching fault.

mod faults;

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
        // The tests do not simulate a power failure, and waiting for the disk would take most of their time.
        let options = SqliteOptions::default().durability(Durability::Normal);
        Keeping(options.open(folder.path().join("messages.sqlite")).unwrap(), folder)
    }

    actix_messages::conformance_tests!(make_store);
}

/// SQLite in memory, with one connection for reads and writes.
mod sqlite_memory {
    use actix_messages::MessageStore;
    use actix_messages_diesel::DieselStore;

    async fn make_store() -> impl MessageStore {
        DieselStore::open(":memory:").unwrap()
    }

    actix_messages::conformance_tests!(make_store);
}
