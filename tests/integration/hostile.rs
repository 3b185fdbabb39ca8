//! Hostile input over real HTTP, on every store: each response is 2xx, 3xx or 4xx, the connection stays usable, no
//! input breaks out of its place in a response, and no messages of other users change.
//!
//! By default, only some requests of each group are sent. `HOSTILE=1000` sends all of them to a mailbox of 1000 long
//! messages, and prints the slowest requests and the memory that a flood of large ones takes.

mod heads;
mod largest;
mod meanings;
mod requests;
mod sizes;
mod slow;
mod texts;

use std::{
    env, fs,
    net::SocketAddr,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Level, Mailbox, MemoryStore, MessagesConfig, NewMessage, Recipient, session_key, store::MessageDirectory,
};
use actix_messages_demo::{USER, admin, app};
use actix_messages_diesel::DieselStore;
use actix_web::cookie::Key;
use diesel::{Connection as _, PgConnection, connection::SimpleConnection};

use self::requests::Hostile;
use crate::support::{Client, Connection, Process, Response, Server, another_postgres, wait};

#[test]
fn hostile_requests_are_answered_in_memory() {
    attack("memory", Arc::new(MemoryStore::new()), || {});
}

#[test]
fn hostile_requests_are_answered_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    attack("SQLite", Arc::new(DieselStore::open(folder.path().join("messages.sqlite")).unwrap()), || {});
}

#[test]
fn hostile_requests_are_answered_on_postgresql() {
    let Some(url) = another_postgres("hostile") else { return };
    let mut administrator = PgConnection::establish(&url).unwrap();
    // Each change of 1000 messages leaves 1000 dead rows, and autovacuum runs only once a minute. Without this, earlier
    // requests would slow down a search.
    let clear = || administrator.batch_execute("VACUUM actix_messages").unwrap();
    attack("PostgreSQL", Arc::new(DieselStore::open(url).unwrap()), clear);
}

/// All hostile requests, in groups.
fn groups() -> Vec<(&'static str, Vec<Hostile>)> {
    vec![
        ("long addresses and headers", sizes::long()),
        ("thousands of parameters", sizes::many_parameters()),
        ("brackets", sizes::brackets()),
        ("long lists of values", sizes::many_values()),
        ("searches", meanings::searches()),
        ("numbers", meanings::numbers()),
        ("dates", meanings::dates()),
        ("characters", meanings::characters()),
        ("injections", meanings::injections()),
        ("bodies and framing", sizes::bodies()),
    ]
}

/// The number of requests sent from each group, unless all are sent.
const SOME: usize = 60;

/// The number of the attacker's messages.
fn messages() -> usize {
    env::var("HOSTILE").map_or(20, |count| count.parse().expect("HOSTILE is a number"))
}

/// Whether all requests are sent and measured, which takes minutes.
fn is_long() -> bool {
    env::var_os("HOSTILE").is_some()
}

/// The example with its admin, and an attacker, who is staff and whose messages are the worst case for searches.
fn serve(store: &Arc<dyn MessageDirectory>) -> (Server, Client) {
    let messages = MessagesConfig::new(Arc::clone(store), session_key(USER));
    let (admin, key) = (admin(Arc::clone(store)), Key::generate());
    let server = Server::start(move || app(messages.clone(), key.clone()).service(admin.at("/admin/messages")));
    let client = server.client();
    client.sign_in("admin");
    let store: Arc<dyn actix_messages::MessageStore> = store.clone();
    fill(&Mailbox::new(Recipient::user("admin").unwrap(), store.clone()));
    wait(Mailbox::new(Recipient::user("victim").unwrap(), store).info("a secret")).unwrap();
    (server, client)
}

fn fill(mailbox: &Mailbox) {
    let text = format!("{}b", "a".repeat(NewMessage::MAX_TEXT_CHARS - 1));
    let tags = (0..5).map(|number| format!("{}{number}", "a".repeat(127)));
    let message = NewMessage::new(Level::INFO, text).tags(tags).view("a".repeat(64));
    wait(mailbox.add_all((0..messages()).map(|_| message.clone()))).unwrap();
}

fn attack(name: &str, store: Arc<dyn MessageDirectory>, mut clear: impl FnMut()) {
    let (server, client) = serve(&store);
    let victim = Mailbox::new(Recipient::user("victim").unwrap(), store);
    let cookie = format!("sessionid={}", client.cookie("sessionid").unwrap());
    println!("{name}, {} messages of {} characters:", messages(), NewMessage::MAX_TEXT_CHARS);
    let mut problems = Vec::new();
    for (group, requests) in groups() {
        let mut slowest = (Duration::ZERO, String::new());
        let step = if is_long() { 1 } else { requests.len().div_ceil(SOME) };
        for (request, number) in requests.iter().step_by(step).zip(0..) {
            if number % 100 == 0 {
                clear();
            }
            match send(server.address(), request, &cookie) {
                Ok(time) => slowest = slowest.max((time, request.title())),
                Err(problem) => problems.push(format!("{}: {problem}", request.title())),
            }
        }
        let (time, title) = slowest;
        println!("| {group} | {} | {:.1} ms | {title} |", requests.len().div_ceil(step), time.as_secs_f64() * 1000.0);
        assert_eq!(wait(victim.unread().list()).unwrap().to_string(), "a secret", "after {group}");
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Sends a request, and returns its duration, or the median of five if the requests are measured.
fn send(server: SocketAddr, request: &Hostile, cookie: &str) -> Result<Duration, String> {
    let bytes = request.bytes(cookie);
    let times = if is_long() { 5 } else { 1 };
    let mut times =
        (0..times).map(|_| once(server, &bytes, cookie, request.is_whole())).collect::<Result<Vec<_>, _>>()?;
    times.sort_unstable();
    Ok(times[times.len() / 2])
}

fn once(server: SocketAddr, bytes: &[u8], cookie: &str, is_whole: bool) -> Result<Duration, String> {
    let mut connection = Connection::to(server);
    let start = Instant::now();
    let answer = connection.send(bytes);
    let time = start.elapsed();
    let is_over = match &answer {
        // The server may close the connection without a response if a request is too long or is not HTTP.
        None => true,
        Some(answer) if !(200..500).contains(&answer.status) => return Err(format!("{}", answer.status)),
        Some(answer) => {
            is_harmless(answer)?;
            !is_whole || answer.header("connection") == Some("close")
        }
    };
    let usable = format!("GET /messages/peek/ HTTP/1.1\r\nHost: example.com\r\nCookie: {cookie}\r\n\r\n");
    let mut connection = if is_over { Connection::to(server) } else { connection };
    let next = connection.send(usable.as_bytes()).ok_or("the connection is closed")?;
    if next.status == 200 { Ok(time) } else { Err(format!("then the connection answers {}", next.status)) }
}

/// Checks that no input became a header, a link or markup, and that the head of the response is short.
fn is_harmless(answer: &Response) -> Result<(), String> {
    heads::is_short(answer)?;
    for (name, value) in &answer.headers {
        if name.starts_with("x-injected") || value.contains(|char: char| char.is_control()) {
            return Err(format!("the header {name}: {value}"));
        }
    }
    for link in answer.header("link").into_iter().flat_map(|links| links.split(", ")) {
        let is_link =
            link.strip_prefix('<').and_then(|link| link.split_once(">; ")).is_some_and(|(address, relation)| {
                ["rel=\"next\"", "rel=\"prev\""].contains(&relation)
                    && address.starts_with("http://")
                    && address.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"\\^`{|}".contains(&byte))
            });
        if !is_link {
            return Err(format!("the link {link}"));
        }
    }
    let is_html = answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html"));
    if is_html && String::from_utf8_lossy(&answer.body).contains("<script>alert") {
        return Err("a script in the page".into());
    }
    Ok(())
}

/// Sends a flood of the largest requests on several connections to a separate server process on SQLite.
#[test]
#[cfg(target_os = "linux")]
fn a_flood_takes_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("messages.sqlite");
    let alice = Recipient::user("alice").unwrap();
    fill(&Mailbox::new(alice, Arc::new(DieselStore::open(&database).unwrap())));
    let process = Process::on(database.to_str().unwrap());
    let client = process.client();
    client.sign_in("alice");
    let cookie = format!("sessionid={}", client.cookie("sessionid").unwrap());
    let requests = groups().into_iter().flat_map(|(_, requests)| requests).map(|request| request.bytes(&cookie));
    let largest = requests.filter(|bytes| bytes.len() > 30_000);
    let largest = largest.step_by(if is_long() { 1 } else { 20 }).collect::<Vec<_>>();
    client.get("/messages/?limit=1000").expect(200);
    let before = memory(process.id(), "VmRSS:");
    let rounds = if is_long() { 5 } else { 1 };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for request in std::iter::repeat_n(&largest, rounds).flatten() {
                    drop(Connection::to(process.address()).send(request));
                }
            });
        }
    });
    client.get("/messages/peek/").expect(200);
    let (peak, after) = (memory(process.id(), "VmHWM:"), memory(process.id(), "VmRSS:"));
    println!(
        "{} requests of 30 kB or more on 8 connections: {before} MB before, {peak} MB at most, {after} MB after",
        largest.len() * rounds * 8
    );
    // At most eight requests of up to 3 MB are in progress.
    assert!(peak - before < 150, "from {before} MB to {peak} MB");
}

/// A memory figure of a process from `/proc`, in megabytes.
fn memory(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
