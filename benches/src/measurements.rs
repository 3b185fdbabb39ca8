//! Lists the measurements, with their floors and goals.

use crate::{
    Failure,
    client::{Turns, request},
    data::{self, SENTENCE, Unread, Users},
    figures::Figure,
    measure::Setup,
    options::Options,
    postgres::{Databases, Pgbench},
    set_up::{
        Pair, beside_relay, demo, grown, growth, growth_on_postgres, hundred_thousand, list_of, load, mailbox, of_full,
        reading, scope, server, writing,
    },
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

/// All measurements.
pub(crate) const MEASUREMENTS: [Measurement; 28] = [
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
        name: "postgres/relay-8",
        subject: "`messages.success(..)`, 64 clients, 8 connections, with a relay and a stream that listens to it",
        floor: WITHOUT_RELAY,
        figures: &[Figure::Rate { at_least: Some(0.95) }, Figure::Processor, Figure::P99],
        set_up: |_, databases| beside_relay(databases, 8),
    },
    Measurement {
        name: "postgres/relay-32",
        subject: "`messages.success(..)`, 64 clients, 32 connections, with a relay and a stream that listens to it",
        floor: WITHOUT_RELAY,
        figures: &[Figure::Rate { at_least: Some(0.95) }, Figure::Processor, Figure::P99],
        set_up: |_, databases| beside_relay(databases, 32),
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
const WITHOUT_RELAY: &str = "the same without a relay";
const FILE: &str = "the icon of its page, which is in memory, through the same middleware";
const READING: &[Figure] = &[Figure::Rate { at_least: Some(0.95) }, Figure::Processor, Figure::P99];
const GROWTH: &[Figure] = &[Figure::P50, Figure::P99AtMost { at_most: 1.5 }];
pub(crate) const HEAD_OF_UNREAD: &str = "/messages/?unread=true&limit=10";
