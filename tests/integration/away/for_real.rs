//! The same with real failures: a PostgreSQL server that is stopped, killed and paused, and a full disk.

use std::{
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Level, MessageStore, NewMessage, Recipient, SessionId,
    store::{Insertion, Kept, StoreError},
};
use actix_messages_diesel::PostgresOptions;
use diesel::{Connection, PgConnection, RunQueryDsl, dsl::sql, select, sql_types::BigInt};
use serde_json::json;

use super::{PATIENCE, is_away, serve};
use crate::support::{Client, PostgresServer, Process, Server, SmallDisk, wait};

const CONNECTIONS: u32 = 3;

/// The example on a PostgreSQL server that this test has started, with a user who has a message.
struct Site {
    postgres: PostgresServer,
    server: Server,
    alice: Client,
}

impl Site {
    /// Returns `None` if the PostgreSQL server is not installed.
    fn new() -> Option<Self> {
        let postgres = PostgresServer::start_new()?;
        let options = PostgresOptions::default().connections(CONNECTIONS).wait_timeout(PATIENCE);
        let server = serve(options.open(&postgres.url()).unwrap());
        let alice = server.client();
        alice.sign_in("alice");
        alice.add(20, "before");
        Some(Self { postgres, server, alice })
    }

    fn is_away(&self) {
        is_away(&self.server, &self.alice);
    }

    /// Asserts that the site recovers by itself, with all of its messages and within its limit of connections.
    #[track_caller]
    fn is_back(&self, text: &str) {
        within(Duration::from_secs(30), "it does not recover", || self.alice.get("/messages/peek/").status == 200);
        self.alice.add(20, text);
        let texts = self.alice.texts("/messages/?limit=100");
        assert_eq!((texts.first().unwrap().as_str(), texts.last().unwrap().as_str()), (text, "before"));
        within(Duration::from_secs(30), "connections are left", || self.connections() <= i64::from(CONNECTIONS));
    }

    /// The number of the server's connections, except for the one of this query.
    fn connections(&self) -> i64 {
        let mut administrator = PgConnection::establish(&self.postgres.url()).unwrap();
        let others = "count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        select(sql::<BigInt>(others)).get_result(&mut administrator).unwrap()
    }
}

#[track_caller]
fn within(time: Duration, otherwise: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < time, "{otherwise}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_server_that_is_stopped_and_started_is_found_again() {
    is_found_again(&["after one", "after two"], PostgresServer::stop, PostgresServer::start);
}

#[test]
fn a_server_that_is_killed_is_found_again() {
    is_found_again(&["after"], PostgresServer::kill, PostgresServer::start);
}

#[test]
fn a_server_that_is_paused_is_given_up_in_time_and_found_again() {
    is_found_again(&["after one", "after two"], |server| server.pause(), |server| server.resume());
}

#[test]
fn connecting_to_a_server_that_says_nothing_is_given_up() {
    let Some(postgres) = PostgresServer::start_new() else { return };
    let options = PostgresOptions::default().connections(CONNECTIONS).wait_timeout(PATIENCE);
    let store = options.open(&postgres.url()).unwrap();
    let two = ["alice", "bob"].map(|user| Recipient::user(user).unwrap());
    // None of the store's threads has connected yet.
    postgres.pause();
    let start = Instant::now();
    wait(async {
        let hello = NewMessage::new(Level::INFO, "hello").check().unwrap();
        let inserted = store.insert(Insertion::new(two.clone(), vec![hello]), &Clock::default()).await;
        assert!(matches!(inserted, Err(StoreError::Unavailable { .. })), "{inserted:?}");
        let ended = store.end_session(&SessionId::from_digest([7; 16]), &Kept::All).await;
        assert!(matches!(ended, Err(StoreError::Unavailable { .. })), "{ended:?}");
    });
    assert!(start.elapsed() < Duration::from_secs(20), "it took {:?}", start.elapsed());
    postgres.resume();
}

/// For each text: takes the server away, brings it back, and adds a message with the text.
#[track_caller]
fn is_found_again(texts: &[&str], go: fn(&mut PostgresServer), come_back: fn(&mut PostgresServer)) {
    if let Some(mut site) = Site::new() {
        for text in texts {
            go(&mut site.postgres);
            site.is_away();
            come_back(&mut site.postgres);
            site.is_back(text);
        }
    }
}

#[test]
fn a_full_disk_of_sqlite_is_unavailable_until_there_is_room() {
    let Some(disk) = SmallDisk::new(None) else { return };
    let process = Process::on_disk(&disk, disk.path().join("messages.sqlite").to_str().unwrap());
    is_unavailable_until_there_is_room(&process.client(), || disk.make_room_for(process.id()));
}

#[test]
fn a_full_disk_of_postgresql_is_unavailable_until_there_is_room() {
    let Some(postgres) = PostgresServer::start_new_with_small_disk() else { return };
    let options = PostgresOptions::default().connections(CONNECTIONS).wait_timeout(PATIENCE);
    let server = serve(options.open(&postgres.url_on_small_disk()).unwrap());
    is_unavailable_until_there_is_room(&server.client(), || postgres.make_room());
}

/// Asserts that the site fails with 503 when the disk is full, and works again when there is room.
fn is_unavailable_until_there_is_room(alice: &Client, make_room: impl FnOnce()) {
    alice.sign_in("alice");
    let before = alice.add(20, "before");
    let text = "meanwhile ".repeat(100);
    let add = || alice.post("/demo/messages", &json!({ "level": 20, "message": text }));
    let (added, refused) = (1..2000)
        .find_map(|added| Some(add()).filter(|answer| answer.status != 201).map(|refused| (added, refused)))
        .expect("the disk never gets full");
    assert_eq!(refused.expect(503).header("retry-after"), Some("1"));
    // Reads still work, and every message of a successful response is there.
    assert_eq!(alice.unread(), added);
    make_room();
    alice.add(20, "after");
    alice.get(format!("/messages/{before}/")).expect(200);
    alice.delete(format!("/messages/{before}/")).expect(204);
    assert_eq!(alice.texts("/messages/?limit=1"), ["after"]);
}
