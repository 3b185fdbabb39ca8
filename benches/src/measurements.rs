//! Lists the measurements, with their floors and goals.

use std::{fs, path::PathBuf, rc::Rc};

use crate::{
    Failure,
    client::{Connection, Load, Turns, request, request_with},
    data::{self, SENTENCE, Unread, Users},
    figures::Figure,
    measure::{Setup, on_this_thread},
    options::Options,
    postgres::{Databases, Pgbench},
    process::Server,
};

/// Two setups that are measured alternately.
pub(crate) struct Measurement {
    pub(crate) name: &'static str,
    /// Describes the setup that is measured.
    pub(crate) subject: &'static str,
    /// Describes the setup that it is compared with.
    pub(crate) floor: &'static str,
    pub(crate) figures: &'static [Figure],
    pub(crate) set_up: fn(&Options, &Databases) -> Result<Pair, Failure>,
}

/// The two setups, ready to be measured.
pub(crate) struct Pair {
    pub(crate) subject: Setup,
    pub(crate) floor: Setup,
    /// Whether both must give the same response to the first request.
    pub(crate) answers_are_equal: bool,
}

/// All measurements.
pub(crate) const MEASUREMENTS: [Measurement; 26] = [
    Measurement {
        name: "scope/list",
        subject: "the scope on a store with constant results, 10 messages",
        floor: "an Actix handler that calls the same store and sends a recorded response",
        figures: &[Figure::ProcessorMore { at_most: 15.0 }, Figure::Rate { at_least: None }],
        set_up: |options, _| scope(options, "/messages/"),
    },
    Measurement {
        name: "scope/peek",
        subject: "the scope on a store with constant results",
        floor: "an Actix handler that calls the same store and sends a recorded response",
        figures: &[Figure::ProcessorMore { at_most: 15.0 }, Figure::Rate { at_least: None }],
        set_up: |options, _| scope(options, "/messages/peek/"),
    },
    Measurement {
        name: "demo/list",
        subject: "a page of 10 read messages on the example application, signed in by a cookie, 32 clients",
        floor: FILE,
        figures: &[Figure::ProcessorAtMost { at_most: 3.4 }, Figure::Rate { at_least: None }],
        set_up: |options, _| demo(options, "/messages/"),
    },
    Measurement {
        name: "demo/peek",
        subject: "peek at 9 unread messages on the example application, signed in by a cookie, 32 clients",
        floor: FILE,
        figures: &[Figure::ProcessorAtMost { at_most: 2.0 }, Figure::Rate { at_least: None }],
        set_up: |options, _| demo(options, "/messages/peek/"),
    },
    Measurement {
        name: "sqlite/list",
        subject: "a page of 10 read messages out of 100, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| reading(options, |_| "/messages/".into()),
    },
    Measurement {
        name: "sqlite/peek",
        subject: "peek at 9 unread messages, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| reading(options, |_| "/messages/peek/".into()),
    },
    Measurement {
        name: "sqlite/retrieve",
        subject: "one read message, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| reading(options, |users| format!("/messages/{}/", users.id_of_newest())),
    },
    Measurement {
        name: "body/60",
        subject: "a page of 10 read messages of 60 characters, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| list_of(options, 60),
    },
    Measurement {
        name: "body/300",
        subject: "a page of 10 read messages of 300 characters, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| list_of(options, 300),
    },
    Measurement {
        name: "body/1000",
        subject: "a page of 10 read messages of 1000 characters, 32 clients",
        floor: BY_HAND,
        figures: READING,
        set_up: |options, _| list_of(options, 1000),
    },
    Measurement {
        name: "sqlite/unread",
        subject: "a page of 10 unread messages, which marks them as read, durable, 64 clients",
        floor: BY_HAND_COMMITTING,
        figures: &[Figure::Rate { at_least: Some(3.0) }, Figure::Processor, Figure::P99],
        set_up: |options, _| {
            let users = Users { name: "user", number: 50_000, messages: 10, unread: Unread::All, length: SENTENCE };
            let file = data::sqlite(&options.directory, "unread", &[users])?;
            let load = load(64, Turns::One, users.requests("GET", "/messages/?unread=true"));
            Ok(writing(&file, &load))
        },
    },
    Measurement {
        name: "sqlite/add",
        subject: "`messages.success(..)` in a handler, durable, 64 clients",
        floor: BY_HAND_COMMITTING,
        figures: &[Figure::Rate { at_least: Some(3.0) }, Figure::Processor, Figure::P99],
        set_up: |options, _| {
            let (file, users) = hundred_thousand(options)?;
            Ok(writing(&file, &load(64, Turns::Many, users.requests("POST", "/add"))))
        },
    },
    Measurement {
        name: "postgres/list",
        subject: "a page of 10 read messages out of 100, 32 clients, 8 connections",
        floor: "pgbench -M prepared -c 8 -j 2 with the two statements, without HTTP",
        figures: &[Figure::Rate { at_least: Some(0.6) }],
        set_up: |options, databases| {
            let users = Users::with_hundred_messages_each(100_000);
            let database = databases.with(100_000)?;
            let load = load(32, Turns::Many, users.requests("GET", "/messages/"));
            let floor = Setup::Pgbench(Pgbench::of_list(&database, users, &options.directory)?);
            Ok(Pair::of([server(&["postgres", &database.url], &load), floor]))
        },
    },
    Measurement {
        name: "postgres/add",
        subject: "`messages.success(..)` in a handler, 64 clients, 8 connections",
        floor: "pgbench -M prepared -c 8 -j 2 with an INSERT of one row, without HTTP",
        figures: &[Figure::Rate { at_least: Some(0.5) }],
        set_up: |options, databases| {
            let users = Users::with_hundred_messages_each(100_000);
            let database = databases.with(100_000)?;
            let load = load(64, Turns::Many, users.requests("POST", "/add"));
            let floor = Setup::Pgbench(Pgbench::of_insert(&database, users, &options.directory)?);
            Ok(Pair::of([server(&["postgres", &database.url], &load), floor]))
        },
    },
    Measurement {
        name: "postgres/beside",
        subject: "`messages.success(..)`, 8 clients, while a message for 100,000 other users is written",
        floor: "the same, while none is written",
        figures: &[Figure::P50, Figure::P99AtMost { at_most: 2.0 }],
        set_up: |_, databases| {
            let users = Users::with_hundred_messages_each(100_000);
            let database = databases.with(100_000)?;
            let load_of_others = load(8, Turns::Many, users.requests("POST", "/add"));
            let broadcasts = load(1, Turns::Many, vec![request("POST", "/broadcast", "nobody")]);
            let alone = server(&["postgres", &database.url], &load_of_others);
            let arguments = ["postgres", &database.url].map(str::to_owned).to_vec();
            Ok(Pair::of([Setup::Server { arguments, load: load_of_others, beside: Some(broadcasts) }, alone]))
        },
    },
    Measurement {
        name: "growth/list",
        subject: "a page of 10 read messages in the grown database, 4 clients",
        floor: "the same with 10,000 messages",
        figures: GROWTH,
        set_up: |options, _| growth(options, "/messages/"),
    },
    Measurement {
        name: "growth/peek",
        subject: "peek in the grown database, 4 clients",
        floor: "the same with 10,000 messages",
        figures: GROWTH,
        set_up: |options, _| growth(options, "/messages/peek/"),
    },
    Measurement {
        name: "growth/postgres-list",
        subject: "a page of 10 read messages in the grown database, PostgreSQL, 4 clients",
        floor: "the same with 10,000 messages",
        figures: GROWTH,
        set_up: |options, databases| growth_on_postgres(options, databases, "/messages/"),
    },
    Measurement {
        name: "growth/postgres-peek",
        subject: "peek in the grown database, PostgreSQL, 4 clients",
        floor: "the same with 10,000 messages",
        figures: GROWTH,
        set_up: |options, databases| growth_on_postgres(options, databases, "/messages/peek/"),
    },
    Measurement {
        name: "mailbox/peek",
        subject: "peek of a user with 200,000 messages, 500 of them unread, 4 clients",
        floor: "peek of users with 50 messages, 10 of them unread",
        figures: GROWTH,
        set_up: |options, _| mailbox(options, "library", "/messages/peek/"),
    },
    Measurement {
        name: "mailbox/unread",
        subject: "HEAD of a page of 10 unread messages of the same user, 4 clients",
        floor: "the same for users with 50 messages",
        figures: GROWTH,
        set_up: |options, _| mailbox(options, "library", HEAD_OF_UNREAD),
    },
    Measurement {
        name: "mailbox/list",
        subject: "a page of 10 read messages of the same user, with the total, 4 clients",
        floor: "the same for users with 50 messages",
        figures: GROWTH,
        set_up: |options, _| mailbox(options, "library", "/messages/"),
    },
    Measurement {
        name: "mailbox/cursor",
        subject: "the same with cursor pagination, which needs no total",
        floor: "the same for users with 50 messages",
        figures: GROWTH,
        set_up: |options, _| mailbox(options, "cursor", "/messages/"),
    },
    Measurement {
        name: "mailbox/full",
        subject: "a page of 10 read messages of a user with 10,000, the default maximum, with the total, 4 clients",
        floor: "the same for users with 50 messages",
        figures: &[Figure::P50, Figure::P99],
        set_up: |options, _| {
            of_full(options, |file, full, few| {
                let of = |users: Users| {
                    server(&["library", file], &load(4, Turns::Many, users.requests("GET", "/messages/")))
                };
                Pair::of([of(full), of(few)])
            })
        },
    },
    Measurement {
        name: "flood",
        subject: "a page of 10 read messages, 4 clients, while 32 clients of one user keep searching a full mailbox",
        floor: "the same without other load",
        figures: &[Figure::P50, Figure::P99],
        set_up: |options, _| {
            of_full(options, |file, full, few| {
                let load_of_many = load(4, Turns::Many, few.requests("GET", "/messages/"));
                let search = "/messages/?search=nothing+of+this+kind+is+there&limit=1000";
                let flood = load(32, Turns::Many, full.requests("HEAD", search));
                let alone = server(&["library", file], &load_of_many);
                let arguments = ["library", file].map(str::to_owned).to_vec();
                Pair::of([Setup::Server { arguments, load: load_of_many, beside: Some(flood) }, alone])
            })
        },
    },
    Measurement {
        name: "memory",
        subject: "the server with the grown database while 32 clients list messages",
        floor: "the hand-written server",
        figures: &[Figure::Memory { at_most: 100.0 }],
        set_up: |options, _| {
            let (file, users) = grown(options, options.messages)?;
            let load = load(32, Turns::Many, users.requests("GET", "/messages/"));
            Ok(Pair::of(["library", "floor"].map(|kind| server(&[kind, &file.to_string_lossy()], &load))))
        },
    },
];

const BY_HAND: &str = "a hand-written handler on Diesel";
const BY_HAND_COMMITTING: &str = "a hand-written handler on Diesel, one commit for each request";
const FILE: &str = "the icon of its page, which is in memory, through the same middleware";
const READING: &[Figure] = &[Figure::Rate { at_least: Some(0.95) }, Figure::Processor, Figure::P99];
const GROWTH: &[Figure] = &[Figure::P50, Figure::P99AtMost { at_most: 1.5 }];
const HEAD_OF_UNREAD: &str = "/messages/?unread=true&limit=10";

impl Pair {
    fn of([subject, floor]: [Setup; 2]) -> Self {
        Self { subject, floor, answers_are_equal: false }
    }
}

fn load(clients: usize, turns: Turns, requests: Vec<Vec<u8>>) -> Load {
    Load { clients, requests: Rc::new(requests), turns }
}

fn server(arguments: &[&str], load: &Load) -> Setup {
    let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
    Setup::Server { arguments, load: load.clone(), beside: None }
}

fn scope(options: &Options, path: &str) -> Result<Pair, Failure> {
    let load = load(32, Turns::Many, vec![request("GET", path, "user0")]);
    let subject = server(&["constant"], &load);
    let recorded = options.directory.join("recorded-answer");
    let (head, body) = subject.first_answer()?;
    fs::write(&recorded, [head, body].concat())?;
    let floor = server(&["bytes", &recorded.to_string_lossy()], &load);
    Ok(Pair { answers_are_equal: true, ..Pair::of([subject, floor]) })
}

/// The example application, and users who have signed in there.
fn demo(options: &Options, path: &str) -> Result<Pair, Failure> {
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

fn hundred_thousand(options: &Options) -> Result<(PathBuf, Users), Failure> {
    let users = Users::with_hundred_messages_each(100_000);
    Ok((data::sqlite(&options.directory, "messages-100000", &[users])?, users))
}

fn reading(options: &Options, path: fn(&Users) -> String) -> Result<Pair, Failure> {
    let (file, users) = hundred_thousand(options)?;
    let load = load(32, Turns::Many, users.requests("GET", &path(&users)));
    let setups = ["library", "floor"].map(|kind| server(&[kind, &file.to_string_lossy()], &load));
    Ok(Pair { answers_are_equal: true, ..Pair::of(setups) })
}

fn writing(file: &std::path::Path, load: &Load) -> Pair {
    Pair::of(["library", "floor"].map(|kind| Setup::Writing { kind, file: file.into(), load: load.clone() }))
}

/// Measures the list of users whose messages have `length` characters.
fn list_of(options: &Options, length: u64) -> Result<Pair, Failure> {
    let users = Users { length, ..Users::with_hundred_messages_each(100_000) };
    let file = data::sqlite(&options.directory, &format!("body-{length}"), &[users])?;
    let load = load(32, Turns::Many, users.requests("GET", "/messages/"));
    let setups = ["library", "floor"].map(|kind| server(&[kind, &file.to_string_lossy()], &load));
    Ok(Pair { answers_are_equal: true, ..Pair::of(setups) })
}

fn grown(options: &Options, messages: u64) -> Result<(PathBuf, Users), Failure> {
    let users = Users::with_hundred_messages_each(messages);
    Ok((data::sqlite(&options.directory, &format!("messages-{messages}"), &[users])?, users))
}

fn growth(options: &Options, path: &str) -> Result<Pair, Failure> {
    let of = |messages| {
        let (file, users) = grown(options, messages)?;
        let load = load(4, Turns::Many, users.requests("GET", path));
        Ok::<_, Failure>(server(&["library", &file.to_string_lossy()], &load))
    };
    Ok(Pair::of([of(options.messages)?, of(10_000)?]))
}

fn growth_on_postgres(options: &Options, databases: &Databases, path: &str) -> Result<Pair, Failure> {
    let of = |messages| {
        let database = databases.with(messages)?;
        let load = load(4, Turns::Many, Users::with_hundred_messages_each(messages).requests("GET", path));
        Ok::<_, Failure>(server(&["postgres", &database.url], &load))
    };
    Ok(Pair::of([of(options.messages)?, of(10_000)?]))
}

/// Creates a database with one user whose mailbox is full, and others with few messages.
fn of_full(options: &Options, pair: fn(&str, Users, Users) -> Pair) -> Result<Pair, Failure> {
    let full = Users { name: "full", number: 1, messages: 10_000, unread: Unread::EachOf(400), length: SENTENCE };
    let few = Users { name: "user", number: 1_000, messages: 50, unread: Unread::EachOf(4), length: SENTENCE };
    let file = data::sqlite(&options.directory, "full", &[full, few])?;
    Ok(pair(&file.to_string_lossy(), full, few))
}

/// Creates a database with one user with very many messages, and others with few.
fn mailbox(options: &Options, kind: &str, path: &str) -> Result<Pair, Failure> {
    let big = Users { name: "big", number: 1, messages: 200_000, unread: Unread::EachOf(400), length: SENTENCE };
    let small = Users { name: "user", number: 1_000, messages: 50, unread: Unread::EachOf(4), length: SENTENCE };
    let file = data::sqlite(&options.directory, "mailboxes", &[big, small])?;
    let method = if path == HEAD_OF_UNREAD { "HEAD" } else { "GET" };
    let of =
        |users: Users| server(&[kind, &file.to_string_lossy()], &load(4, Turns::Many, users.requests(method, path)));
    Ok(Pair::of([of(big), of(small)]))
}
