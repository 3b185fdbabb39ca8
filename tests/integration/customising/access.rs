//! Access: the application decides which users may do what.

use actix_messages::{
    MessagesConfig,
    settings::{Access, AccessRequest, Action},
};
use serde_json::json;

use super::{Site, tomorrow};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    each_action_can_be_refused_before_anything_is_looked_up,
    an_action_can_be_refused_with_the_message,
    who_is_not_signed_in_is_told_so,
    support_staff_may_be_told_by_a_header,
    what_is_refused_comes_before_a_query_that_is_wrong,
}

const NOT_PERMITTED: &str = "You do not have permission to perform this action.";
const NOT_SIGNED_IN: &str = "Authentication credentials were not provided.";

/// A request for each action. The actions on one message use this id.
fn requests(id: i64) -> impl Iterator<Item = (Action, &'static str, String)> {
    let of_many = [
        (Action::List, "GET", "/messages/".into()),
        (Action::Peek, "GET", "/messages/peek/".into()),
        (Action::DeleteSelection, "DELETE", "/messages/".into()),
        (Action::MarkSelectionRead, "POST", "/messages/read/".into()),
        (Action::MarkSelectionUnread, "POST", "/messages/unread/".into()),
        (Action::SnoozeSelection, "POST", format!("/messages/snooze/?ids=1&until={}", tomorrow())),
    ];
    of_many.into_iter().chain(of_one(id))
}

/// The actions on one message.
fn of_one(id: i64) -> [(Action, &'static str, String); 5] {
    [
        (Action::Retrieve, "GET", format!("/messages/{id}/")),
        (Action::Delete, "DELETE", format!("/messages/{id}/")),
        (Action::MarkRead, "POST", format!("/messages/{id}/read/")),
        (Action::MarkUnread, "POST", format!("/messages/{id}/unread/")),
        (Action::Snooze, "POST", format!("/messages/{id}/snooze/?until={}", tomorrow())),
    ]
}

fn checked(
    check: impl Fn(&AccessRequest<'_>) -> bool + Send + Sync + 'static,
) -> impl FnOnce(MessagesConfig) -> MessagesConfig {
    |messages| messages.access(Access::check(check))
}

fn each_action_can_be_refused_before_anything_is_looked_up(store: &TestStore) {
    for (refused, ..) in requests(0) {
        let site = Site::new(store, checked(move |asked| asked.action != refused));
        let alice = &site.user(&format!("{refused:?}"));
        let read = alice.add("read");
        wait(alice.mailbox.all().mark_read()).unwrap();
        alice.add("unread");
        for id in [read, 1] {
            for (action, method, target) in requests(id).filter(|(action, ..)| *action == refused) {
                let answer = alice.send(method, &target, &[]).expect(403);
                assert_eq!(answer.json(), json!({ "detail": NOT_PERMITTED }), "{action:?}");
            }
        }
        assert_eq!((alice.unread(), alice.all()), ("unread".into(), "unread, read".into()), "{refused:?}");
        for (action, method, target) in requests(read).filter(|(action, ..)| *action != refused) {
            let status = alice.send(method, &target, &[]).status;
            assert!(matches!(status, 200 | 204 | 404), "{action:?} is {status} if {refused:?} is refused");
        }
    }
}

fn an_action_can_be_refused_with_the_message(store: &TestStore) {
    let low = |asked: &AccessRequest<'_>| asked.message.is_none_or(|message| message.level < 40.into());
    let alice = &Site::new(store, checked(low)).user("alice");
    let (info, error) = (alice.add("info"), wait(alice.mailbox.error("error")).unwrap().unwrap().value());
    for read_before in [false, true] {
        for (action, method, target) in of_one(error) {
            let answer = alice.send(method, &target, &[]).expect(403);
            assert_eq!(answer.json(), json!({ "detail": NOT_PERMITTED }), "{action:?}");
        }
        let unread = if read_before { "" } else { "error, info" };
        assert_eq!((alice.unread(), alice.all()), (unread.into(), "error, info".into()));
        wait(alice.mailbox.all().mark_read()).unwrap();
    }
    for (action, method, target) in of_one(1) {
        let answer = alice.send(method, &target, &[]).expect(404);
        assert_eq!(answer.json(), json!({ "detail": "No Message matches the given query." }), "{action:?}");
    }
    assert_eq!(alice.change("POST", &format!("/messages/{info}/unread/")), 1);
    alice.get(&format!("/messages/{info}/")).expect(200);
    alice.send("DELETE", &format!("/messages/{info}/"), &[]).expect(204);
    assert_eq!(alice.all(), "error");
}

fn who_is_not_signed_in_is_told_so(store: &TestStore) {
    for settings in [Access::SignedIn, Access::check(|asked| asked.recipient.is_some())] {
        let site = Site::new(store, |messages| messages.access(settings));
        for (action, method, target) in requests(1) {
            let answer = site.server.client().request(method, &target).send().expect(403);
            assert_eq!(answer.json(), json!({ "detail": NOT_SIGNED_IN }), "{action:?}");
            let status = site.user("alice").send(method, &target, &[]).status;
            assert!(matches!(status, 200 | 404), "{action:?} is {status}");
        }
    }
    let site = Site::new(store, |messages| messages.access(Access::Anyone));
    let list = site.server.client().get("/messages/").expect(200);
    assert_eq!(list.json()["count"], 0, "an anonymous client has no messages");
}

fn support_staff_may_be_told_by_a_header(store: &TestStore) {
    let access = |asked: &AccessRequest<'_>| match asked.action {
        Action::List | Action::Retrieve | Action::Peek => asked.recipient.is_some(),
        _ => asked.request.headers().contains_key("x-support"),
    };
    let alice = &Site::new(store, checked(access)).user("alice");
    let id = alice.add("text");
    let delete = format!("/messages/{id}/");
    alice.get(&delete).expect(200);
    alice.send("DELETE", &delete, &[]).expect(403);
    assert_eq!(alice.all(), "text");
    alice.send("DELETE", &delete, &[("x-support", "yes")]).expect(204);
}

fn what_is_refused_comes_before_a_query_that_is_wrong(store: &TestStore) {
    let alice = &Site::new(store, checked(|_| false)).user("alice");
    for (_, method, target) in requests(1) {
        alice.send(method, &format!("{target}?unread=x&group=x"), &[]).expect(403);
    }
    for method in ["HEAD", "GET"] {
        alice.send(method, "/messages/", &[("if-none-match", "*")]).expect(403);
    }
    alice.send("OPTIONS", "/messages/", &[]).expect(200);
    alice.send("PUT", "/messages/", &[]).expect(405);
}
