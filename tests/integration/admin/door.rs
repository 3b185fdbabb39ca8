//! Access to the admin, its protection from other sites, and the headers of each response.

use std::sync::Arc;

use actix_messages::{Admin, Level, MemoryStore, MessagesConfig, NewMessage, settings::ForwardedHeaders};
use actix_web::{
    App, HttpResponse,
    http::header::LOCATION,
    middleware::{NormalizePath, TrailingSlash},
};

use super::{Office, by_header, location, text};
use crate::support::Server;

const PAGES: [(&str, &str); 7] = [
    ("GET", "/admin/list"),
    ("GET", "/admin/new"),
    ("POST", "/admin/new"),
    ("GET", "/admin/message?row=1:u:alice"),
    ("POST", "/admin/tags"),
    ("POST", "/admin/change"),
    ("DELETE", "/admin/list"),
];

#[test]
fn everybody_is_refused_until_the_application_says_who_is_staff() {
    let office = Office::with(MemoryStore::new(), |admin| admin, |messages| messages);
    for (method, target) in PAGES {
        let answer = office.client.request(method, target).header("x-staff", "Ada").send().expect(403);
        assert!(text(&answer).contains("Only staff may see this page."), "{method} {target}");
    }
    assert!(office.log.text().contains("configure who is staff with `Admin::staff(..)`"));
}

#[test]
fn who_is_not_staff_is_refused_and_changes_nothing() {
    let office = Office::new();
    let row = office.add("alice", NewMessage::new(Level::INFO, "Hello."));
    for (method, target) in PAGES {
        let call = office.client.request(method, target);
        let fields =
            [("action", "delete"), ("confirmed", "yes"), ("row", row.as_str()), ("users", "bob"), ("message", "m")];
        let answer = call.form(&fields).send().expect(403);
        assert!(!text(&answer).contains("Hello."), "{method} {target}");
    }
    assert_eq!(office.texts(), ["Hello."]);
}

#[test]
fn the_application_may_answer_those_who_are_not_staff() {
    let to_login = |_: &_| HttpResponse::SeeOther().insert_header((LOCATION, "/login")).finish();
    let office =
        Office::with(MemoryStore::new(), |admin| admin.staff(by_header).refused(to_login), |messages| messages);
    assert_eq!(location(office.client.get("/admin/list")), "/login");
    office.get("/admin/list").expect(200);
}

#[test]
fn staff_sees_who_they_are() {
    let office = Office::new();
    assert!(text(&office.get("/admin/list").expect(200)).contains("Signed in as Ada"));
}

#[test]
fn what_another_site_sends_is_refused() {
    let office = Office::new();
    let row = office.add("alice", NewMessage::new(Level::INFO, "Hello."));
    let fields = [("action", "delete"), ("confirmed", "yes"), ("row", row.as_str())];
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example"), ("origin", "null")] {
        let call = office.client.request("POST", "/admin/change").header("x-staff", "Ada");
        let answer = call.header(name, value).form(&fields).send().expect(403);
        assert!(text(&answer).contains("came from another site"), "{name}: {value}");
    }
    assert_eq!(office.texts(), ["Hello."]);
    let call = office.client.request("POST", "/admin/change").header("x-staff", "Ada");
    location(call.header("sec-fetch-site", "same-origin").form(&fields).send());
    assert_eq!(office.texts(), [""; 0]);
}

#[test]
fn a_link_from_another_site_opens_a_page() {
    let office = Office::new();
    let call = office.client.request("GET", "/admin/list").header("x-staff", "Ada");
    call.header("sec-fetch-site", "cross-site").send().expect(200);
}

#[test]
fn a_trusted_origin_is_trusted_here_too() {
    let trusting = |messages: MessagesConfig| messages.trusted_origin("https://app.example.com");
    let office = Office::with(MemoryStore::new(), |admin| admin.staff(by_header), trusting);
    let call = office.client.request("POST", "/admin/change").header("x-staff", "Ada");
    let call = call.header("origin", "https://app.example.com").header("sec-fetch-site", "cross-site");
    call.form(&[("action", "delete")]).send().expect(303);
}

#[test]
fn every_answer_tells_the_browser_to_load_nothing_else_and_to_keep_nothing() {
    let office = Office::new();
    let refused = office.client.get("/admin/list").expect(403);
    let pages =
        ["/admin/list", "/admin/new", "/admin/message?row=1:u:a", "/admin/what/is/this"].map(|page| office.get(page));
    for answer in pages.into_iter().chain([refused]) {
        let policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors \
                      'none'; base-uri 'none'";
        assert_eq!(answer.header("content-security-policy"), Some(policy));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
        let page = text(&answer);
        for refused in ["<script", "style=", "<style", " onclick", "http://", "https://"] {
            assert!(!page.contains(refused), "{refused} in {page}");
        }
    }
}

#[test]
fn the_style_sheet_and_the_icon_are_there_for_every_page() {
    let office = Office::new();
    for (target, kind) in [("/admin/style.css", "text/css; charset=utf-8"), ("/admin/icon.svg", "image/svg+xml")] {
        let file = office.client.get(target).expect(200);
        assert_eq!(file.header("content-type"), Some(kind));
    }
    for (target, link) in
        [("/admin/list", "\"./style.css\""), ("/admin/no", "\"./style.css\""), ("/admin/a/b", "\"../style.css\"")]
    {
        assert!(text(&office.get(target)).contains(link), "{target}");
    }
}

#[test]
fn where_it_is_mounted_leads_to_the_list() {
    let office = Office::new();
    assert_eq!(location(office.get("/admin?user=a%26b")), "/admin/list?user=a%26b");
    assert_eq!(location(office.get("/admin/")), "/admin/list");
    assert_eq!(location(office.client.get("/admin")), "/admin/list");
}

#[test]
fn a_prefix_that_a_trusted_proxy_has_removed_stays() {
    for (policy, expected) in
        [(ForwardedHeaders::Trust, "/shop/admin/list?user=alice"), (ForwardedHeaders::Ignore, "/admin/list?user=alice")]
    {
        let store = Arc::new(MemoryStore::new());
        let messages = MessagesConfig::new(Arc::clone(&store), |_: &_| None).forwarded_headers(policy);
        let admin = Admin::new(store).staff(by_header);
        let server = Server::start(move || App::new().app_data(messages.clone()).service(admin.at("/admin")));
        let client = server.client();
        let call = client.request("GET", "/admin?user=alice").header("x-forwarded-prefix", "/shop/");
        assert_eq!(location(call.send()), expected);
    }
}

#[test]
fn it_works_whatever_becomes_of_a_last_slash_on_the_way() {
    for slashes in [TrailingSlash::Trim, TrailingSlash::Always, TrailingSlash::MergeOnly] {
        let store = Arc::new(MemoryStore::new());
        let messages = MessagesConfig::new(Arc::clone(&store), |_: &_| None);
        let admin = Admin::new(store).staff(by_header);
        let server = Server::start(move || {
            let app = App::new().app_data(messages.clone()).service(admin.at("/admin"));
            app.wrap(NormalizePath::new(slashes))
        });
        let get = |target: &str| server.client().request("GET", target).header("x-staff", "Ada").send();
        for target in ["/admin", "/admin/"] {
            assert_eq!(location(get(target)), "/admin/list", "{target}, {slashes:?}");
        }
        for target in ["/admin/list?user=alice", "/admin/new", "/admin/style.css"] {
            get(target).expect(200);
        }
    }
}

#[test]
fn unknown_pages_and_methods_are_refused() {
    let office = Office::new();
    office.get("/admin/what").expect(404);
    for target in ["/admin/list", "/admin/message", "/admin/new"] {
        let refusal = office.client.request("PUT", target).header("x-staff", "Ada").send().expect(405);
        assert!(refusal.header("allow").unwrap().contains("GET"), "{target}");
    }
    assert_eq!(office.get("/admin/change").expect(405).header("allow"), Some("POST"));
    let head = office.client.request("HEAD", "/admin/list").header("x-staff", "Ada").send().expect(200);
    assert_eq!(head.body, b"");
}

#[test]
fn the_page_of_an_unknown_path_does_not_grow_with_the_path() {
    let office = Office::new();
    let short = office.get("/admin/what").expect(404).body.len();
    for path in ["/a".repeat(20_000), "/".repeat(20_000)] {
        let long = office.get(&format!("/admin{path}")).expect(404).body.len();
        assert!(long < 2 * short, "{long} bytes for a path of {}", path.len());
    }
}

#[test]
fn a_missing_configuration_is_an_opaque_failure() {
    let admin = Admin::new(MemoryStore::new()).staff(by_header);
    let server = Server::start(move || App::new().service(admin.at("/admin")));
    let answer = server.client().request("GET", "/admin/list").header("x-staff", "Ada").send().expect(500);
    assert!(text(&answer).contains("Something went wrong on the server."));
}
