//! Serves the example application on a store.

use std::{net::SocketAddr, sync::Arc};

use actix_messages::{MessagesConfig, session_key, settings::MailboxBound};
use actix_messages_demo::{USER, app};
use actix_web::cookie::Key;

use super::{Client, Server, TestStore};

/// The example application: messages at `/messages/`, and the endpoints that cause messages under `/demo/`.
pub(crate) struct TestApp {
    server: Server,
    _store: TestStore,
}

impl TestApp {
    /// Starts the application with the default settings, but without a bound.
    pub(crate) fn new(store: &TestStore) -> Self {
        Self::with(store, |messages| messages)
    }

    /// Starts the application with these settings. Mailboxes have no bound unless the settings have one. A bound is
    /// checked at one message in a hundred, and a test can't predict these statements.
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

    /// Returns a client that has not signed in.
    pub(crate) fn visitor(&self) -> Client {
        self.server.client()
    }

    /// Returns a client that has signed in.
    pub(crate) fn user(&self, name: &str) -> Client {
        let client = self.visitor();
        client.sign_in(name);
        client
    }
}
