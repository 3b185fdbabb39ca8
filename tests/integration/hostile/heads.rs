//! The heads of responses: a proxy may accept only 4 KB, so each head stays below 2 KB for any request.

use std::sync::Arc;

use actix_messages::{
    Admin, MemoryStore, MessageStore, MessagesConfig, Recipient,
    settings::{AfterReading, CursorKey, Pagination, Versioning},
};
use actix_web::{App, web};

use super::requests::Hostile;
use crate::{
    isolation::routes::{ADMIN, ID, everything, rest},
    support::{Connection, Response, Server, by_header, wait},
};

/// The maximum length of a response's head, in bytes.
const LONGEST_HEAD: usize = 2048;

/// Fails if the head of the response is longer than [`LONGEST_HEAD`].
pub(super) fn is_short(answer: &Response) -> Result<(), String> {
    let lines = answer.headers.iter().map(|(name, value)| name.len() + value.len() + ": \r\n".len());
    match "HTTP/1.1 200 OK\r\n\r\n".len() + lines.sum::<usize>() {
        bytes if bytes <= LONGEST_HEAD => Ok(()),
        bytes => Err(format!("a head of {bytes} bytes: {:?}", answer.headers)),
    }
}

/// A server with every route and each style of pagination, below mounts of any length, and a store with messages of
/// alice.
fn site() -> (Arc<MemoryStore>, Server) {
    let store = Arc::new(MemoryStore::new());
    let messages = MessagesConfig::new(Arc::clone(&store), by_header).after_reading(AfterReading::Nothing);
    for text in ["one", "two", "three"] {
        wait(messages.mailbox(Recipient::user("alice").unwrap()).view("there").info(text)).unwrap();
    }
    let admin = Admin::new(Arc::clone(&store)).staff(|_| Some("Ada".into()));
    let server = Server::start(move || {
        let numbered = messages.clone().pagination(Pagination::PageNumber);
        let by_cursor = messages.clone().pagination(Pagination::Cursor(CursorKey::from_secret(&[7; 32])));
        let versioned = messages.clone().versioning(Versioning::accept(["1"], "1"));
        App::new()
            .app_data(messages.clone())
            .service(everything().at("/mount"))
            .service(web::scope("/numbered").app_data(numbered).service(everything().at("/mount")))
            .service(web::scope("/cursor").app_data(by_cursor).service(everything().at("/mount")))
            .service(web::scope("/versioned").app_data(versioned).service(everything().at("/mount")))
            .service(web::scope("/of/{tenant}").service(everything().at("/mount")).service(admin.at("/admin")))
            .service(admin.at("/admin"))
    });
    (store, server)
}

/// Sends the request as alice. Returns `None` if the server closes the connection.
fn ask(server: &Server, request: Hostile) -> Option<Response> {
    Connection::to(server.address()).send(&request.header("X-User", "alice").bytes("a=b"))
}

#[test]
fn every_answer_has_a_short_head() {
    let (_, server) = site();
    let mut problems = Vec::new();
    let mut try_out = |request: Hostile| {
        let title = request.title();
        match ask(&server, request).map(|answer| (answer.status < 500, is_short(&answer))) {
            None | Some((true, Ok(()))) => {}
            Some((_, outcome)) => problems.push(format!("{title}: {outcome:?}")),
        }
    };
    for length in [300, 3000, 60_000] {
        let text = "a".repeat(length);
        let names = (0..length / 40).map(|number| format!("{number:a>39}")).collect::<Vec<_>>().join(",");
        let queries = [format!("limit=1&page_size=1&x={text}"), format!("limit=1&offset=1&view__in={names},there")];
        let short_queries = ["limit=1&offset=1".to_owned(), "page_size=1&page=2".to_owned()];
        let (tenant, admin) = (format!("/of/{text}/mount"), format!("/of/{text}/admin"));
        let (mounts, admins): (&[&str], &[&str]) = if length < 60_000 {
            (&["/mount", "/numbered/mount", "/cursor/mount", "/versioned/mount", &tenant], &["/admin", &admin])
        } else {
            (&["/mount"], &["/admin"])
        };
        for query in queries.iter().chain(&short_queries) {
            for mount in mounts {
                for route in rest() {
                    let path = route.pattern.replace(ID, "1");
                    try_out(Hostile::new(route.method, format!("{mount}{path}?{query}")));
                }
            }
            for mount in admins {
                for (path, methods) in ADMIN {
                    for method in methods {
                        try_out(Hostile::new(method, format!("{mount}{path}?{query}")));
                    }
                    try_out(Hostile::new("PUT", format!("{mount}{path}")));
                    let form = [("action", "mark-read"), ("row", "1:u:alice"), ("users", &text), ("back", query)];
                    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
                    let kind = "application/x-www-form-urlencoded";
                    try_out(Hostile::new("POST", format!("{mount}{path}")).body(kind, form));
                }
            }
        }
        let headers = [
            ("Host", text.clone()),
            ("Host", format!("{text}:1")),
            ("Accept", format!("application/json; version={text}")),
            ("Accept", format!("application/json, application/problem+json; version={text}")),
            ("If-None-Match", format!("\"{text}\"")),
            ("Origin", format!("http://{text}")),
            ("X-Forwarded-Host", text.clone()),
        ];
        for (name, value) in headers {
            for (method, path) in [
                ("GET", "/mount/?limit=1&offset=1"),
                ("GET", "/mount/?unread=no"),
                ("GET", "/versioned/mount/"),
                ("OPTIONS", "/mount/"),
                ("POST", "/mount/read/"),
                ("GET", "/admin/?x=1"),
                ("POST", "/admin/change"),
            ] {
                try_out(Hostile::new(method, path).header(name, value.clone()));
            }
        }
        try_out(Hostile::new("GET", format!("/mount/{text}")));
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// A query whose links would make the head too long for a proxy: 60 names of 39 characters.
fn long_query() -> String {
    let names = (0..60).map(|number| format!("{number:v>39}")).collect::<Vec<_>>().join(",");
    format!("limit=1&offset=1&view__in={names},there")
}

#[test]
fn links_that_are_too_long_for_a_header_are_in_the_body_alone() {
    let (_, server) = site();
    let short = ask(&server, Hostile::new("GET", "/mount/?limit=1&offset=1")).unwrap().expect(200);
    assert!(short.header("link").unwrap().contains("rel=\"prev\""));
    let long = ask(&server, Hostile::new("GET", format!("/mount/?{}", long_query()))).unwrap().expect(200);
    assert_eq!(long.header("link"), None);
    let page = long.json();
    for link in ["next", "previous"] {
        let link = page[link].as_str().unwrap();
        assert!(link.contains(&format!("{:v>39}", 59)), "{link}");
    }
}

#[test]
fn what_the_admin_has_done_is_answered_however_long_the_way_back_is() {
    let (store, server) = site();
    let alice = Recipient::user("alice").unwrap();
    let list = || wait(store.list(&alice, &Default::default(), &actix_messages::PageRequest::all())).unwrap().messages;
    let rows = list().into_iter().map(|message| format!("{}:u:alice", message.id)).collect::<Vec<_>>();
    let back = format!("view__in={}", "v".repeat(5000));
    let change = |row: &str, back: &str| {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("action", "delete"), ("confirmed", "yes"), ("row", row), ("back", back)])
            .finish();
        let change = Hostile::new("POST", "/admin/change").body("application/x-www-form-urlencoded", form);
        ask(&server, change).unwrap().expect(303).header("location").unwrap().to_owned()
    };
    assert_eq!(change(&rows[0], "view=there"), "list?view=there&done=deleted-1");
    assert_eq!(change(&rows[1], &back), "list?done=deleted-1");
    assert_eq!(list().len(), 1);
    let enter = |path: &str| ask(&server, Hostile::new("GET", path)).unwrap();
    assert_eq!(enter("/admin?user=alice").expect(303).header("location"), Some("/admin/list?user=alice"));
    assert_eq!(enter(&format!("/admin?{back}")).expect(303).header("location"), Some("/admin/list"));
    enter(&format!("/of/{}/admin", "a".repeat(2000))).expect(404);
}
