//! The scripts of the bell, and the HTML that loads them.

use actix_messages::{BellTag, Endpoint, Endpoints, settings::Access};

use super::{Site, User};
use crate::support::{Response, TestStore};

/// Serves the bell below `/messages`, to signed-in users.
fn alice() -> User {
    let settings = |messages: actix_messages::MessagesConfig| messages.access(Access::SignedIn);
    let site = Site::with(&TestStore::memory(), settings, |routes| {
        routes.service(Endpoints::default().with(Endpoint::Bell).at("/messages"));
    });
    site.user("alice")
}

/// The script that the tag loads.
fn address() -> String {
    let tag = BellTag::new("/messages/", "/inbox", "Messages").to_string();
    let (_, rest) = tag.split_once("src=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

fn text(response: &Response) -> &str {
    std::str::from_utf8(&response.body).unwrap()
}

#[test]
fn both_scripts_are_served_to_everybody() {
    let alice = alice();
    let nobody = &alice.client;
    for target in ["/messages/bell.js", "/messages/messages.js", "/messages/bell.js/", &address()] {
        let script = nobody.get(target).expect(200);
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(script.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(script.header("set-cookie"), None);
        assert!(text(&script).starts_with("// actix-messages: "));
        let head = nobody.request("HEAD", target).send().expect(200);
        assert_eq!(head.header("etag"), script.header("etag"));
        let refused = nobody.request("POST", target).send().expect(405);
        assert_eq!(refused.header("allow"), Some("GET, HEAD"));
    }
    // Everything else is only for users.
    nobody.get("/messages/inbox/").expect(403);
}

#[test]
fn a_browser_keeps_the_present_version_and_asks_again_for_others() {
    let alice = alice();
    let present = alice.get(&address()).expect(200);
    assert_eq!(present.header("cache-control"), Some("public, max-age=31536000, immutable"));
    for target in ["/messages/bell.js", "/messages/bell.js?v=", "/messages/bell.js?v=older", "/messages/messages.js"] {
        let script = alice.get(target).expect(200);
        assert_eq!(script.header("cache-control"), Some("no-cache"), "{target}");
        let tag = script.header("etag").unwrap().to_owned();
        let again = alice.send("GET", target, &[("if-none-match", &tag)]).expect(304);
        assert!(again.body.is_empty());
    }
}

#[test]
fn the_elements_load_the_client_of_their_version() {
    let alice = alice();
    let (plain, of_version) = (alice.get("/messages/bell.js"), alice.get(&address()));
    assert!(text(&plain).contains("\"./messages.js\""));
    let (_, version) =
        address().split_once("?v=").map(|(path, version)| (path.to_owned(), version.to_owned())).unwrap();
    assert!(text(&of_version).contains(&format!("\"./messages.js?v={version}\"")));
    assert!(!text(&of_version).contains("\"./messages.js\""));
    assert_ne!(plain.header("etag"), of_version.header("etag"));
    let client = alice.get(&format!("/messages/messages.js?v={version}")).expect(200);
    assert_eq!(client.header("cache-control"), Some("public, max-age=31536000, immutable"));
}

#[test]
fn what_the_scripts_use_is_mounted_with_them() {
    let alice = alice();
    let id = alice.add("text");
    let inbox = alice.get("/messages/inbox/").expect(200).json();
    let can = inbox["can"].as_array().unwrap();
    for action in ["stream", "seen", "mark-read", "mark-unread", "mark-selection-read", "delete"] {
        assert!(can.iter().any(|known| known == action), "{action} is not in {can:?}");
    }
    alice.send("POST", &format!("/messages/seen/?up_to={id}"), &[]).expect(200);
    let without = Endpoints::default().with(Endpoint::Bell).without(Endpoint::Stream);
    assert_ne!(without, Endpoints::default().with(Endpoint::Bell));
}
