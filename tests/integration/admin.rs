//! The admin over HTTP: who may see it, what it shows, and what it changes.

mod changing;
mod door;
mod failing;
mod looking;
mod places;
mod texts;
mod writing;

use std::{collections::BTreeSet, sync::Arc};

use actix_messages::{
    Admin, Mailbox, MemoryStore, Message, MessageFilter, MessageStore, MessagesConfig, NewMessage, PageRequest,
    Recipient, SessionId,
    store::{Mailboxes, MessageDirectory},
};
use actix_messages_diesel::DieselStore;
use actix_web::{App, HttpRequest};

use crate::support::{Client, Log, Response, Server, wait, with_query};

/// A server with the admin at `/admin/` on a store, and its log. A request with the header `x-staff` comes from staff.
struct Office {
    store: Arc<dyn MessageDirectory>,
    client: Client,
    log: Log,
    _server: Server,
}

fn by_header(request: &HttpRequest) -> Option<String> {
    Some(request.headers().get("x-staff")?.to_str().unwrap().to_owned())
}

impl Office {
    fn new() -> Self {
        Self::on(MemoryStore::new())
    }

    fn on(store: impl MessageDirectory) -> Self {
        Self::with(store, |admin| admin.staff(by_header), |messages| messages)
    }

    fn with(
        store: impl MessageDirectory,
        admin: impl FnOnce(Admin) -> Admin,
        settings: impl FnOnce(MessagesConfig) -> MessagesConfig,
    ) -> Self {
        let store: Arc<dyn MessageDirectory> = Arc::new(store);
        let admin = admin(Admin::new(Arc::clone(&store)));
        let messages = settings(MessagesConfig::new(Arc::clone(&store), |_: &HttpRequest| None));
        let log = Log::default();
        let followed = log.clone();
        let server = Server::start(move || {
            followed.follow_this_thread();
            App::new().app_data(messages.clone()).service(admin.at("/admin"))
        });
        Self { store, client: server.client(), log, _server: server }
    }

    fn mailbox(&self, user: &str) -> Mailbox {
        let store: Arc<dyn MessageStore> = self.store.clone();
        Mailbox::new(Recipient::user(user).unwrap(), store)
    }

    /// Adds a message to a user's mailbox, and returns the name of its row.
    fn add(&self, user: &str, message: NewMessage) -> String {
        let id = wait(self.mailbox(user).add(message)).unwrap().unwrap();
        format!("{id}:u:{user}")
    }

    fn get(&self, target: &str) -> Response {
        self.client.request("GET", target).header("x-staff", "Ada").send()
    }

    #[track_caller]
    fn list(&self, parameters: &[(&str, &str)]) -> String {
        text(&self.get(&with_query("/admin/list", parameters)).expect(200))
    }

    fn post(&self, target: &str, fields: &[(&str, &str)]) -> Response {
        self.client.request("POST", target).header("x-staff", "Ada").form(fields).send()
    }

    /// All messages in the store, newest first.
    fn content(&self) -> Vec<(Recipient, Message)> {
        wait(self.store.list_across(&Mailboxes::All, &MessageFilter::default(), &PageRequest::all())).unwrap()
    }

    fn texts(&self) -> Vec<String> {
        self.content().into_iter().map(|(_, message)| message.content.text).collect()
    }
}

/// Runs the test on each store that has a directory.
fn on_each(test: impl Fn(Office)) {
    test(Office::on(MemoryStore::new()));
    test(Office::on(DieselStore::open(":memory:").unwrap()));
}

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

fn session() -> SessionId {
    SessionId::from_digest([0xab; 16])
}

/// The values of all form fields with this name, in their order on the page.
fn values(page: &str, name: &str) -> Vec<String> {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// Those of the texts that the page contains.
fn shown<'a>(page: &str, texts: &[&'a str]) -> BTreeSet<&'a str> {
    texts.iter().copied().filter(|text| page.contains(text)).collect()
}

#[track_caller]
fn location(response: Response) -> String {
    response.expect(303).header("location").unwrap().to_owned()
}
