//! Archive, restore, and the lists of the other places.

use std::sync::Arc;

use actix_messages::{
    Clock, MessageFilter, MessageId, NewMessage, Place, Repeat, SessionId, Timestamp,
    settings::{Access, AccessRequest, Action, AfterReading, PageSize, SessionScoping},
    store::{Insertion, Move, Until},
};
use serde_json::{Value, json};

use super::{post, texts};
use crate::support::{EventSource, TestApp, TestStore, on_every_store, wait};

on_every_store! {
    a_message_moves_to_the_archive_and_back_as_it_is,
    a_selection_moves,
    an_archived_message_is_not_in_the_inbox,
    no_count_includes_a_message_of_another_place,
    the_lists_of_places_mark_nothing,
    the_lists_of_places_have_filters_pages_and_tags,
    postponed_messages_are_listed,
    requests_that_move_refuse_what_selections_refuse,
    access_decides_about_each_action,
    a_session_moves_only_what_it_sees,
    two_requests_move_each_message_once,
    a_stream_tells_both_moves,
    a_message_that_moves_back_from_later_stays,
    a_key_stays_taken_in_the_archive,
    an_id_that_is_taken_is_replaced,
    a_visitor_without_a_session_has_no_archive,
}

const STREAM: &str = "/api/messages/stream/";

fn a_message_moves_to_the_archive_and_back_as_it_is(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let [read, unread] = ["read", "unread"].map(|text| alice.add_tagged(30, text, &["b", "a"]));
    post(&alice, &format!("{read}/read/"));
    let before = alice.get("/api/messages/").expect(200).json();
    for id in [read, unread] {
        assert_eq!(post(&alice, &format!("{id}/archive/")), json!({ "count": 1 }));
    }
    assert_eq!(texts(&alice, ""), [""; 0]);
    let archive = alice.get("/api/messages/archive/").expect(200).json();
    assert_eq!(archive["results"], before["results"]);
    for id in [unread, read] {
        assert_eq!(post(&alice, &format!("{id}/restore/")), json!({ "count": 1 }));
    }
    assert_eq!(alice.get("/api/messages/").expect(200).json(), before);
    assert_eq!(texts(&alice, "archive/"), [""; 0]);
}

fn a_selection_moves(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let ids = ["one", "two", "three", "four"].map(|text| alice.add(20, text));
    alice.add(40, "five");
    assert_eq!(post(&alice, &format!("archive/?ids={},{}", ids[0], ids[2])), json!({ "count": 2 }));
    assert_eq!(post(&alice, &format!("archive/?up_to={}&level__lt=30", ids[3])), json!({ "count": 2 }));
    assert_eq!((texts(&alice, ""), texts(&alice, "archive/").len()), (vec!["five".into()], 4));
    assert_eq!(post(&alice, &format!("restore/?up_to={}", ids[1])), json!({ "count": 2 }));
    assert_eq!(texts(&alice, ""), ["five", "two", "one"]);
    assert_eq!(post(&alice, "archive/"), json!({ "count": 3 }));
    assert_eq!(post(&alice, "archive/"), json!({ "count": 0 }));
    assert_eq!(post(&alice, "restore/"), json!({ "count": 5 }));
    assert_eq!(texts(&alice, ""), ["five", "four", "three", "two", "one"]);
}

fn an_archived_message_is_not_in_the_inbox(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    for path in ["restore", "tags"] {
        let target = format!("/api/messages/{id}/{path}/");
        let status = if path == "restore" { 404 } else { 200 };
        alice.request("POST", target).send().expect(status);
    }
    post(&alice, &format!("{id}/archive/"));
    alice.get(format!("/api/messages/{id}/")).expect(404);
    alice.delete(format!("/api/messages/{id}/")).expect(404);
    for path in ["read", "unread", "archive", "tags"] {
        alice.request("POST", format!("/api/messages/{id}/{path}/")).send().expect(404);
    }
    assert_eq!(post(&alice, &format!("read/?ids={id}")), json!({ "count": 0 }));
    assert_eq!(alice.delete(format!("/api/messages/?ids={id}")).expect(200).json(), json!({ "count": 0 }));
    for path in ["archive", "restore"] {
        for id in ["x", "1.5", "01", "99999999999999999999", "-1"] {
            alice.request("POST", format!("/api/messages/{id}/{path}/")).send().expect(404);
        }
    }
    assert_eq!(texts(&alice, "archive/"), ["text"]);
}

fn no_count_includes_a_message_of_another_place(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let ids = ["inbox", "archive", "later"].map(|text| alice.add(30, text));
    post(&alice, &format!("{}/archive/", ids[1]));
    postpone(store, ids[2]);
    for path in ["peek/", "inbox/?limit=0"] {
        let body = alice.get(format!("/api/messages/{path}")).expect(200).json();
        let summary = body.get("summary").unwrap_or(&body);
        assert_eq!((&summary["count"], &summary["unseen"]), (&json!(1), &json!(1)), "{path}");
    }
    let summary = EventSource::open(&alice, STREAM).expect(200).expect_event("summary");
    assert_eq!((&summary["count"], &summary["unseen"]), (&json!(1), &json!(1)));
    assert_eq!(alice.unread(), 1);
}

/// Moves a message of alice to `Later`.
fn postpone(store: &TestStore, id: i64) {
    let alice = store.mailbox("alice");
    let one = MessageFilter::default().with_id(MessageId::new(id));
    let what = Move::of(one).until(Until::At(Timestamp::from_micros(i64::MAX)));
    let (of, clock) = (alice.recipient(), Clock::default());
    assert_eq!(wait(store.store.transfer(of, &of.later(), &what, &clock)).unwrap().len(), 1);
}

fn the_lists_of_places_mark_nothing(store: &TestStore) {
    // The example sets `AfterReading::Nothing` there, so this mounts the lists with each setting.
    for after in [AfterReading::Mark, AfterReading::Delete] {
        let messages = actix_messages::MessagesConfig::new(Arc::clone(&store.store), crate::support::by_header);
        let messages = messages.after_reading(after);
        let endpoints = actix_messages::Endpoints::default();
        let endpoints = endpoints.with(actix_messages::Endpoint::Archive).with(actix_messages::Endpoint::Later);
        let server = crate::support::Server::start(move || {
            actix_web::App::new().app_data(messages.clone()).service(endpoints.at("/messages"))
        });
        let alice = store.mailbox("alice");
        wait(async {
            alice.erase().await.unwrap();
            alice.at(Place::Archive).info("one").await.unwrap();
            alice.at(Place::Later).info("two").await.unwrap();
        });
        for _ in 0..2 {
            for (path, text) in [("archive", "one"), ("later", "two")] {
                let call = server.client();
                let list = call.request("GET", format!("/messages/{path}/")).header("x-user", "alice").send();
                let first = &list.expect(200).json()["results"][0];
                assert_eq!((&first["message"], &first["read_at"]), (&json!(text), &Value::Null));
            }
        }
    }
}

fn the_lists_of_places_have_filters_pages_and_tags(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.page_size(PageSize::Limited(2)).max_page_size(3));
    let alice = app.user("alice");
    let ids = ["one", "two", "three", "four", "five"].map(|text| alice.add(20, text));
    alice.add_tagged(30, "six", &["x"]);
    post(&alice, "archive/");
    assert_eq!(texts(&alice, "archive/"), ["six", "five"]);
    assert_eq!(texts(&alice, "archive/?limit=100"), ["six", "five", "four"]);
    assert_eq!(texts(&alice, &format!("archive/?before={}", ids[1])), ["one"]);
    assert_eq!(texts(&alice, &format!("archive/?ids={},{}", ids[0], ids[1])), ["two", "one"]);
    assert_eq!(texts(&alice, "archive/?extra_tags=x&search=SIX&unread=true"), ["six"]);
    assert_eq!(texts(&alice, "archive/?unknown=1&ordering=created"), ["six", "five"]);
    let page = |query: &str| alice.get(format!("/api/messages/archive/{query}")).expect(200).json();
    assert_eq!(page("?limit=0"), json!({ "mailbox": page("")["mailbox"], "results": [], "more": false }));
    assert_eq!((&page("")["more"], &page("?level=30")["more"]), (&json!(true), &json!(false)));
    assert_eq!(page("")["mailbox"], alice.get("/api/messages/inbox/").json()["mailbox"]);
    for query in ["before=x", "level__gte=x", "ids=x"] {
        alice.get(format!("/api/messages/archive/?{query}")).expect(400);
        alice.get(format!("/api/messages/later/?{query}")).expect(400);
    }
    let tag = alice.get("/api/messages/archive/").expect(200).header("etag").unwrap().to_owned();
    let again = |tag: &str| alice.request("GET", "/api/messages/archive/").header("If-None-Match", tag).send();
    again(&tag).expect(304);
    post(&alice, &format!("{}/restore/", ids[4]));
    again(&tag).expect(200);
    assert_eq!(texts(&app.user("bob"), "archive/"), [""; 0]);
}

fn postponed_messages_are_listed(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    alice.add(20, "another");
    postpone(store, id);
    assert_eq!(texts(&alice, "later/"), ["text"]);
    assert_eq!((texts(&alice, ""), texts(&alice, "archive/")), (vec!["another".into()], vec![]));
    alice.request("POST", "/api/messages/later/").send().expect(405);
    post(&alice, &format!("{id}/restore/"));
    assert_eq!((texts(&alice, "later/"), texts(&alice, "").len()), (vec![], 2));
}

fn requests_that_move_refuse_what_selections_refuse(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let id = alice.add(20, "text");
    alice.add(20, "archived");
    post(&alice, "archive/?search=archived");
    for path in ["archive", "restore"] {
        for query in ["levle=30", "view=", "unread=unknown", "ordering=level", "limit=1", "up_to=x", "up_to=", "ids="] {
            alice.request("POST", format!("/api/messages/{path}/?{query}")).send().expect(400);
            alice.request("POST", format!("/api/messages/{id}/{path}/?{query}")).send().expect(400);
        }
        alice.request("POST", format!("/api/messages/{path}/")).json(&json!({ "ids": [1] })).send().expect(400);
        alice.request("POST", format!("/api/messages/{path}/")).header("Accept", "text/html").send().expect(406);
        let evil = alice.request("POST", format!("/api/messages/{path}/")).header("Origin", "https://evil.example");
        evil.send().expect(403);
        alice.request("PUT", format!("/api/messages/{path}/")).send().expect(405);
        alice.request("GET", format!("/api/messages/{id}/{path}/")).send().expect(405);
    }
    alice.request("POST", format!("/api/messages/{id}/archive/?level__gte=30")).send().expect(404);
    assert_eq!((texts(&alice, ""), texts(&alice, "archive/")), (vec!["text".into()], vec!["archived".into()]));
}

fn access_decides_about_each_action(store: &TestStore) {
    let app = TestApp::with(store, |messages| {
        messages.access(Access::check(|asked: &AccessRequest<'_>| match asked.action {
            Action::Archive => asked.message.is_none_or(|message| message.text != "kept"),
            Action::ArchiveSelection | Action::Restore | Action::ListLater => false,
            _ => true,
        }))
    });
    let alice = app.user("alice");
    let [kept, other] = ["kept", "other"].map(|text| alice.add(20, text));
    let status = |method: &str, path: &str| alice.request(method, format!("/api/messages/{path}")).send().status;
    assert_eq!(status("POST", &format!("{kept}/archive/")), 403);
    assert_eq!(status("POST", &format!("{other}/archive/")), 200);
    assert_eq!(status("POST", &format!("{other}/restore/")), 403);
    assert_eq!((status("POST", "archive/"), status("GET", "later/"), status("GET", "archive/")), (403, 403, 200));
    let inbox = alice.get("/api/messages/inbox/").expect(200).json();
    let can = inbox["can"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>();
    for (name, is_permitted) in [
        ("archive", true),
        ("restore-selection", true),
        ("list-archive", true),
        ("seen", true),
        ("tags", true),
        ("archive-selection", false),
        ("restore", false),
        ("list-later", false),
    ] {
        assert_eq!(can.contains(&name), is_permitted, "{name}: {can:?}");
    }
    // The classic scope has none of these endpoints.
    for path in ["archive/", "later/"] {
        alice.get(format!("/messages/{path}")).expect(404);
    }
}

fn a_session_moves_only_what_it_sees(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.session_scoping(SessionScoping::Separate));
    let [one, other] = [app.user("alice"), app.user("alice")];
    let theirs = other.add(20, "of the other");
    one.add(20, "of one");
    wait(store.mailbox("alice").info("of both")).unwrap();
    one.request("POST", format!("/api/messages/{theirs}/archive/")).send().expect(404);
    assert_eq!(post(&one, "archive/"), json!({ "count": 2 }));
    assert_eq!(texts(&one, "archive/"), ["of both", "of one"]);
    assert_eq!((texts(&other, ""), texts(&other, "archive/")), (vec!["of the other".into()], vec!["of both".into()]));
    assert_eq!(post(&other, "restore/"), json!({ "count": 1 }));
    assert_eq!(texts(&one, "archive/"), ["of one"]);
    // The end of a session deletes its messages in all places.
    one.sign_out();
    let left = wait(store.mailbox("alice").at(Place::Archive).all().count()).unwrap();
    assert_eq!((left, texts(&other, "")), (0, vec!["of both".into(), "of the other".into()]));
}

fn two_requests_move_each_message_once(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.add_all((0..50).map(|number| NewMessage::new(20, number.to_string()))).await.unwrap();
        let archive = || alice.all().archive();
        let (one, two, three) = tokio::join!(archive(), archive(), alice.at(Place::Archive).all().restore());
        let moved = one.unwrap() + two.unwrap();
        assert!((50..=100).contains(&moved), "{moved}");
        let [inbox, archived] =
            [alice.all().count().await.unwrap(), alice.all().at(Place::Archive).count().await.unwrap()];
        assert_eq!((inbox + archived, moved - three.unwrap()), (50, archived));
    });
}

fn a_stream_tells_both_moves(store: &TestStore) {
    let app = TestApp::new(store);
    let alice = app.user("alice");
    let [first, second] = ["first", "second"].map(|text| alice.add(30, text));
    let mut windows = [(); 2].map(|()| EventSource::open(&alice, STREAM).expect(200));
    for window in &mut windows {
        assert_eq!(window.expect_event("summary")["count"], 2);
    }
    post(&alice, &format!("{first}/archive/"));
    for window in &mut windows {
        assert_eq!(window.expect_event("deleted"), json!({ "ids": [first] }));
        assert_eq!(window.expect_event("summary")["count"], 1);
    }
    post(&alice, &format!("{first}/restore/"));
    for window in &mut windows {
        assert_eq!(window.expect_event("summary")["count"], 2);
        window.expect_event("resync");
    }
    assert_eq!(alice.get("/api/messages/inbox/").json()["results"][1]["id"], first);
    assert_eq!(post(&alice, &format!("archive/?up_to={second}")), json!({ "count": 2 }));
    for window in &mut windows {
        assert_eq!(window.expect_event("deleted"), json!({ "ids": [first, second] }));
        assert_eq!(window.expect_event("summary")["count"], 0);
        window.expect_silence();
    }
}

fn a_message_that_moves_back_from_later_stays(store: &TestStore) {
    let app = TestApp::new(store);
    let id = app.user("alice").add(20, "text");
    postpone(store, id);
    wait(async {
        let alice = store.mailbox("alice");
        assert_eq!(alice.at(Place::Later).all().restore().await.unwrap(), 1);
        let message = alice.all().first().await.unwrap().unwrap();
        assert_eq!((message.id.value(), message.until), (id, None));
        assert_eq!(alice.all().restore().await.unwrap(), 0, "it is in the inbox already");
        assert_eq!(alice.at(Place::Archive).all().archive().await.unwrap(), 0);
    });
}

fn a_key_stays_taken_in_the_archive(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        let once = || NewMessage::new(20, "once").key("welcome", Repeat::Ignored);
        let id = alice.add(once()).await.unwrap();
        assert_eq!(alice.all().archive().await.unwrap(), 1);
        assert_eq!(alice.add(once()).await.unwrap(), id);
        assert!(alice.all().is_empty().await.unwrap());
        assert_eq!(alice.all().at(Place::Archive).restore().await.unwrap(), 1);
        assert_eq!(alice.all().count().await.unwrap(), 1);
    });
}

fn an_id_that_is_taken_is_replaced(store: &TestStore) {
    wait(async {
        let (alice, clock) = (store.mailbox("alice"), Clock::from(Timestamp::from_micros(5)));
        for place in [Place::Inbox, Place::Archive] {
            let message = NewMessage::new(20, format!("{place:?}")).check().unwrap();
            store.store.insert(Insertion::new([alice.recipient().at(place)], [message]), &clock).await.unwrap();
        }
        assert_eq!(alice.all().archive().await.unwrap(), 1);
        let archived = alice.at(Place::Archive).all().list().await.unwrap();
        let archived = archived.iter().map(|it| (it.id.value(), &*it.text)).collect::<Vec<_>>();
        assert_eq!(archived, [(6, "Inbox"), (5, "Archive")]);
    });
}

fn a_visitor_without_a_session_has_no_archive(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    assert_eq!(post(&visitor, "archive/"), json!({ "count": 0 }));
    assert_eq!(texts(&visitor, "archive/"), [""; 0]);
    assert_eq!(post(&visitor, "seen/?up_to=5"), json!({ "seen": null }));
    assert_eq!(visitor.cookie("sessionid"), None, "no request begins a session");
    let none = store.mailbox("alice").at(Place::Archive).within_session(SessionId::from_digest([7; 16]));
    assert!(wait(none.all().is_empty()).unwrap());
}
