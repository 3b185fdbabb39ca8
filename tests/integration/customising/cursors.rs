//! Cursor pagination.

use actix_messages::settings::{CursorKey, PageSize, Pagination};
use serde_json::json;

use super::{Site, User, link, texts};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    cursors_lead_forth_and_back,
    cursors_lead_forth_and_back_from_the_oldest,
    a_walk_survives_what_happens_meanwhile,
    an_empty_page_leads_back_to_the_message_beside_it,
    a_cursor_that_was_not_made_here_is_not_found,
    pages_by_cursor_have_one_order,
}

fn by_cursor(store: &TestStore) -> Site {
    with_secret(store, b"a secret")
}

fn with_secret(store: &TestStore, secret: &[u8]) -> Site {
    let style = Pagination::Cursor(CursorKey::from_secret(secret));
    Site::new(store, |messages| messages.pagination(style).page_size(PageSize::Limited(2)).max_page_size(3))
}

/// The texts of each page, beginning with this one.
fn walk(user: &User, from: &str, relation: &str) -> Vec<String> {
    let mut pages = Vec::new();
    let mut at = Some(from.to_owned());
    while let Some(target) = at {
        let page = user.get(&target).expect(200).json();
        assert_eq!(page.get("count"), None, "cursor pagination does not count");
        pages.push(texts(&page));
        at = link(&page, relation).map(str::to_owned);
    }
    pages
}

/// The URL of the last page.
fn last(user: &User, from: &str) -> String {
    let page = user.get(from).expect(200).json();
    link(&page, "next").map_or_else(|| from.to_owned(), |next| last(user, next))
}

fn cursors_lead_forth_and_back(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    assert_eq!(walk(alice, "/messages/", "next"), [""]);
    alice.add_numbers(5);
    assert_eq!(walk(alice, "/messages/", "next"), ["5, 4", "3, 2", "1"]);
    assert_eq!(walk(alice, &last(alice, "/messages/"), "previous"), ["1", "3, 2", "5, 4"]);
    assert_eq!(walk(alice, "/messages/?page_size=9", "next"), ["5, 4, 3", "2, 1"]);
    assert_eq!(walk(alice, "/messages/?page_size=1&level=20", "next"), ["5", "4", "3", "2", "1"]);
    let second = alice.get("/messages/").json();
    let second = alice.get(link(&second, "next").unwrap()).json();
    let back = alice.get(link(&second, "previous").unwrap()).json();
    assert_eq!((texts(&back), &back["previous"]), ("5, 4".into(), &json!(null)));
    assert_eq!(texts(&alice.get(link(&back, "next").unwrap()).json()), "3, 2");
}

fn cursors_lead_forth_and_back_from_the_oldest(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    alice.add_numbers(5);
    let start = "/messages/?ordering=created";
    assert_eq!(walk(alice, start, "next"), ["1, 2", "3, 4", "5"]);
    let end = last(alice, start);
    assert_eq!(walk(alice, &end, "previous"), ["5", "3, 4", "1, 2"]);
    alice.add("6");
    assert_eq!(walk(alice, &end, "next"), ["5, 6"], "the last page shows new messages");
}

fn a_walk_survives_what_happens_meanwhile(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    let ids = alice.add_numbers(6);
    let first = alice.get("/messages/?unread=true").json();
    assert_eq!(texts(&first), "6, 5");
    alice.add("7");
    alice.send("DELETE", &format!("/messages/{}/", ids[4]), &[]).expect(204);
    let second = alice.get(link(&first, "next").unwrap()).json();
    assert_eq!(texts(&second), "4, 3");
    let third = alice.get(link(&second, "next").unwrap()).json();
    assert_eq!(texts(&third), "2, 1");
    assert_eq!(walk(alice, link(&third, "previous").unwrap(), "previous"), ["7"]);
}

fn an_empty_page_leads_back_to_the_message_beside_it(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    for order in ["-created", "created"] {
        alice.add_numbers(4);
        let first = alice.get(&format!("/messages/?ordering={order}")).json();
        wait(alice.mailbox.all().narrow(|filter| filter.with_ids(others(&first, alice))).delete()).unwrap();
        let empty = alice.get(link(&first, "next").unwrap()).expect(200).json();
        assert_eq!((texts(&empty), &empty["next"]), (String::new(), &json!(null)), "{order}");
        let back = alice.get(link(&empty, "previous").unwrap()).expect(200).json();
        assert_eq!(texts(&back), texts(&first));
        let beyond = alice.get(link(&back, "next").unwrap()).expect(200).json();
        assert_eq!(texts(&beyond), "");
        wait(alice.mailbox.all().delete()).unwrap();
        let nothing = alice.get(link(&beyond, "previous").unwrap()).expect(200).json();
        assert_eq!((texts(&nothing), &nothing["previous"]), (String::new(), &json!(null)));
        assert_eq!(texts(&alice.get(link(&nothing, "next").unwrap()).expect(200).json()), "");
    }
}

/// The messages that are not on the page.
fn others(page: &serde_json::Value, user: &User) -> Vec<actix_messages::MessageId> {
    let shown = page["results"].as_array().unwrap().iter().map(|message| message["id"].as_i64().unwrap());
    let shown = shown.collect::<Vec<_>>();
    let all = wait(user.mailbox.all().list()).unwrap();
    all.iter().map(|message| message.id).filter(|id| !shown.contains(&id.value())).collect()
}

fn a_cursor_that_was_not_made_here_is_not_found(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    alice.add_numbers(3);
    let page = alice.get("/messages/").json();
    let (address, cursor) = link(&page, "next").unwrap().split_once("cursor=").unwrap();
    assert_eq!(texts(&alice.get(&format!("{address}cursor={cursor}")).expect(200).json()), "1");
    let mut refused =
        vec!["x".to_owned(), "====".into(), "%00".into(), cursor[1..].to_owned(), format!("{cursor}AAAA")];
    for at in 0..cursor.len() {
        let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
        // The last character of the encoding has unused bits, which have to be zero.
        refused.push(format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]));
    }
    for cursor in refused {
        let answer = alice.get(&format!("{address}cursor={cursor}")).expect(404);
        assert_eq!(answer.json(), json!({ "detail": "Invalid cursor" }), "{cursor}");
    }
    let elsewhere = with_secret(store, b"another secret");
    elsewhere.user("alice").get(&format!("/messages/?cursor={cursor}")).expect(404);
    let again = with_secret(store, b"a secret").user("alice");
    assert_eq!(texts(&again.get(&format!("/messages/?cursor={cursor}")).expect(200).json()), "1");
    let turned = alice.get(&format!("/messages/?ordering=created&cursor={cursor}")).expect(404);
    assert_eq!(turned.json(), json!({ "detail": "Invalid cursor" }), "the cursor has the opposite order");
    assert_eq!(texts(&alice.get("/messages/?cursor=").expect(200).json()), "3, 2");
}

fn pages_by_cursor_have_one_order(store: &TestStore) {
    let alice = &by_cursor(store).user("alice");
    alice.add_numbers(3);
    for order in ["level", "-read_at", "level,created", "created,level"] {
        let refused = alice.get(&format!("/messages/?ordering={order}")).expect(400).json();
        let problem = "Cursor pagination supports only created and -created.";
        assert_eq!(refused, json!({ "ordering": [problem] }), "{order}");
    }
    assert_eq!(alice.unread(), "3, 2, 1");
    for (order, shown) in [("", "3, 2"), ("-created", "3, 2"), ("unknown", "3, 2"), ("created", "1, 2")] {
        assert_eq!(texts(&alice.get(&format!("/messages/?ordering={order}")).json()), shown, "{order}");
    }
}
