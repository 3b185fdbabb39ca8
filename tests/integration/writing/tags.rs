//! Tags that are added to a stored message.

use actix_messages::{
    Error, Level, MessageId, NewMessage, Recipient, SessionId,
    filter::{Case, TextLookup, TextTest},
};

use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    further_tags_come_after_those_it_has,
    tags_beyond_the_limits_are_refused,
    an_id_that_is_not_there_is_said_to_be_absent,
    a_message_of_another_session_is_out_of_reach,
    a_tag_beyond_ascii_is_found_whatever_its_case,
    nothing_else_of_the_message_changes,
}

fn further_tags_come_after_those_it_has(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let id = mailbox.add(NewMessage::new(Level::INFO, "text").tag("z").tag("b")).await.unwrap().unwrap();
        assert!(mailbox.add_tags(id, ["y", "a"]).await.unwrap());
        assert!(mailbox.add_tags(id, ["b"]).await.unwrap());
        assert!(mailbox.add_tags(id, [""; 0]).await.unwrap());
        assert_eq!(mailbox.all().first().await.unwrap().unwrap().tags, ["z", "b", "y", "a", "b"]);
    });
}

fn tags_beyond_the_limits_are_refused(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let id = mailbox.info("text").await.unwrap().unwrap();
        for broken in [String::new(), "ß".repeat(129), "nul\0".to_owned()] {
            let refused = mailbox.add_tags(id, ["good".to_owned(), broken]).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(invalid) if invalid.field() == "extra_tags"));
        }
        assert!(mailbox.all().first().await.unwrap().unwrap().tags.is_empty());
        assert!(mailbox.add_tags(id, ["ß".repeat(128)]).await.unwrap());
        assert_eq!(mailbox.all().first().await.unwrap().unwrap().tags, ["ß".repeat(128)]);
    });
}

fn an_id_that_is_not_there_is_said_to_be_absent(store: &TestStore) {
    wait(async {
        let id = store.mailbox("alice").info("text").await.unwrap().unwrap();
        assert!(!store.mailbox("bob").add_tags(id, ["a"]).await.unwrap());
        assert!(!store.mailbox("alice").add_tags(MessageId::new(1), ["a"]).await.unwrap());
        assert!(store.mailbox("alice").all().first().await.unwrap().unwrap().tags.is_empty());
    });
}

fn a_message_of_another_session_is_out_of_reach(store: &TestStore) {
    wait(async {
        let [here, there] = [1, 2].map(|byte| SessionId::from_digest([byte; 16]));
        let mailbox = store.mailbox("alice").within_session(here.clone());
        let ids = [Some(&here), Some(&there), None].map(|session| {
            let message = NewMessage::new(Level::INFO, "text");
            session.cloned().into_iter().fold(message, NewMessage::session)
        });
        let ids = mailbox.add_all(ids).await.unwrap();
        let mut reached = Vec::new();
        for id in ids {
            reached.push(mailbox.add_tags(id.unwrap(), ["a"]).await.unwrap());
        }
        assert_eq!(reached, [true, false, true]);
        assert_eq!(store.mailbox("alice").all().tagged("a").count().await.unwrap(), 2);
        assert_eq!(mailbox.recipient(), &Recipient::user("alice").unwrap());
    });
}

fn a_tag_beyond_ascii_is_found_whatever_its_case(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let id = mailbox.add(NewMessage::new(Level::INFO, "text").tag("Plain")).await.unwrap().unwrap();
        let found = async |tag: &str| {
            let lookup = TextLookup { test: TextTest::AnyOf(vec![tag.to_owned()]), case: Case::Folded };
            let selection = mailbox.all().narrow(|mut filter| {
                filter.tags.push(lookup);
                filter
            });
            selection.count().await.unwrap() == 1
        };
        assert!(!found("straße").await);
        mailbox.add_tags(id, ["STRASSE", "ΟΔΟΣ"]).await.unwrap();
        for tag in ["straße", "οδος", "PLAIN"] {
            assert!(found(tag).await, "{tag}");
        }
        mailbox.add_tags(id, ["Last"]).await.unwrap();
        assert!(found("lAST").await && found("οδοσ").await);
        assert!(!found("οδο").await);
    });
}

fn nothing_else_of_the_message_changes(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let session = SessionId::from_digest([1; 16]);
        let message = NewMessage::new(27, "<b>").safe_html().view("there").session(session).tag("ü");
        let id = mailbox.add(message).await.unwrap().unwrap();
        mailbox.info("another").await.unwrap();
        mailbox.all().mark_read().await.unwrap();
        let before = mailbox.all().list().await.unwrap();
        mailbox.add_tags(id, ["a"]).await.unwrap();
        let mut after = mailbox.all().list().await.unwrap().into_iter().collect::<Vec<_>>();
        assert_eq!(after[1].content.tags.pop().as_deref(), Some("a"));
        assert_eq!(after[..], before[..]);
    });
}
