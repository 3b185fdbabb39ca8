//! The table of all mounted routes: a test fails until a new route is in the table, and so in the tests of isolation.

use std::collections::BTreeSet;

use actix_messages::{
    Admin, Endpoint, Endpoints, MemoryStore, MessagesConfig, NewMessage, Recipient, settings::UnreadDeletion,
};
use actix_web::{App, HttpRequest, web};

use crate::support::{Server, TestStore, by_header, on_every_store, wait};

on_every_store! {
    what_another_site_sends_is_refused_by_every_unsafe_route,
}

/// The pattern of a message's id in a path.
pub(crate) const ID: &str = "{id:[^/.]+}";

/// A path below the mount and one of its methods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Route {
    pub(crate) pattern: &'static str,
    pub(crate) method: &'static str,
    pub(crate) answered: Answered,
}

/// The response to a request for messages of another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Answered {
    /// The route is about one message: 404.
    One,
    /// The route is about a selection: a count of 0.
    Count,
    /// The route shows the requesting user's own messages.
    Own,
    /// The route is not about messages.
    Other,
}

const REST: [(&str, &[(&str, Answered)]); 19] = [
    ("", &[("GET", Answered::Own), ("HEAD", Answered::Own), ("DELETE", Answered::Count), ("OPTIONS", Answered::Other)]),
    ("/inbox", &[("GET", Answered::Own), ("HEAD", Answered::Own), ("OPTIONS", Answered::Other)]),
    ("/stream", &[("GET", Answered::Own), ("HEAD", Answered::Own), ("OPTIONS", Answered::Other)]),
    ("/peek", &[("GET", Answered::Own), ("HEAD", Answered::Own), ("OPTIONS", Answered::Other)]),
    ("/read", &[("POST", Answered::Count), ("OPTIONS", Answered::Other)]),
    ("/unread", &[("POST", Answered::Count), ("OPTIONS", Answered::Other)]),
    (
        "/archive",
        &[("GET", Answered::Own), ("HEAD", Answered::Own), ("POST", Answered::Count), ("OPTIONS", Answered::Other)],
    ),
    ("/restore", &[("POST", Answered::Count), ("OPTIONS", Answered::Other)]),
    ("/later", &[("GET", Answered::Own), ("HEAD", Answered::Own), ("OPTIONS", Answered::Other)]),
    ("/seen", &[("POST", Answered::Own), ("OPTIONS", Answered::Other)]),
    ("/snooze", &[("POST", Answered::Count), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/read", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/unread", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/archive", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/restore", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/snooze", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    ("/{id:[^/.]+}/tags", &[("POST", Answered::One), ("OPTIONS", Answered::Other)]),
    (
        "/{id:[^/.]+}",
        &[("GET", Answered::One), ("HEAD", Answered::One), ("DELETE", Answered::One), ("OPTIONS", Answered::Other)],
    ),
    ("/openapi.json", &[("GET", Answered::Other), ("HEAD", Answered::Other), ("OPTIONS", Answered::Other)]),
];

/// The scripts, which are the same for all users.
const SCRIPTS: [&str; 2] = ["/messages.js", "/bell.js"];

pub(crate) const ADMIN: [(&str, &[&str]); 9] = [
    ("", &["GET", "HEAD"]),
    ("/list", &["GET", "HEAD"]),
    ("/new", &["GET", "HEAD", "POST"]),
    ("/message", &["GET", "HEAD"]),
    ("/redate", &["POST"]),
    ("/tags", &["POST"]),
    ("/change", &["POST"]),
    ("/style.css", &["GET", "HEAD"]),
    ("/icon.svg", &["GET", "HEAD"]),
];

pub(crate) fn rest() -> impl Iterator<Item = Route> {
    REST.iter().flat_map(|(pattern, methods)| {
        methods.iter().map(|(method, answered)| Route { pattern, method, answered: *answered })
    })
}

/// All endpoints, also optional ones.
pub(crate) fn everything() -> Endpoints {
    let optional = [
        Endpoint::Inbox,
        Endpoint::Stream,
        Endpoint::Marking,
        Endpoint::SelectionDeletion,
        Endpoint::Archive,
        Endpoint::Later,
        Endpoint::Snooze,
        Endpoint::Seen,
        Endpoint::Tags,
        Endpoint::Bell,
        Endpoint::OpenApi,
    ];
    let all = optional.into_iter().fold(Endpoints::default(), Endpoints::with);
    let source = include_str!("../../../src/service/routes/endpoint.rs");
    let start = source.find("pub enum Endpoint {").unwrap();
    let body = &source[start..start + source[start..].find("\n}").unwrap()];
    let names = body.lines().filter_map(|line| line.trim().strip_suffix(','));
    for name in names {
        assert!(format!("{all:?}").contains(name), "{name} is missing from the endpoints under test");
    }
    all
}

/// The path patterns below `/mount`, parsed from the debug output of Actix's resource map.
fn mounted(map: &str) -> BTreeSet<String> {
    let lists = map.split("patterns: ").skip(1).map(|rest| {
        let start = if rest.starts_with("List([") { "List([" } else { "Single(" };
        let end = if start == "List([" { "])" } else { "\")" };
        &rest[start.len()..=rest.find(end).unwrap()]
    });
    let patterns = lists.flat_map(|list| list.split('"').skip(1).step_by(2));
    patterns.map(str::to_owned).filter(|pattern| !["/mount", "/map"].contains(&&**pattern)).collect()
}

async fn map(request: HttpRequest) -> String {
    format!("{:?}", request.resource_map())
}

/// The path with and without a trailing slash.
fn both_spellings(pattern: &str) -> [String; 2] {
    [pattern.to_owned(), format!("{pattern}/")]
}

const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Compares the paths and methods of the table with the mounted ones.
#[track_caller]
fn assert_listed<'a>(server: &Server, listed: impl Iterator<Item = (&'a str, Vec<&'a str>)>) {
    let client = server.client();
    let mounted = mounted(&String::from_utf8(client.get("/map").expect(200).body).unwrap());
    let mut known = BTreeSet::new();
    for (pattern, methods) in listed {
        for spelling in both_spellings(pattern) {
            let path = format!("/mount{}", spelling.replace(ID, "1"));
            for method in METHODS {
                let status = client.request(method, &path).send().status;
                // The message of the path need not exist, so a 404 also shows that the method is mounted.
                assert_eq!(status != 405, methods.contains(&method), "{method} {path}: {status}");
            }
            known.insert(spelling);
        }
    }
    assert_eq!(mounted, known, "left: the mounted routes; right: the table");
}

#[test]
fn every_route_of_the_rest_surface_is_tried() {
    let messages = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| None);
    let server = Server::start(move || {
        App::new().app_data(messages.clone()).service(everything().at("/mount")).route("/map", web::get().to(map))
    });
    let rest = REST.iter().map(|(pattern, methods)| (*pattern, methods.iter().map(|(method, _)| *method).collect()));
    assert_listed(&server, rest.chain(SCRIPTS.map(|script| (script, vec!["GET", "HEAD"]))));
}

#[test]
fn every_route_of_the_admin_is_tried() {
    let messages = MessagesConfig::new(MemoryStore::new(), |_: &HttpRequest| None);
    let admin = Admin::new(MemoryStore::new()).staff(|_| Some("Ada".into()));
    let server = Server::start(move || {
        App::new().app_data(messages.clone()).service(admin.at("/mount")).route("/map", web::get().to(map))
    });
    assert_listed(&server, ADMIN.iter().map(|(pattern, methods)| (*pattern, methods.to_vec())));
}

fn what_another_site_sends_is_refused_by_every_unsafe_route(store: &TestStore) {
    let messages = MessagesConfig::new(store.store.clone(), by_header).unread_deletion(UnreadDeletion::Allow);
    let server = Server::start(move || App::new().app_data(messages.clone()).service(everything().at("/mount")));
    let alice = store.mailbox("alice");
    let id = wait(alice.add(NewMessage::new(20, "text"))).unwrap().unwrap();
    wait(alice.add(NewMessage::new(20, "read"))).unwrap();
    wait(alice.all().narrow(|filter| filter.with_text("read")).mark_read()).unwrap();
    let before = wait(alice.all().list()).unwrap().into_iter().collect::<Vec<_>>();
    let client = server.client();
    let mut refused = 0;
    for pattern in REST.iter().flat_map(|(pattern, _)| both_spellings(pattern)) {
        let path = format!("/mount{}", pattern.replace(ID, &id.to_string()));
        for method in METHODS.into_iter().filter(|method| !["GET", "HEAD", "OPTIONS", "TRACE"].contains(method)) {
            for (name, value) in
                [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")]
            {
                let call = client.request(method, &path).header("x-user", "alice").header(name, value);
                let answer = call.send().expect(403);
                assert_eq!(answer.json()["detail"], "Cross-site request refused.", "{method} {path}");
                refused += 1;
            }
        }
    }
    assert!(refused > 100);
    assert_eq!(wait(alice.all().list()).unwrap().into_iter().collect::<Vec<_>>(), before);
}

#[test]
fn what_another_site_sends_is_refused_by_every_unsafe_route_of_the_admin() {
    let store = std::sync::Arc::new(MemoryStore::new());
    let messages = MessagesConfig::new(std::sync::Arc::clone(&store), |_: &HttpRequest| None);
    let alice = messages.mailbox(Recipient::user("alice").unwrap());
    let id = wait(alice.info("text")).unwrap().unwrap();
    let admin = Admin::new(store).staff(|_| Some("Ada".into()));
    let server = Server::start(move || App::new().app_data(messages.clone()).service(admin.at("/mount")));
    let row = format!("{id}:u:alice");
    let fields = [
        ("action", "delete"),
        ("confirmed", "yes"),
        ("row", &*row),
        ("users", "bob"),
        ("message", "text"),
        ("tags", "x"),
    ];
    for (pattern, methods) in ADMIN {
        for path in both_spellings(pattern).iter().filter(|_| methods.contains(&"POST")) {
            for (name, value) in
                [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example"), ("Origin", "null")]
            {
                let call = server.client();
                call.request("POST", format!("/mount{path}")).header(name, value).form(&fields).send().expect(403);
            }
        }
    }
    let left = wait(alice.all().list()).unwrap();
    assert_eq!((left.to_string(), left[0].tags.len(), left[0].read_at()), ("text".into(), 0, None));
}
