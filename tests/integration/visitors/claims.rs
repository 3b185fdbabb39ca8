//! The messages of a visitor follow the visitor at the login.

use std::{sync::Arc, thread};

use actix_messages::{Error, Messages, MessagesConfig, Recipient, SessionId, settings::Visitors};
use actix_web::{
    App, HttpRequest, HttpResponse,
    test::{TestRequest, call_service, init_service},
    web,
};
use serde_json::json;

use crate::support::{TestApp, TestStore, on_every_store, wait};

on_every_store! {
    messages_follow_at_the_login_in_their_order,
    messages_follow_as_they_are,
    messages_follow_once,
    messages_follow_into_a_mailbox_that_has_some,
    messages_keep_their_order_where_ids_are_taken,
    only_the_messages_of_the_own_session_follow,
    a_mailbox_is_not_claimed_by_itself,
    the_bound_does_not_hold_for_what_was_claimed,
    two_logins_at_once_claim_each_message_once,
    a_claim_without_a_session_claims_nothing,
}

fn messages_follow_at_the_login_in_their_order(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    let ids = ["one", "two", "three"].map(|text| visitor.add(20, text));
    visitor.sign_in("alice");
    let list = visitor.get("/messages/").expect(200).json();
    let listed = list["results"].as_array().unwrap().iter().map(|message| message["id"].as_i64().unwrap());
    assert!(listed.rev().eq(ids), "messages keep their ids");
    assert_eq!(app.user("alice").texts("/messages/"), ["three", "two", "one"], "alice has them in every session");
}

fn messages_follow_as_they_are(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    visitor.add_tagged(33, "read", &["b", "ä"]);
    visitor.get("/messages/");
    visitor.add_tagged(20, "unread", &[]);
    let before = visitor.get("/messages/?ordering=created").json();
    visitor.sign_in("alice");
    let after = visitor.get("/messages/?ordering=created").json();
    assert_eq!(after["results"][0], before["results"][0]);
    assert_eq!(after["results"][0]["extra_tags"], json!(["b", "ä"]));
    assert_eq!(after["results"][1]["message"], "unread");
}

fn messages_follow_once(store: &TestStore) {
    let app = TestApp::new(store);
    let visitor = app.visitor();
    visitor.add(20, "one");
    visitor.sign_in("alice");
    visitor.sign_in("alice");
    assert_eq!(visitor.texts("/messages/"), ["one"]);
    visitor.sign_in("bob");
    assert!(visitor.texts("/messages/").is_empty(), "the messages belong to alice");
    assert_eq!(wait(store.mailbox("alice").all().count()).unwrap(), 1);
}

fn messages_follow_into_a_mailbox_that_has_some(store: &TestStore) {
    let app = TestApp::new(store);
    let (visitor, alice) = (app.visitor(), app.user("alice"));
    alice.add(20, "one");
    visitor.add(20, "two");
    alice.add(20, "three");
    visitor.add(20, "four");
    visitor.sign_in("alice");
    assert_eq!(visitor.texts("/messages/"), ["four", "three", "two", "one"]);
}

fn messages_keep_their_order_where_ids_are_taken(store: &TestStore) {
    wait(async {
        let stopped = actix_messages::Clock::new(|| actix_messages::Timestamp::from_micros(5));
        let visitor = store.mailbox("visitor").clock(stopped.clone());
        let alice = store.mailbox("alice").clock(stopped);
        for text in ["one", "two", "three"] {
            alice.info(format!("alice's {text}")).await.unwrap();
            visitor.info(text).await.unwrap();
        }
        visitor.info("four").await.unwrap();
        assert_eq!(alice.claim(visitor.recipient()).await.unwrap(), 4);
        let expected = "four, three, two, one, alice's three, alice's two, alice's one";
        assert_eq!(alice.all().list().await.unwrap().to_string(), expected);
        assert!(visitor.all().is_empty().await.unwrap());
        assert_eq!(alice.info("last").await.unwrap().unwrap().value(), 12);
    });
}

fn only_the_messages_of_the_own_session_follow(store: &TestStore) {
    let app = TestApp::new(store);
    let [one, other] = [app.visitor(), app.visitor()];
    one.add(20, "for one");
    other.add(20, "for the other");
    one.sign_in("alice");
    assert_eq!(one.texts("/messages/"), ["for one"]);
    assert_eq!(other.texts("/messages/"), ["for the other"]);
}

fn a_mailbox_is_not_claimed_by_itself(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.info("one").await.unwrap();
        assert_eq!(alice.claim(alice.recipient()).await.unwrap(), 0);
        assert_eq!(alice.all().list().await.unwrap().to_string(), "one");
    });
}

fn the_bound_does_not_hold_for_what_was_claimed(store: &TestStore) {
    let app = TestApp::with(store, |messages| messages.visitors(Visitors::Keep { at_most: 2 }));
    let visitor = app.visitor();
    for text in ["one", "two", "three"] {
        visitor.add(20, text);
    }
    app.user("alice").add(20, "four");
    visitor.sign_in("alice");
    assert_eq!(visitor.texts("/messages/"), ["four", "three", "two"]);
}

fn two_logins_at_once_claim_each_message_once(store: &TestStore) {
    let visitor: SessionId = "0123456789abcdef0123456789abcdef".parse().unwrap();
    let visitor = Recipient::visitor(visitor);
    let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| None);
    for _ in 0..10 {
        wait(messages.mailbox(visitor.clone()).add_all((0..5).map(|_| actix_messages::NewMessage::new(20, "text"))))
            .unwrap();
        let claimed = thread::scope(|scope| {
            let claim = |user| {
                let (messages, visitor) = (&messages, &visitor);
                scope.spawn(move || wait(messages.mailbox(Recipient::user(user).unwrap()).claim(visitor)).unwrap())
            };
            let claiming = [claim("alice"), claim("bob")];
            claiming.map(|claiming| claiming.join().unwrap())
        });
        assert!(claimed == [5, 0] || claimed == [0, 5], "{claimed:?}");
    }
    let all = ["alice", "bob"].map(|user| wait(store.mailbox(user).all().count()).unwrap());
    assert_eq!(all[0] + all[1], 50);
}

/// For an application that identifies its users without sessions.
fn a_claim_without_a_session_claims_nothing(store: &TestStore) {
    async fn claim(messages: Messages) -> Result<HttpResponse, Error> {
        Ok(HttpResponse::Ok().body(messages.claim().await?.to_string()))
    }

    wait(async {
        let messages = MessagesConfig::new(Arc::clone(&store.store), |_: &HttpRequest| Recipient::user("alice").ok());
        let app = init_service(App::new().app_data(messages).route("/", web::post().to(claim))).await;
        let response = call_service(&app, TestRequest::post().uri("/").to_request()).await;
        assert_eq!(actix_web::test::read_body(response).await, "0");
    });
}
