//! The example application on a store, served.

use std::{net::SocketAddr, sync::Arc};

use actix_messages::{MessagesConfig, session_key, settings::MailboxBound};
use actix_messages_demo::{USER, app};
use actix_web::cookie::Key;

use super::{Client, Server, TestStore};

/// The example application: messages at `/messages/`, and what causes them under `/demo/`.
pub(crate) struct TestApp {
    server: Server,
    _store: TestStore,
}

impl TestApp {
    /// With the default settings.
    pub(crate) fn new(store: &TestStore) -> Self {
        Self::with(store, |messages| messages)
    }

    /// With these settings. A bound is looked at with one message in a hundred, by lists that no test can foresee; so there is
    /// none unless it is among the settings.
    pub(crate) fn with(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Self {
        let messages = MessagesConfig::new(Arc::clone(&store.store), session_key(USER));
        let messages = settings(messages.mailbox_bound(MailboxBound::Unbounded));
        let key = Key::generate();
        let server = Server::start(move || app(messages.clone(), key.clone()));
        Self { server, _store: store.clone() }
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Somebody who has not signed in.
    pub(crate) fn visitor(&self) -> Client {
        self.server.client()
    }

    /// Somebody who has.
    pub(crate) fn user(&self, name: &str) -> Client {
        let client = self.visitor();
        client.sign_in(name);
        client
    }
}
