//! Each verb of the store and each route, called for every recipient with the ids of all others.

use std::{sync::Arc, time::Duration};

use actix_messages::{
    Clock, Level, Mailbox, Message, MessageFilter, MessageId, MessageStore, MessagesConfig, NewMessage, PageRequest,
    Place, Recipient, SessionId, Timestamp,
    settings::UnreadDeletion,
    store::{Change, CheckedTags, Insertion, Kept, Mark, Move, RetentionCutoff, SessionEnd},
};
use actix_messages_diesel::DieselStore;
use actix_web::{App, HttpRequest};

use super::routes::{Answered, ID, Route, everything, rest};
use crate::support::{Client, Response, Server, TestStore, another_postgres, on_every_store, wait, with_query};

on_every_store! {
    no_verb_of_a_store_reaches_another_mailbox,
    no_route_reaches_another_mailbox,
}

mod postgresql {
    use super::{DieselStore, TestStore, another_postgres};

    #[test]
    fn no_verb_of_a_store_reaches_another_mailbox() {
        if let Some(url) = another_postgres("strangers_verbs") {
            super::no_verb_of_a_store_reaches_another_mailbox(&TestStore::of(DieselStore::open(url).unwrap()));
        }
    }

    #[test]
    fn no_route_reaches_another_mailbox() {
        if let Some(url) = another_postgres("strangers_routes") {
            super::no_route_reaches_another_mailbox(&TestStore::of(DieselStore::open(url).unwrap()));
        }
    }
}

/// Users and visitors whose names a store might confuse.
fn everybody() -> Vec<Recipient> {
    let digits = "0123456789abcdef0123456789abcdef";
    let other_digits = "0123456789abcdef0123456789abcdee";
    let users = ["alice", "Alice", "al ice", "u:alice", "alic_", "alice%", "alice\u{301}", "0", "00", digits];
    let users = users.into_iter().map(|name| Recipient::user(name).unwrap());
    let visitors = [digits, other_digits].map(|digits| Recipient::visitor(digits.parse().unwrap()));
    users.chain(visitors).collect()
}

/// A recipient with two messages in a session, one of them read, and a message in each other place.
struct Owner {
    recipient: Recipient,
    ids: [MessageId; 2],
    elsewhere: [MessageId; 2],
    content: Vec<Message>,
}

const SESSION: [u8; 16] = [7; 16];

fn fill(store: &TestStore) -> Vec<Owner> {
    let fill = |recipient: Recipient| {
        let mailbox = Mailbox::new(recipient.clone(), Arc::clone(&store.store));
        let secret = |mailbox: &Mailbox| {
            let text = format!("secret of {}", recipient.key());
            let session = SessionId::from_digest(SESSION);
            wait(mailbox.add(NewMessage::new(Level::ERROR, text).tag("secret").session(session))).unwrap().unwrap()
        };
        let ids = [secret(&mailbox), secret(&mailbox)];
        let elsewhere = [Place::Archive, Place::Later].map(|place| secret(&mailbox.at(place)));
        wait(mailbox.select(MessageFilter::default().with_id(ids[0])).mark_read()).unwrap();
        Owner { content: content(store, &recipient), recipient, ids, elsewhere }
    };
    everybody().into_iter().map(fill).collect()
}

/// The messages in all places of a recipient.
fn content(store: &TestStore, of: &Recipient) -> Vec<Message> {
    let list = |of| wait(store.store.list(&of, &MessageFilter::default(), &PageRequest::all())).unwrap().messages;
    of.places().into_iter().flat_map(list).collect()
}

/// Asserts that the messages of these owners have not changed.
#[track_caller]
fn assert_unchanged(store: &TestStore, owners: &[Owner], by: &str) {
    for owner in owners {
        assert_eq!(content(store, &owner.recipient), owner.content, "changed by {by}");
    }
}

/// The verbs with a mailbox and a filter, by their names in the trait. Each returns whether no message matched.
const CONFINED: [(&str, fn(&dyn MessageStore, &Recipient, &MessageFilter) -> bool); 5] = [
    ("list", |store, of, filter| {
        let page = wait(store.list(of, filter, &PageRequest::all().counted())).unwrap();
        page.messages.is_empty() && page.total == Some(0)
    }),
    ("summarize", |store, of, filter| wait(store.summarize(of, filter)).unwrap().count() == 0),
    ("change", |store, of, filter| {
        let tags = Change::ReplaceTags(CheckedTags::new(["changed"]).unwrap());
        let change = |change| wait(store.change(of, filter, &change, Timestamp::now())).unwrap().is_empty();
        [Change::MarkRead, Change::MarkUnread, tags].into_iter().all(change)
    }),
    ("transfer", |store, of, filter| {
        let what = Move::of(filter.clone());
        wait(store.transfer(of, &of.archive(), &what, &Clock::default())).unwrap().is_empty()
    }),
    ("delete", |store, of, filter| wait(store.delete(of, filter)).unwrap().is_empty()),
];

/// The other verbs: `insert`, `advance` and `erase` name mailboxes, but no messages. `due`, `end_session` and `sweep`
/// cover all mailboxes.
const OTHERS: [&str; 6] = ["insert", "advance", "due", "erase", "end_session", "sweep"];

#[test]
fn every_verb_of_a_store_is_tried() {
    let source = include_str!("../../../src/store.rs");
    let start = source.find("pub trait MessageStore").unwrap();
    let body = &source[start..start + source[start..].find("\n}").unwrap()];
    let verbs = body.split("async fn ").skip(1).map(|rest| &rest[..rest.find('(').unwrap()]);
    let mut verbs = verbs.collect::<Vec<_>>();
    let mut tried = CONFINED.iter().map(|(name, _)| *name).chain(OTHERS).collect::<Vec<_>>();
    verbs.sort_unstable();
    tried.sort_unstable();
    assert_eq!(verbs, tried, "add the new verb to `CONFINED` or `OTHERS`");
}

fn no_verb_of_a_store_reaches_another_mailbox(store: &TestStore) {
    let owners = fill(store);
    for owner in &owners {
        let theirs = MessageFilter::default().with_ids(owner.ids);
        for stranger in owners.iter().filter(|stranger| stranger.recipient != owner.recipient) {
            for (name, verb) in CONFINED {
                assert!(verb(&*store.store, &stranger.recipient, &theirs), "{name}");
            }
        }
    }
    assert_unchanged(store, &owners, "a verb with the ids of others");

    // Verbs without message ids change only the mailboxes that they name.
    let [to, from] = ["newcomer", "new%"].map(|name| Recipient::user(name).unwrap());
    let message = NewMessage::new(Level::INFO, "text").check().unwrap();
    wait(store.store.insert(Insertion::new([from.clone()], vec![message]), &Clock::default())).unwrap();
    let moved = wait(store.store.transfer(&from, &to, &Move::mailbox(), &Clock::default())).unwrap();
    assert_eq!(moved.len(), 1);
    let another = SessionId::from_digest([8; 16]);
    let end = wait(store.store.end_session(&another, &Kept::none())).unwrap();
    assert_eq!(end, SessionEnd::default());
    let nothing = RetentionCutoff::default();
    assert_eq!(wait(store.store.sweep(&nothing, None, 1000)).unwrap().deleted, 0);
    assert_unchanged(store, &owners, "verbs that name no messages");
    assert_eq!(content(store, &to).len(), 1);
    wait(store.store.advance(&to, &Mark::new("seen").unwrap(), Some(MessageId::new(i64::MAX)))).unwrap();
    assert_eq!(wait(store.store.erase(&to)).unwrap(), 1);
    assert_unchanged(store, &owners, "verbs that name no messages");
}

/// The recipient that a header names in the form of the store's key.
fn by_header(request: &HttpRequest) -> Option<Recipient> {
    let key = request.headers().get("x-key")?.to_str().ok()?;
    form_urlencoded::parse(key.as_bytes()).next()?.1.parse().ok()
}

fn call(client: &Client, who: Option<&Recipient>, method: &str, target: &str) -> Response {
    let call = client.request(method, target);
    match who {
        None => call.send(),
        Some(who) => {
            let key = form_urlencoded::Serializer::new(String::new()).append_pair("key", &who.key()).finish();
            call.header("x-key", &key).send()
        }
    }
}

fn no_route_reaches_another_mailbox(store: &TestStore) {
    let owners = fill(store);
    let messages = MessagesConfig::new(Arc::clone(&store.store), by_header).unread_deletion(UnreadDeletion::Allow);
    let server = Server::start(move || App::new().app_data(messages.clone()).service(everything().at("/messages")));
    let client = server.client();
    let newcomer = Recipient::user("newcomer").unwrap();
    for owner in &owners {
        let [read, unread] = owner.ids.map(|id| id.to_string());
        let [archived, postponed] = owner.elsewhere.map(|id| id.to_string());
        let ids = format!("{read},{unread},{archived},{postponed}");
        let tomorrow = (Timestamp::now() + Duration::from_secs(24 * 60 * 60)).to_string();
        let strangers = owners.iter().map(|owner| &owner.recipient).filter(|stranger| **stranger != owner.recipient);
        for stranger in strangers.chain([&newcomer]).map(Some).chain([None]) {
            let targets =
                [&unread, &archived, &postponed].into_iter().flat_map(|id| rest().map(move |route| (id, route)));
            for (id, Route { pattern, method, answered }) in targets {
                if answered != Answered::One && *id != unread {
                    continue;
                }
                let path = format!("/messages{}", pattern.replace(ID, id));
                let until = pattern.ends_with("/snooze").then_some(("until", &*tomorrow));
                let query =
                    |ids: Option<(&str, &str)>| with_query(&path, &ids.into_iter().chain(until).collect::<Vec<_>>());
                let (target, status, body) = match answered {
                    Answered::One => (query(None), 404, None),
                    Answered::Count => (query(Some(("ids", &ids))), 200, Some("{\"count\":0}")),
                    // Routes about no messages need no check. Routes about own messages are checked below.
                    Answered::Other | Answered::Own => continue,
                };
                let answer = call(&client, stranger, method, &target);
                let seen = format!("{method} {target} by {stranger:?}: {answer:?}");
                assert_eq!(answer.status, status, "{seen}");
                assert!(!String::from_utf8_lossy(&answer.body).contains("secret"), "{seen}");
                assert!(body.is_none_or(|body| answer.body == body.as_bytes()), "{seen}");
            }
        }
    }
    assert_unchanged(store, &owners, "a route with the ids of others");

    for (place, owner) in owners.iter().enumerate() {
        let nobodys = owners.iter().flat_map(|owner| owner.ids).map(|id| id.to_string()).collect::<Vec<_>>().join(",");
        let list = call(&client, Some(&owner.recipient), "GET", &with_query("/messages/", &[("ids", &nobodys)]));
        let list = list.expect(200).json();
        let listed = list["results"].as_array().unwrap().iter().map(|message| message["id"].as_i64().unwrap());
        assert!(listed.rev().eq(owner.ids.map(MessageId::value)), "{list}");
        assert_unchanged(store, &owners[place + 1..], "the list of another");
        for (path, id) in ["archive", "later"].into_iter().zip(owner.elsewhere) {
            let target = with_query(&format!("/messages/{path}/"), &[("ids", &format!("{nobodys},{id}"))]);
            let list = call(&client, Some(&owner.recipient), "GET", &target).expect(200).json();
            let listed = list["results"].as_array().unwrap().iter().map(|message| message["id"].as_i64().unwrap());
            assert!(listed.eq([id.value()]), "{list}");
        }
        let seen = call(&client, Some(&owner.recipient), "POST", "/messages/seen/?up_to=9999999999999999").expect(200);
        assert_eq!(seen.json()["seen"], owner.ids[1].value(), "the newest message of the own mailbox");
        let peek = call(&client, Some(&owner.recipient), "GET", "/messages/peek/").expect(200).json();
        assert_eq!(peek["count"], 0, "the list has marked all messages as read");
    }
}
