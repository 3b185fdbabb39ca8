//! Sets up the servers and floors of the measurements, on databases of a stated size.

use std::{fs, path::PathBuf, rc::Rc};

use crate::{
    Failure,
    client::{Connection, Load, Turns, request, request_with},
    data::{self, SENTENCE, Unread, Users},
    measure::{Setup, on_this_thread},
    measurements::HEAD_OF_UNREAD,
    options::Options,
    postgres::Databases,
    process::Server,
};

/// The two setups, ready to be measured.
pub(crate) struct Pair {
    pub(crate) subject: Setup,
    pub(crate) floor: Setup,
    /// Whether both must give the same response to the first request.
    pub(crate) answers_are_equal: bool,
}

impl Pair {
    pub(crate) fn of([subject, floor]: [Setup; 2]) -> Self {
        Self { subject, floor, answers_are_equal: false }
    }
}

pub(crate) fn load(clients: usize, turns: Turns, requests: Vec<Vec<u8>>) -> Load {
    Load { clients, requests: Rc::new(requests), turns }
}

pub(crate) fn server(arguments: &[&str], load: &Load) -> Setup {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Setup::Server { arguments, load: load.clone(), beside: None }
}

pub(crate) fn scope(options: &Options, path: &str) -> Result<Pair, Failure> {
    let load = load(32, Turns::Many, vec![request("GET", path, "user0")]);
    let subject = server(&["constant"], &load);
    let recorded = options.directory.join("recorded-answer");
    let (head, body) = subject.first_answer()?;
    fs::write(&recorded, [head, body].concat())?;
    let floor = server(&["bytes", &recorded.to_string_lossy()], &load);
    Ok(Pair { answers_are_equal: true, ..Pair::of([subject, floor]) })
}

/// The example application, and users who have signed in there.
pub(crate) fn demo(options: &Options, path: &str) -> Result<Pair, Failure> {
    let (file, users) = hundred_thousand(options)?;
    let arguments = ["demo", &file.to_string_lossy()];
    let server_to_sign_in = Server::start(&arguments)?;
    let cookies = on_this_thread(async {
        let mut connection = Connection::open(server_to_sign_in.port).await?;
        let mut cookies = Vec::new();
        for number in 0..users.number.min(100) {
            let user = format!("{{\"user\": \"{}{number}\"}}", users.name);
            let (head, _) = connection.ask(&request_with("POST", "/demo/login", "x-from: benches", &user)).await?;
            let cookie = std::str::from_utf8(head)?.lines().find_map(|line| line.strip_prefix("set-cookie: "));
            let cookie = cookie.and_then(|cookie| cookie.split(';').next()).ok_or("the answer has no cookie")?;
            cookies.push(format!("cookie: {cookie}"));
        }
        Ok(cookies)
    })?;
    let of = |path| {
        let requests = cookies.iter().map(|cookie| request_with("GET", path, cookie, "")).collect();
        server(&arguments, &load(32, Turns::Many, requests))
    };
    Ok(Pair::of([of(path), of("/assets/icon.svg")]))
}

pub(crate) fn hundred_thousand(options: &Options) -> Result<(PathBuf, Users), Failure> {
    let users = Users::with_hundred_messages_each(100_000);
    Ok((data::sqlite(&options.directory, "messages-100000", &[users])?, users))
}

pub(crate) fn reading(options: &Options, path: fn(&Users) -> String) -> Result<Pair, Failure> {
    let (file, users) = hundred_thousand(options)?;
    let load = load(32, Turns::Many, users.requests("GET", &path(&users)));
    let setups = ["library", "floor"].map(|kind| server(&[kind, &file.to_string_lossy()], &load));
    Ok(Pair { answers_are_equal: true, ..Pair::of(setups) })
}

pub(crate) fn writing(file: &std::path::Path, load: &Load) -> Pair {
    Pair::of(["library", "floor"].map(|kind| Setup::Writing { kind, file: file.into(), load: load.clone() }))
}

/// Measures the list of users whose messages have `length` characters.
pub(crate) fn list_of(options: &Options, length: u64) -> Result<Pair, Failure> {
    let users = Users { length, ..Users::with_hundred_messages_each(100_000) };
    let file = data::sqlite(&options.directory, &format!("body-{length}"), &[users])?;
    let load = load(32, Turns::Many, users.requests("GET", "/messages/"));
    let setups = ["library", "floor"].map(|kind| server(&[kind, &file.to_string_lossy()], &load));
    Ok(Pair { answers_are_equal: true, ..Pair::of(setups) })
}

pub(crate) fn grown(options: &Options, messages: u64) -> Result<(PathBuf, Users), Failure> {
    let users = Users::with_hundred_messages_each(messages);
    Ok((data::sqlite(&options.directory, &format!("messages-{messages}"), &[users])?, users))
}

pub(crate) fn growth(options: &Options, path: &str) -> Result<Pair, Failure> {
    let of = |messages| {
        let (file, users) = grown(options, messages)?;
        let load = load(4, Turns::Many, users.requests("GET", path));
        Ok::<_, Failure>(server(&["library", &file.to_string_lossy()], &load))
    };
    Ok(Pair::of([of(options.messages)?, of(10_000)?]))
}

pub(crate) fn growth_on_postgres(options: &Options, databases: &Databases, path: &str) -> Result<Pair, Failure> {
    let of = |messages| {
        let database = databases.with(messages)?;
        let load = load(4, Turns::Many, Users::with_hundred_messages_each(messages).requests("GET", path));
        Ok::<_, Failure>(server(&["postgres", &database.url], &load))
    };
    Ok(Pair::of([of(options.messages)?, of(10_000)?]))
}

pub(crate) fn beside_relay(databases: &Databases, connections: u32) -> Result<Pair, Failure> {
    let users = Users::with_hundred_messages_each(100_000);
    let (database, connections) = (databases.with(100_000)?, connections.to_string());
    let load = load(64, Turns::Many, users.requests("POST", "/add"));
    Ok(Pair::of(["relay", "postgres"].map(|kind| server(&[kind, &database.url, &connections], &load))))
}

/// Creates a database with one user whose mailbox is full, and others with few messages.
pub(crate) fn of_full(options: &Options, pair: fn(&str, Users, Users) -> Pair) -> Result<Pair, Failure> {
    let full = Users { name: "full", number: 1, messages: 10_000, unread: Unread::EachOf(400), length: SENTENCE };
    let few = Users { name: "user", number: 1_000, messages: 50, unread: Unread::EachOf(4), length: SENTENCE };
    let file = data::sqlite(&options.directory, "full", &[full, few])?;
    Ok(pair(&file.to_string_lossy(), full, few))
}

/// Creates a database with one user with very many messages, and others with few.
pub(crate) fn mailbox(options: &Options, kind: &str, path: &str) -> Result<Pair, Failure> {
    let big = Users { name: "big", number: 1, messages: 200_000, unread: Unread::EachOf(400), length: SENTENCE };
    let small = Users { name: "user", number: 1_000, messages: 50, unread: Unread::EachOf(4), length: SENTENCE };
    let file = data::sqlite(&options.directory, "mailboxes", &[big, small])?;
    let method = if path == HEAD_OF_UNREAD { "HEAD" } else { "GET" };
    let of =
        |users: Users| server(&[kind, &file.to_string_lossy()], &load(4, Turns::Many, users.requests(method, path)));
    Ok(Pair::of([of(big), of(small)]))
}
