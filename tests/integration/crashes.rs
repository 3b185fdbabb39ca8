//! A server is killed or stopped under load: every change that it confirmed is stored, and no other change.
//!
//! `CRASHES=200` kills each server 200 times. The default is 3.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use actix_messages::{Mailbox, Message, MessagesConfig, Recipient, session_key};
use actix_messages_demo::{USER, app};
use actix_messages_diesel::DieselStore;
use actix_web::cookie::Key;
use diesel::{Connection, RunQueryDsl, SqliteConnection, dsl::sql, select, sql_types::Text};
use serde_json::json;

use crate::support::{Client, Process, Server, postgres, somebody, wait};

const USERS: usize = 4;
/// The page size of a list.
const PAGE: usize = 3;

#[test]
fn what_was_answered_survives_kills_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("messages.sqlite");
    survive_kills(file.to_str().unwrap(), || {
        let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
        let sound = select(sql::<Text>("integrity_check FROM pragma_integrity_check"));
        assert_eq!(sound.load::<String>(&mut connection).unwrap(), ["ok"]);
    });
}

#[test]
fn what_was_answered_survives_kills_on_postgresql() {
    if let Some(url) = postgres() {
        survive_kills(url, || {});
    }
}

#[test]
fn a_server_that_stops_finishes_what_it_has_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(folder.path().join("messages.sqlite")).unwrap();
    let (messages, key) = (MessagesConfig::new(store.clone(), session_key(USER)), Key::generate());
    let server = Server::start(move || app(messages.clone(), key.clone()));
    let mut users = users(&server.client());
    let added = AtomicU64::new(0);
    thread::scope(|scope| {
        for user in &mut users {
            let added = &added;
            scope.spawn(move || {
                while user.add() {
                    added.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        while added.load(Ordering::Relaxed) < 20 {
            thread::yield_now();
        }
        server.stop();
    });
    for user in &users {
        let stored =
            user.stored(&store).into_iter().map(|message| (message.id.value(), message.content.text)).collect();
        assert_eq!(user.added, stored, "the store differs from the responses");
    }
}

/// A user's requests, and the responses to them.
struct User {
    recipient: Recipient,
    client: Client,
    sent: BTreeSet<String>,
    added: BTreeMap<i64, String>,
    shown: BTreeSet<i64>,
    asked_to_delete: BTreeSet<i64>,
    deleted: BTreeSet<i64>,
    /// The ids in the last list. The server may have been killed before it marked them.
    shown_last: BTreeSet<i64>,
}

fn users(client: &Client) -> Vec<User> {
    let signed_in = |_| {
        let recipient = somebody("user");
        let client = client.at(client.address());
        client.sign_in(recipient.user_id().unwrap());
        User {
            recipient,
            client,
            sent: BTreeSet::new(),
            added: BTreeMap::new(),
            shown: BTreeSet::new(),
            asked_to_delete: BTreeSet::new(),
            deleted: BTreeSet::new(),
            shown_last: BTreeSet::new(),
        }
    };
    (0..USERS).map(signed_in).collect()
}

impl User {
    /// Adds a message. Returns whether the server responded.
    fn add(&mut self) -> bool {
        let text = format!("message {} for {}", self.sent.len(), self.recipient.user_id().unwrap());
        self.sent.insert(text.clone());
        let body = json!({ "level": 20, "message": text });
        let Ok(answer) = self.client.request("POST", "/demo/messages").json(&body).try_send() else { return false };
        self.added.insert(answer.expect(201).json()["id"].as_i64().unwrap(), text);
        true
    }

    /// Reads the newest unread messages.
    fn list(&mut self) -> bool {
        let list = self.client.request("GET", format!("/messages/?unread=true&limit={PAGE}"));
        let Ok(answer) = list.try_send() else { return false };
        let list = answer.expect(200).json();
        let shown = list["results"].as_array().unwrap().iter().map(|message| message["id"].as_i64().unwrap());
        self.shown_last = shown.collect();
        self.shown.extend(&self.shown_last);
        true
    }

    /// Deletes the oldest read message.
    fn delete(&mut self) -> bool {
        let Some(id) = self.shown.difference(&self.asked_to_delete).next().copied() else { return true };
        self.asked_to_delete.insert(id);
        let Ok(answer) = self.client.request("DELETE", format!("/messages/{id}/")).try_send() else { return false };
        answer.expect(204);
        self.deleted.insert(id);
        true
    }

    /// Sends requests until the server stops responding, and counts the responses.
    fn use_it(&mut self, answered: &AtomicU64) {
        let requests = [Self::add, Self::add, Self::list, Self::add, Self::delete];
        for request in requests.iter().cycle() {
            if !request(self) {
                return;
            }
            answered.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn stored(&self, store: &DieselStore) -> Vec<Message> {
        let mailbox = Mailbox::new(self.recipient.clone(), Arc::new(store.clone()));
        wait(mailbox.all().list()).unwrap().into_iter().collect()
    }

    /// Compares the store with the responses. Returns how many messages were stored without a response, and how many
    /// were shown but not marked, because of the kill.
    fn check(&mut self, store: &DieselStore) -> (usize, usize) {
        let stored = self.stored(store);
        let ids = stored.iter().map(|message| message.id.value()).collect::<BTreeSet<_>>();
        for (id, text) in &self.added {
            assert!(ids.contains(id) || self.asked_to_delete.contains(id), "{text} is lost");
        }
        assert_eq!(ids.intersection(&self.deleted).count(), 0, "a deleted message is there again");
        let (mut not_answered, mut unread_again) = (0, 0);
        for message in &stored {
            let id = message.id.value();
            assert!(self.sent.contains(&message.text), "{message:?} was never sent");
            match self.added.get(&id) {
                Some(text) => assert_eq!(*text, message.text),
                None => not_answered += 1,
            }
            match (message.is_unread(), self.shown.contains(&id)) {
                (false, false) => panic!("{message:?} is read, but was never shown"),
                (true, true) => {
                    assert!(self.shown_last.contains(&id), "{message:?} was shown in an earlier list, but is unread");
                    self.shown.remove(&id);
                    unread_again += 1;
                }
                (true, false) | (false, true) => {}
            }
        }
        self.added.extend(stored.into_iter().map(|message| (message.id.value(), message.content.text)));
        (not_answered, unread_again)
    }
}

fn survive_kills(database: &str, is_sound: impl Fn()) {
    let kills = env::var("CRASHES").map_or(3, |kills| kills.parse().expect("CRASHES is a number"));
    let mut users = users(&Process::on(database).client());
    let (mut not_answered, mut unread_again) = (0, 0);
    for kill in 0..kills {
        let (process, answered) = (Process::on(database), AtomicU64::new(0));
        thread::scope(|scope| {
            for user in &mut users {
                user.client = user.client.at(process.address());
                scope.spawn(|| user.use_it(&answered));
            }
            // Each kill comes at another moment: after 20 to 116 responses.
            while answered.load(Ordering::Relaxed) < 20 + 7919 * kill % 97 {
                thread::yield_now();
            }
            drop(process);
        });
        let store = DieselStore::open(database).unwrap();
        for user in &mut users {
            let (more, again) = user.check(&store);
            not_answered += more;
            unread_again += again;
        }
        is_sound();
    }
    let [added, shown, deleted] = users.iter().fold([0, 0, 0], |[added, shown, deleted], user| {
        [added + user.added.len(), shown + user.shown.len(), deleted + user.deleted.len()]
    });
    assert!(added > 0 && shown > 0);
    println!(
        "{kills} kills: {added} messages added, {shown} shown, {deleted} deleted. No message was lost or made up, or \
         marked without being shown. {not_answered} messages were added without a response, and {unread_again} were \
         shown but not marked, so they are unread again."
    );
}
