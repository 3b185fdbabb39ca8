//! Page-number pagination, lists without pagination, and the `Link` header.

use actix_messages::settings::{CursorKey, PageSize, Pagination};
use serde_json::{Value, json};

use super::{Site, link, texts};
use crate::support::{TestStore, on_every_store};

on_every_store! {
    pages_are_asked_for_by_their_number,
    the_last_page_has_a_name,
    a_page_that_cannot_be_is_not_found,
    no_page_is_longer_than_the_longest,
    links_keep_what_was_asked_for,
    without_pages_a_list_is_a_bare_array,
    each_style_says_its_links_in_a_header,
    pages_without_a_size_are_as_long_as_may_be,
}

fn by_number(store: &TestStore) -> Site {
    Site::new(store, |messages| messages.pagination(Pagination::PageNumber).page_size(PageSize::Limited(2)))
}

fn pages_are_asked_for_by_their_number(store: &TestStore) {
    let alice = &by_number(store).user("alice");
    alice.add_numbers(5);
    let first = alice.get("/messages/").expect(200).json();
    assert_eq!((texts(&first), &first["count"], &first["previous"]), ("5, 4".into(), &json!(5), &Value::Null));
    let second = alice.get(link(&first, "next").unwrap()).expect(200).json();
    assert_eq!((texts(&second), &second["count"]), ("3, 2".into(), &json!(5)));
    let third = alice.get(link(&second, "next").unwrap()).expect(200).json();
    assert_eq!((texts(&third), &third["next"]), ("1".into(), &Value::Null));
    assert_eq!(texts(&alice.get(link(&third, "previous").unwrap()).json()), "3, 2");
    let back = link(&second, "previous").unwrap();
    assert!(!back.contains("page="), "the first page needs no number");
    assert_eq!(texts(&alice.get(back).json()), "5, 4");
    assert_eq!(texts(&alice.get("/messages/?page=2&page_size=3").json()), "2, 1");
    assert_eq!(texts(&alice.get("/messages/?page=%201%20").json()), "5, 4");
    assert_eq!(texts(&alice.get("/messages/?limit=1&offset=3").json()), "5, 4", "both are ignored here");
}

fn the_last_page_has_a_name(store: &TestStore) {
    let alice = &by_number(store).user("alice");
    let empty = alice.get("/messages/?page=last").expect(200).json();
    assert_eq!(empty, json!({ "count": 0, "next": null, "previous": null, "results": [] }));
    alice.add_numbers(5);
    let last = alice.get("/messages/?page=last").expect(200).json();
    assert_eq!((texts(&last), &last["next"], &last["count"]), ("1".into(), &Value::Null, &json!(5)));
    assert!(link(&last, "previous").unwrap().ends_with("?page=2"));
    assert_eq!(texts(&alice.get("/messages/?page=last&page_size=5").json()), "5, 4, 3, 2, 1");
}

fn a_page_that_cannot_be_is_not_found(store: &TestStore) {
    let alice = &by_number(store).user("alice");
    for page in ["2", "0", "-1", "x", "1.5", "Last", "99999999999999999999999999999999999999999999", "%00"] {
        let refused = alice.get(&format!("/messages/?page={page}")).expect(404);
        assert_eq!(refused.json(), json!({ "detail": "Invalid page." }), "{page}");
    }
    assert_eq!(texts(&alice.get("/messages/?page=1").expect(200).json()), "", "the first page always exists");
    alice.add_numbers(2);
    alice.get("/messages/?page=2").expect(404);
    assert_eq!(alice.unread(), "2, 1");
}

fn no_page_is_longer_than_the_longest(store: &TestStore) {
    let style = |messages: actix_messages::MessagesConfig| messages.pagination(Pagination::PageNumber).max_page_size(3);
    let alice = &Site::new(store, style).user("alice");
    alice.add_numbers(4);
    for size in ["4", "99999999999999999999", "0", "-1", "x", ""] {
        let page = alice.get(&format!("/messages/?page_size={size}")).expect(200).json();
        assert_eq!(texts(&page), "4, 3, 2", "{size}");
        let next = alice.get(link(&page, "next").unwrap()).expect(200).json();
        assert_eq!(texts(&next), "1", "{size}");
    }
}

fn links_keep_what_was_asked_for(store: &TestStore) {
    let alice = &by_number(store).user("alice");
    alice.add_numbers(3);
    let page = alice.get("/messages/?search=&x=%26&page_size=1&level__gte=20").expect(200).json();
    let next = link(&page, "next").unwrap();
    assert!(next.ends_with("/messages/?level__gte=20&page=2&page_size=1&search=&x=%26"), "{next}");
}

fn without_pages_a_list_is_a_bare_array(store: &TestStore) {
    let alice = &Site::new(store, |messages| messages.pagination(Pagination::Off).max_page_size(3)).user("alice");
    alice.add_numbers(4);
    for query in ["", "?limit=1", "?page=7&page_size=1", "?cursor=x", "?offset=2"] {
        let answer = alice.get(&format!("/messages/{query}")).expect(200);
        assert!(answer.json().is_array());
        assert_eq!(answer.header("link"), None);
        assert_eq!(texts(&answer.json()), "4, 3, 2", "{query}");
    }
    assert_eq!(texts(&alice.get("/messages/?ordering=created").json()), "1, 2, 3");
}

fn each_style_says_its_links_in_a_header(store: &TestStore) {
    let key = CursorKey::from_secret(b"a secret");
    for (name, style) in
        [("limit", Pagination::LimitOffset), ("number", Pagination::PageNumber), ("cursor", Pagination::Cursor(key))]
    {
        let size = PageSize::Limited(1);
        let alice = &Site::new(store, |messages| messages.pagination(style).page_size(size)).user(name);
        assert_eq!(alice.get("/messages/").header("link"), None, "{name}: there is no other page");
        alice.add_numbers(3);
        let first = alice.get("/messages/").expect(200);
        let page = first.json();
        let next = link(&page, "next").unwrap();
        assert_eq!(first.header("link").unwrap(), format!("<{next}>; rel=\"next\""));
        let second = alice.get(next).expect(200);
        let page = second.json();
        let (next, previous) = (link(&page, "next").unwrap(), link(&page, "previous").unwrap());
        let both = format!("<{next}>; rel=\"next\", <{previous}>; rel=\"prev\"");
        assert_eq!(second.header("link").unwrap(), both);
        assert_eq!(alice.send("HEAD", next, &[]).header("link"), alice.get(next).header("link"), "{name}");
    }
}

fn pages_without_a_size_are_as_long_as_may_be(store: &TestStore) {
    let key = CursorKey::from_secret(b"a secret");
    for (name, style) in [("number", Pagination::PageNumber), ("cursor", Pagination::Cursor(key))] {
        let settings = |messages: actix_messages::MessagesConfig| {
            messages.pagination(style).page_size(PageSize::Unlimited).max_page_size(3)
        };
        let alice = &Site::new(store, settings).user(name);
        alice.add_numbers(4);
        let all = alice.get("/messages/").expect(200).json();
        assert!(all.is_array());
        assert_eq!(texts(&all), "4, 3, 2");
        let page = alice.get("/messages/?page_size=3").expect(200).json();
        assert_eq!(texts(&alice.get(link(&page, "next").unwrap()).expect(200).json()), "1", "{name}");
    }
}
