//! The stores that the tests run on.

use std::sync::Arc;

use actix_messages::{Mailbox, MemoryStore, MessageStore, Recipient};
use actix_messages_diesel::{DieselStore, Durability, SqliteOptions};
use tempfile::TempDir;

/// An empty store. Its files are deleted with the last clone.
#[derive(Debug, Clone)]
pub(crate) struct TestStore {
    pub(crate) store: Arc<dyn MessageStore>,
    _folder: Option<Arc<TempDir>>,
}

impl TestStore {
    pub(crate) fn memory() -> Self {
        Self::of(MemoryStore::new())
    }

    pub(crate) fn sqlite() -> Self {
        let folder = TempDir::new().unwrap();
        let options = SqliteOptions::default().durability(Durability::Normal).readers(4);
        let store = options.open(folder.path().join("messages.sqlite")).unwrap();
        Self { store: Arc::new(store), _folder: Some(Arc::new(folder)) }
    }

    /// Returns `None` without a server.
    pub(crate) fn postgres() -> Option<Self> {
        super::postgres().map(|url| Self::of(DieselStore::open(url).unwrap()))
    }

    pub(crate) fn of(store: impl MessageStore) -> Self {
        Self { store: Arc::new(store), _folder: None }
    }

    /// Returns the mailbox of a user, without a request.
    pub(crate) fn mailbox(&self, user: &str) -> Mailbox {
        Mailbox::new(Recipient::user(user).unwrap(), Arc::clone(&self.store))
    }

    /// Puts another store in front of this one.
    pub(crate) fn behind<S: MessageStore>(&self, front: impl FnOnce(Arc<dyn MessageStore>) -> S) -> Self {
        Self { store: Arc::new(front(Arc::clone(&self.store))), _folder: self._folder.clone() }
    }
}
