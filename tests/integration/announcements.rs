//! Announcements: which mailboxes get a copy over HTTP, how often, and when it goes, on every store.

mod races;

use std::{sync::Arc, time::Duration};

use actix_messages::{
    Endpoint, Endpoints, Group, Level, MessagesConfig, NewMessage, Recipient, Timestamp,
    testing::{ManualClock, tick},
};
use actix_messages_diesel::DieselStore;
use actix_web::{App, HttpRequest};

use crate::support::{
    Client, Response, Server, TestStore, another_postgres, by_header, on_every_store, somebody, wait,
};

const HOUR: Duration = Duration::from_secs(60 * 60);

on_every_store! {
    each_member_gets_it_once,
    a_deleted_copy_stays_deleted,
    nobody_outside_of_the_group_gets_it,
    it_comes_from_its_start_to_its_end,
    a_look_that_may_change_nothing_delivers_nothing,
    a_withdrawn_one_goes_from_every_place,
    a_scheduled_one_is_withdrawn,
}

#[test]
fn on_postgres() {
    // Ticks move the messages of all mailboxes.
    let Some(url) = another_postgres("announcements") else { return };
    let store = TestStore::of(DieselStore::open(&url).unwrap());
    for test in [
        each_member_gets_it_once,
        a_deleted_copy_stays_deleted,
        nobody_outside_of_the_group_gets_it,
        it_comes_from_its_start_to_its_end,
        a_look_that_may_change_nothing_delivers_nothing,
        a_withdrawn_one_goes_from_every_place,
        a_scheduled_one_is_withdrawn,
    ] {
        test(&store);
    }
}

/// An application with a separate group. A user belongs to it unless the request has the header `x-outside`.
struct Site {
    server: Server,
    messages: MessagesConfig,
    group: Group,
    clock: ManualClock,
}

impl Site {
    fn on(store: &TestStore) -> Self {
        let group = Group::new(somebody("group").user_id().unwrap()).unwrap();
        let clock = ManualClock::at(Timestamp::from_micros(1_900_000_000_000_000));
        let of = group.clone();
        let groups = move |request: &HttpRequest| match request.headers().contains_key("x-outside") {
            true => Vec::new(),
            false => vec![of.clone()],
        };
        let messages = MessagesConfig::new(Arc::clone(&store.store), by_header).clock(clock.clock()).groups(groups);
        let shared = messages.clone();
        let server = Server::start(move || {
            let endpoints = Endpoints::default().with(Endpoint::Archive).with(Endpoint::Inbox);
            App::new().app_data(shared.clone()).service(endpoints.at("/messages"))
        });
        Self { server, messages, group, clock }
    }

    fn announce(&self, message: NewMessage) -> actix_messages::MessageId {
        wait(self.messages.announce(&self.group, message)).unwrap().unwrap()
    }

    fn user(&self, name: &str) -> Member {
        Member { client: self.server.client(), user: somebody(name) }
    }

    fn tick_after(&self, by: Duration) {
        self.clock.advance(by);
        wait(tick(&self.messages.mailbox(somebody("ticker")), self.clock.now()));
    }
}

struct Member {
    client: Client,
    user: Recipient,
}

impl Member {
    fn send(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
        let call = self.client.request(method, target).header("x-user", self.user.user_id().unwrap());
        headers.iter().fold(call, |call, (name, value)| call.header(name, value)).send()
    }

    /// Returns the texts of a list, the newest first.
    #[track_caller]
    fn texts(&self, target: &str, headers: &[(&str, &str)]) -> Vec<String> {
        let list = self.send("GET", target, headers).expect(200).json();
        list["results"].as_array().unwrap().iter().map(|it| it["message"].as_str().unwrap().to_owned()).collect()
    }

    #[track_caller]
    fn inbox(&self) -> Vec<String> {
        self.texts("/messages/", &[])
    }
}

fn info(text: &str) -> NewMessage {
    NewMessage::new(Level::INFO, text)
}

fn each_member_gets_it_once(store: &TestStore) {
    let site = Site::on(store);
    let [alice, bob] = ["alice", "bob"].map(|name| site.user(name));
    assert_eq!(alice.inbox(), [""; 0]);
    site.announce(info("First").title("Title").session(actix_messages::SessionId::from_digest([1; 16])));
    for _ in 0..2 {
        assert_eq!(alice.send("GET", "/messages/peek/", &[]).expect(200).json()["count"], 1);
    }
    let copy = wait(site.messages.mailbox(alice.user.clone()).all().first()).unwrap().unwrap();
    assert_eq!((copy.title.as_deref(), &copy.session, copy.is_unread()), (Some("Title"), &None, true));
    assert!(wait(site.messages.mailbox(bob.user.clone()).all().is_empty()).unwrap(), "bob has not looked");
    site.announce(info("Second"));
    for _ in 0..2 {
        assert_eq!(alice.inbox(), ["Second", "First"]);
        assert_eq!(bob.texts("/messages/inbox/", &[]), ["Second", "First"]);
    }
}

fn a_deleted_copy_stays_deleted(store: &TestStore) {
    let site = Site::on(store);
    let alice = site.user("alice");
    site.announce(info("First"));
    assert_eq!(alice.inbox(), ["First"]);
    wait(site.messages.mailbox(alice.user.clone()).all().delete()).unwrap();
    site.announce(info("Second"));
    assert_eq!(alice.inbox(), ["Second"]);
    // A process that knows nothing yet.
    let restarted = Site { group: site.group.clone(), ..Site::on(store) };
    restarted.announce(info("Third"));
    let group = site.group.clone();
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header).clock(site.clock.clock());
    let messages = messages.groups(move |_: &HttpRequest| vec![group.clone()]);
    let server =
        Server::start(move || App::new().app_data(messages.clone()).service(actix_messages::scope("/messages")));
    let again = Member { client: server.client(), user: alice.user.clone() };
    assert_eq!(again.inbox(), ["Third", "Second"]);
}

fn nobody_outside_of_the_group_gets_it(store: &TestStore) {
    let site = Site::on(store);
    let alice = site.user("alice");
    site.announce(info("Members only"));
    assert_eq!(alice.texts("/messages/", &[("x-outside", "1")]), [""; 0]);
    assert_eq!(alice.inbox(), ["Members only"], "she has joined later");
}

fn it_comes_from_its_start_to_its_end(store: &TestStore) {
    let site = Site::on(store);
    let [early, punctual, late] = ["early", "punctual", "late"].map(|name| site.user(name));
    let now = site.clock.now();
    site.announce(info("Maintenance").visible_from(now + HOUR).expires_at(now + 3 * HOUR));
    assert_eq!(early.inbox(), [""; 0]);
    site.tick_after(HOUR);
    std::thread::sleep(Duration::from_millis(5100));
    assert_eq!(punctual.inbox(), ["Maintenance"]);
    // Without a tick, the announcement is still in the group's mailbox.
    site.clock.advance(2 * HOUR);
    assert_eq!(late.inbox(), [""; 0]);
    site.tick_after(Duration::ZERO);
    assert_eq!(punctual.inbox(), [""; 0]);
}

fn a_look_that_may_change_nothing_delivers_nothing(store: &TestStore) {
    let site = Site::on(store);
    let alice = site.user("alice");
    site.announce(info("News"));
    for headers in [("sec-purpose", "prefetch"), ("sec-fetch-site", "cross-site"), ("origin", "https://example.com")] {
        assert_eq!(alice.texts("/messages/", &[headers]), [""; 0], "{headers:?}");
    }
    alice.send("HEAD", "/messages/", &[]).expect(200);
    assert!(wait(site.messages.mailbox(alice.user.clone()).all().is_empty()).unwrap());
    assert_eq!(alice.inbox(), ["News"]);
}

fn a_withdrawn_one_goes_from_every_place(store: &TestStore) {
    let site = Site::on(store);
    let [alice, bob] = ["alice", "bob"].map(|name| site.user(name));
    let wrong = site.announce(info("Wrong"));
    site.announce(info("Right"));
    assert_eq!(alice.inbox(), ["Right", "Wrong"]);
    wait(site.messages.mailbox(alice.user.clone()).all().narrow(|it| it.with_text("Wrong")).archive()).unwrap();
    assert_eq!(alice.texts("/messages/archive/", &[]), ["Wrong"]);
    assert!(wait(site.messages.withdraw(&site.group, wrong)).unwrap());
    assert!(!wait(site.messages.withdraw(&site.group, wrong)).unwrap());
    assert_eq!(alice.texts("/messages/archive/", &[]), [""; 0]);
    assert_eq!((alice.inbox(), bob.inbox()), (vec!["Right".to_owned()], vec!["Right".to_owned()]));
    assert_eq!(wait(site.messages.announcements(&site.group)).unwrap().len(), 1);
}

fn a_scheduled_one_is_withdrawn(store: &TestStore) {
    let site = Site::on(store);
    let alice = site.user("alice");
    let id = site.announce(info("Later").visible_from(site.clock.now() + HOUR));
    assert_eq!(wait(site.messages.announcements(&site.group)).unwrap()[0].text, "Later");
    assert!(wait(site.messages.withdraw(&site.group, id)).unwrap());
    site.tick_after(2 * HOUR);
    assert_eq!(alice.inbox(), [""; 0]);
}
