//! The settings of the REST API: pagination, filters, access, versions, JSON, texts, endpoints.

mod access;
mod bell;
mod conditional;
mod content;
mod cursors;
mod endpoints;
mod filters;
mod marking;
mod pages;
mod peeking;
mod problems;
mod repeated;
mod selections;
mod snoozing;
mod texts;
mod versions;
mod walks;

use std::{sync::Arc, time::Duration};

use actix_messages::{Endpoint, Endpoints, Mailbox, MessagesConfig, Timestamp};
use actix_web::{App, web::ServiceConfig};
use serde_json::Value;

use crate::support::{Client, Response, Server, TestStore, by_header, wait};

/// An application that takes the user's name from a header, without a check.
struct Site {
    server: Arc<Server>,
    store: TestStore,
}

impl Site {
    /// Serves all endpoints below `/messages`.
    fn new(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Self {
        Self::with(store, settings, |routes| {
            let all = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion);
            let all = all.with(Endpoint::Snooze).with(Endpoint::Archive);
            routes.service(all.at("/messages"));
        })
    }

    fn with(
        store: &TestStore,
        settings: impl FnOnce(MessagesConfig) -> MessagesConfig,
        routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> Self {
        let messages = settings(MessagesConfig::new(Arc::clone(&store.store), by_header));
        let server = Server::start(move || App::new().app_data(messages.clone()).configure(routes.clone()));
        Self { server: Arc::new(server), store: store.clone() }
    }

    fn user(&self, name: &str) -> User {
        let (client, mailbox) = (self.server.client(), self.store.mailbox(name));
        User { client, name: name.to_owned(), mailbox, _site: Arc::clone(&self.server) }
    }
}

/// A moment at which a snoozed message comes back.
fn tomorrow() -> Timestamp {
    Timestamp::now() + Duration::from_secs(24 * 60 * 60)
}

/// A signed-in user.
struct User {
    client: Client,
    name: String,
    mailbox: Mailbox,
    /// Keeps the server running.
    _site: Arc<Server>,
}

impl User {
    /// Sends a request with these headers.
    #[track_caller]
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        // The target may be a link from a response, which is absolute.
        let origin = format!("http://{}", self.client.address());
        let call = self.client.request(method, target.strip_prefix(&origin).unwrap_or(target));
        let call = call.header("x-user", &self.name);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send()
    }

    #[track_caller]
    fn get(&self, target: &str) -> Response {
        self.send("GET", target, &[])
    }

    /// Sends a request, and returns the number of changed messages in its response.
    #[track_caller]
    fn change(&self, method: &str, target: &str) -> u64 {
        let body = self.send(method, target, &[]).expect(200).json();
        assert_eq!(body.as_object().unwrap().len(), 1);
        body["count"].as_u64().unwrap()
    }

    /// Adds a message of the level info, and returns its id.
    fn add(&self, text: &str) -> i64 {
        wait(self.mailbox.info(text)).unwrap().unwrap().value()
    }

    /// Adds `count` messages with the texts `1`, `2` and so on.
    fn add_numbers(&self, count: u32) -> Vec<i64> {
        (1..=count).map(|number| self.add(&number.to_string())).collect()
    }

    /// The texts of the unread messages, the newest first.
    fn unread(&self) -> String {
        wait(self.mailbox.unread().list()).unwrap().to_string()
    }

    /// The texts of all messages, the newest first.
    fn all(&self) -> String {
        wait(self.mailbox.all().list()).unwrap().to_string()
    }
}

/// The texts of the messages in a list, in its order.
#[track_caller]
fn texts(list: &Value) -> String {
    let results = list.as_array().or_else(|| list["results"].as_array()).unwrap();
    let texts = results.iter().map(|message| message["message"].as_str().unwrap());
    texts.collect::<Vec<_>>().join(", ")
}

/// The URL of the next or previous page.
fn link<'a>(page: &'a Value, relation: &str) -> Option<&'a str> {
    page[relation].as_str()
}
