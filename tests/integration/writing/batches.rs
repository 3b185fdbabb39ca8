//! Several messages at once: all of them or none, in their order.

use actix_messages::{Error, Level, NewMessage};

use super::texts;
use crate::support::{FailingStore, TestStore, on_every_store, wait};

on_every_store! {
    a_batch_keeps_its_order,
    what_is_skipped_leaves_a_gap_in_the_ids,
    one_that_breaks_a_limit_keeps_all_out,
    a_batch_of_nothing_is_no_failure,
    a_skipped_message_may_break_limits,
}

fn info(text: &str) -> NewMessage {
    NewMessage::new(Level::INFO, text)
}

fn a_batch_keeps_its_order(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let numbers = (0..50).map(|number| format!("{number:02}")).collect::<Vec<_>>();
        let ids = mailbox.add_all(numbers.iter().map(|text| info(text))).await.unwrap();
        let ids = ids.into_iter().map(Option::unwrap).collect::<Vec<_>>();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert_eq!(texts(&mailbox).await, numbers);
        let listed = mailbox.all().list().await.unwrap();
        assert_eq!(listed.iter().rev().map(|message| message.id).collect::<Vec<_>>(), ids);
    });
}

fn what_is_skipped_leaves_a_gap_in_the_ids(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let batch = [info(""), info("one"), NewMessage::new(Level::DEBUG, "low"), info("two"), info("")];
        let ids = mailbox.add_all(batch).await.unwrap();
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false, true, false]);
        assert_eq!(texts(&mailbox).await, ["one", "two"]);
        let two = mailbox.all().narrow(|filter| filter.with_id(ids[3].unwrap())).first().await.unwrap().unwrap();
        assert_eq!(two.text, "two");
    });
}

fn one_that_breaks_a_limit_keeps_all_out(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let broken = [
            info(&"a".repeat(1025)),
            info("nul\0"),
            info("text").tag(""),
            info("text").tag("a".repeat(129)),
            info("text").view("a".repeat(65)),
        ];
        for (place, broken) in broken.into_iter().enumerate() {
            let mut batch = vec![info("one"), info("two"), info("three")];
            batch.insert(place.min(3), broken);
            assert!(matches!(mailbox.add_all(batch).await, Err(Error::Invalid(_))));
            assert_eq!(mailbox.all().count().await.unwrap(), 0);
        }
    });
}

fn a_batch_of_nothing_is_no_failure(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        assert_eq!(mailbox.add_all([]).await.unwrap(), []);
        assert_eq!(mailbox.add_all([info(""), info("")]).await.unwrap(), [None, None]);
        assert!(mailbox.all().is_empty().await.unwrap());
    });
}

/// Messages that are not stored are skipped before the limits are checked.
fn a_skipped_message_may_break_limits(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let batch = [NewMessage::new(Level::DEBUG, "a".repeat(2000)), info("").tag(""), info("one")];
        let ids = mailbox.add_all(batch).await.unwrap();
        assert_eq!(ids.iter().map(Option::is_some).collect::<Vec<_>>(), [false, false, true]);
    });
}

#[test]
fn nothing_worth_storing_does_not_ask_the_store() {
    wait(async {
        let mailbox = TestStore::of(FailingStore::Broken).mailbox("alice");
        assert_eq!(mailbox.add_all([info("")]).await.unwrap(), [None]);
        assert!(matches!(mailbox.add_all([info(""), info("one")]).await, Err(Error::Store(_))));
    });
}
