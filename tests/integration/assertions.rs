//! The assertions for tests of applications: what they accept, and what they print when they fail.

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_messages::{
    Level, Mailbox, MessagesConfig, NewMessage, Recipient, Repeat, SessionId,
    testing::{ExpectedMessage, assert_messages, assert_no_messages},
};

use serde_json::json;

use crate::support::{FailingStore, TestStore, on_every_store, wait};

on_every_store! {
    the_same_messages_pass,
    tags_count_where_they_are_given,
    a_whole_message_is_compared_with_everything_that_it_has,
    an_empty_mailbox_has_no_messages,
    another_order_fails,
    a_message_too_many_or_too_few_fails,
    a_failure_shows_both_lists,
    nothing_is_marked,
}

const NONE: [(Level, &str); 0] = [];

fn saved(store: &TestStore) -> Mailbox {
    let mailbox = store.mailbox("alice");
    wait(async {
        mailbox.add(NewMessage::new(Level::SUCCESS, "Saved.").tag("a").tag("b")).await.unwrap();
        mailbox.warning("Almost full.").await.unwrap();
    });
    mailbox
}

/// The panic message of the assertion, or `None` if it passes.
fn complaint<E: Into<ExpectedMessage>>(mailbox: &Mailbox, expected: impl IntoIterator<Item = E>) -> Option<String> {
    let expected = expected.into_iter().map(Into::into).collect::<Vec<ExpectedMessage>>();
    let panicked = catch_unwind(AssertUnwindSafe(|| wait(assert_messages(mailbox, expected)))).err()?;
    Some(*panicked.downcast::<String>().unwrap())
}

fn the_same_messages_pass(store: &TestStore) {
    let mailbox = saved(store);
    assert_eq!(complaint(&mailbox, [(Level::SUCCESS, "Saved."), (Level::WARNING, "Almost full.")]), None);
    wait(mailbox.unread().take()).unwrap();
    assert_eq!(complaint(&mailbox, [(Level::SUCCESS, "Saved."), (Level::WARNING, "Almost full.")]), None);
}

fn tags_count_where_they_are_given(store: &TestStore) {
    let mailbox = saved(store);
    let with_tags = |tags: [&'static str; 2]| -> [ExpectedMessage; 2] {
        [(Level::SUCCESS, "Saved.", tags).into(), (Level::WARNING, "Almost full.").into()]
    };
    assert_eq!(complaint(&mailbox, with_tags(["a", "b"])), None);
    for wrong in [["b", "a"], ["a", "a"], ["a", "B"]] {
        assert!(complaint(&mailbox, with_tags(wrong)).is_some(), "{wrong:?}");
    }
    let none: [ExpectedMessage; 2] =
        [(Level::SUCCESS, "Saved.", [""; 0]).into(), (Level::WARNING, "Almost full.", [""; 0]).into()];
    assert!(complaint(&mailbox, none).is_some(), "an expectation of no tags must not match any tags");
}

fn a_whole_message_is_compared_with_everything_that_it_has(store: &TestStore) {
    let mailbox = store.mailbox("alice");
    let full = || {
        let message = NewMessage::new(Level::INFO, "text").tag("a").title("Title").data(json!({ "post": 17 }));
        message.action("Open", "/posts/17").key("posts-17", Repeat::Replaces)
    };
    wait(mailbox.add(full().view("posts").session(SessionId::from_digest([7; 16])))).unwrap();
    assert_eq!(complaint(&mailbox, [full()]), None);
    assert_eq!(complaint(&mailbox, [full().key("posts-17", Repeat::Ignored)]), None);
    assert_eq!(complaint(&mailbox, [full().view("posts")]), None);
    assert_eq!(complaint(&mailbox, [(Level::INFO, "text", ["a"])]), None);
    let wrong = [
        NewMessage::new(Level::INFO, "text").tag("a"),
        full().tag("b"),
        full().title("Another"),
        full().data(json!({ "post": 18 })),
        full().data(17),
        full().action("Reply", "/"),
        full().key("posts-18", Repeat::Replaces),
        full().safe_html(),
        full().view("other"),
        full().session(SessionId::from_digest([8; 16])),
    ];
    for wrong in wrong {
        assert!(complaint(&mailbox, [wrong.clone()]).is_some(), "{wrong:?}");
    }
    let shown = complaint(&mailbox, [NewMessage::new(Level::INFO, "text")]).unwrap();
    let expected = "expected 1:\n  20 \"text\" []\nfound 1:\n  20 \"text\" [\"a\"], title \"Title\", data {\"post\":17}, \
                    actions \"Open\" -> \"/posts/17\", key \"posts-17\"\n";
    assert!(shown.ends_with(expected), "{shown}");
}

fn an_empty_mailbox_has_no_messages(store: &TestStore) {
    assert_eq!(complaint(&store.mailbox("bob"), NONE), None);
    wait(assert_no_messages(&store.mailbox("bob")));
    assert!(complaint(&saved(store), NONE).is_some());
    assert!(complaint(&store.mailbox("bob"), [(Level::INFO, "text")]).is_some());
}

fn another_order_fails(store: &TestStore) {
    assert!(complaint(&saved(store), [(Level::WARNING, "Almost full."), (Level::SUCCESS, "Saved.")]).is_some());
}

fn a_message_too_many_or_too_few_fails(store: &TestStore) {
    let mailbox = saved(store);
    assert!(complaint(&mailbox, [(Level::SUCCESS, "Saved.")]).is_some());
    let three = [(Level::SUCCESS, "Saved."), (Level::WARNING, "Almost full."), (Level::WARNING, "Almost full.")];
    assert!(complaint(&mailbox, three).is_some());
    assert!(complaint(&mailbox, [(Level::SUCCESS, "Saved."), (Level::ERROR, "Almost full.")]).is_some(), "the level");
    assert!(complaint(&mailbox, [(Level::SUCCESS, "Saved."), (Level::WARNING, "almost full.")]).is_some(), "the text");
}

fn a_failure_shows_both_lists(store: &TestStore) {
    let expected: [ExpectedMessage; 2] = [(Level::ERROR, "Lost.").into(), (Level::SUCCESS, "Saved.", ["x"]).into()];
    let complaint = complaint(&saved(store), expected).unwrap();
    let (place, text) = complaint.split_once(": ").unwrap();
    assert!(place.starts_with(file!()), "{place}");
    let expected = [
        "the messages of u:alice differ",
        "expected 2:",
        "  40 \"Lost.\"",
        "  25 \"Saved.\" [\"x\"]",
        "found 2:",
        "  25 \"Saved.\" [\"a\", \"b\"]",
        "  30 \"Almost full.\" []",
        "",
    ];
    assert_eq!(text, expected.join("\n"));
}

fn nothing_is_marked(store: &TestStore) {
    let mailbox = saved(store);
    wait(assert_messages(&mailbox, [(Level::SUCCESS, "Saved."), (Level::WARNING, "Almost full.")]));
    assert_eq!(wait(mailbox.unread().count()).unwrap(), 2);
}

#[test]
fn a_mailbox_that_cannot_be_read_fails() {
    let messages = MessagesConfig::new(FailingStore::Broken, |_: &actix_web::HttpRequest| None);
    let complaint = complaint(&messages.mailbox(Recipient::user("alice").unwrap()), NONE).unwrap();
    assert!(complaint.contains("can't be read") && complaint.contains("the failing store failed"), "{complaint}");
}
