//! Hostile input over real HTTP, on every store: nothing but 2xx, 3xx and 4xx, the connection stays usable, nothing
//! that was sent gets out of its place in an answer, and nobody's messages are changed.
//!
//! `HOSTILE=1000` sends all of it, and not only some of each group, to a mailbox of so many long messages, and prints
//! what takes longest, and how much memory a flood of that takes.

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
    // Each change of a thousand messages leaves a thousand dead rows, which a server clears away once a minute. A search
    // would be slow for what other searches have changed.
    let clear = || administrator.batch_execute("VACUUM actix_messages").unwrap();
    attack("PostgreSQL", Arc::new(DieselStore::open(url).unwrap()), clear);
}

/// All of them, in groups.
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

/// So many of each group are sent where not all are.
const SOME: usize = 60;

/// How many messages the attacker has, who is staff, too.
fn messages() -> usize {
    env::var("HOSTILE").map_or(20, |count| count.parse().expect("HOSTILE is a number"))
}

/// Whether all is sent, which takes minutes, and measured.
fn is_long() -> bool {
    env::var_os("HOSTILE").is_some()
}

/// The example with its admin, and the messages of an attacker in it, which are as bad for searches as can be.
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

/// Sends a request, and says how long that took: the median of five, where figures are asked for.
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
        // What is too long is not read to its end, and what is no HTTP may not be answered at all.
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

/// Whether nothing that was sent is a header, a link, or markup, and the head of the answer is short.
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

/// A flood of what is largest, from several at once, on the SQLite of a process of its own.
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
        "{} requests of 30 to 200 kB, or more, from 8 at once: {before} MB before, {peak} MB at most, {after} MB after",
        largest.len() * rounds * 8
    );
    // Eight requests of 3 MB at most are under way.
    assert!(peak - before < 150, "from {before} MB to {peak} MB");
}

/// What the system says of a process, in megabytes.
fn memory(process: u32, field: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(field)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}
