//! Clients that request long lists and read nothing: the server's memory stays bounded, and nothing is marked.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, MessageStore, MessagesConfig, NewMessage, Recipient, scope, settings::AfterReading, store::Insertion,
};
use actix_messages_diesel::DieselStore;
use actix_web::{App, HttpRequest};

use crate::support::{Process, Server, TestStore, on_every_store, wait};

on_every_store! {
    a_list_that_is_refused_deletes_nothing,
}

/// The number of one user's connections. A response for each of them would take 340 MB in total.
const CONNECTIONS: usize = 80;

/// Adds messages of the maximum length. A page of 1000 has 4.3 MB.
fn fill(store: &dyn MessageStore, user: &str, messages: usize) {
    let message = NewMessage::new(20, "\u{1d11e}".repeat(NewMessage::MAX_TEXT_CHARS)).check().unwrap();
    let user = Recipient::user(user).unwrap();
    wait(store.insert(Insertion::new([user.clone()], vec![message; messages]), &Clock::default())).unwrap();
}

/// Requests a list without reading the response.
fn ask(server: SocketAddr, header: &str) -> TcpStream {
    let mut connection = TcpStream::connect(server).unwrap();
    write!(connection, "GET /messages/?limit=1000 HTTP/1.1\r\nHost: localhost\r\n{header}\r\n\r\n").unwrap();
    connection
}

/// Reads the status of each response and nothing after it.
fn statuses(connections: &mut [TcpStream]) -> Vec<u16> {
    let status = |connection: &mut TcpStream| {
        let mut start = [0; "HTTP/1.1 200".len()];
        connection.read_exact(&mut start).unwrap();
        str::from_utf8(&start[9..]).unwrap().parse().unwrap()
    };
    connections.iter_mut().map(status).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn clients_that_read_nothing_take_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("messages.sqlite");
    fill(&DieselStore::open(&database).unwrap(), "alice", 1000);
    let process = Process::on(database.to_str().unwrap());
    let (alice, bob) = (process.client(), process.client());
    alice.sign_in("alice");
    bob.sign_in("bob");
    let memory = || super::memory(process.id(), "VmRSS:");
    // The first list allocates memory that the measurement must not include.
    alice.request("HEAD", "/messages/?limit=1000").send().expect(200);
    let before = memory();
    let cookie = format!("Cookie: sessionid={}", alice.cookie("sessionid").unwrap());
    let mut connections = (0..CONNECTIONS).map(|_| ask(process.address(), &cookie)).collect::<Vec<_>>();
    let statuses = statuses(&mut connections);
    let held = memory();
    println!("{before} MB before, {held} MB with {CONNECTIONS} connections that read nothing");
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!((count(200), count(503)), (3, CONNECTIONS - 3));
    // Three responses, and 30 to 70 MB that the allocator keeps after refused requests, depending on the threads.
    assert!(held.saturating_sub(before) < 170, "from {before} MB to {held} MB");

    assert_eq!(alice.unread(), 1000, "messages were marked although no client has read them");
    let refused = alice.get("/messages/?limit=1000").expect(503);
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(refused.json()["detail"], "Service temporarily unavailable, try again later.");
    let accept = "application/json, application/problem+json";
    let refused = alice.request("GET", "/messages/?limit=1000").header("Accept", accept).send().expect(503);
    assert_eq!(refused.json()["title"], "Service Unavailable");
    // Small responses and responses to other users are not refused.
    assert_eq!(alice.texts("/messages/?limit=10").len(), 10);
    alice.request("HEAD", "/messages/?limit=1000").send().expect(200);
    assert_eq!(bob.texts("/messages/?limit=1000").len(), 0);

    drop(connections);
    let start = Instant::now();
    while alice.get("/messages/?limit=1000").status != 200 {
        assert!(start.elapsed() < Duration::from_secs(10), "closed connections still hold memory");
    }
    assert_eq!(alice.unread(), 0);
}

fn a_list_that_is_refused_deletes_nothing(store: &TestStore) {
    const MESSAGES: usize = 6000;
    fill(&*store.store, "alice", MESSAGES);
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| Recipient::user("alice").ok());
    let messages = messages.after_reading(AfterReading::Delete);
    let server = Server::start(move || App::new().app_data(messages.clone()).service(scope("/messages")));
    let mut shown = 0;
    let mut connections = Vec::new();
    let refused = loop {
        assert!(connections.len() < MESSAGES / 1000, "no request is refused");
        let mut connection = [ask(server.address(), "X-A: b")];
        match statuses(&mut connection)[..] {
            [200] => shown += 1000,
            [status] => break status,
            _ => unreachable!("one connection has one status"),
        }
        connections.extend(connection);
    };
    assert_eq!((refused, shown), (503, 3000));
    let left = wait(store.mailbox("alice").all().count()).unwrap();
    assert_eq!(left, (MESSAGES - shown) as u64);
}
