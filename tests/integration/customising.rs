//! What an application may choose of the REST surface: pages, filters, access, versions, JSON, endpoints.

mod access;
mod conditional;
mod cursors;
mod endpoints;
mod filters;
mod marking;
mod pages;
mod peeking;
mod problems;
mod selections;
mod versions;
mod walks;

use std::sync::Arc;

use actix_messages::{Endpoint, Endpoints, Mailbox, MessagesConfig};
use actix_web::{App, web::ServiceConfig};
use serde_json::Value;

use crate::support::{Client, Response, Server, TestStore, by_header, wait};

/// An application that believes whoever says in a header who they are.
struct Site {
    server: Arc<Server>,
    store: TestStore,
}

impl Site {
    /// With all endpoints below `/messages`.
    fn new(store: &TestStore, settings: impl FnOnce(MessagesConfig) -> MessagesConfig) -> Self {
        Self::with(store, settings, |routes| {
            let all = Endpoints::default().with(Endpoint::Marking).with(Endpoint::SelectionDeletion);
            routes.service(all.at("/messages"));
        })
    }

    /// With these routes.
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

/// Somebody who is signed in.
struct User {
    client: Client,
    name: String,
    mailbox: Mailbox,
    /// It is served as long as somebody uses it.
    _site: Arc<Server>,
}

impl User {
    /// Sends a request with these headers.
    #[track_caller]
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        // A client follows links, too.
        let origin = format!("http://{}", self.client.address());
        let call = self.client.request(method, target.strip_prefix(&origin).unwrap_or(target));
        let call = call.header("x-user", &self.name);
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send()
    }

    #[track_caller]
    fn get(&self, target: &str) -> Response {
        self.send("GET", target, &[])
    }

    /// How many messages the request says that it changed.
    #[track_caller]
    fn change(&self, method: &str, target: &str) -> u64 {
        let body = self.send(method, target, &[]).expect(200).json();
        assert_eq!(body.as_object().unwrap().len(), 1);
        body["count"].as_u64().unwrap()
    }

    /// Adds a message of level info, and returns its id.
    fn add(&self, text: &str) -> i64 {
        wait(self.mailbox.info(text)).unwrap().unwrap().value()
    }

    /// Adds so many messages, whose texts are their numbers from 1 on.
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

/// The address of the next or previous page.
fn link<'a>(page: &'a Value, relation: &str) -> Option<&'a str> {
    page[relation].as_str()
}
