//! Erasure deletes all messages of one user, and no others.

use actix_messages::{Mailbox, NewMessage, Recipient, SessionId};

use crate::support::{FailingStore, TestStore, on_every_store, wait};

on_every_store! {
    everything_of_the_user_goes,
    nothing_of_anybody_else_goes,
    an_empty_mailbox_can_be_erased,
    a_mailbox_is_used_again_after_it_was_erased,
}

fn of(store: &TestStore, recipient: Recipient) -> Mailbox {
    Mailbox::new(recipient, std::sync::Arc::clone(&store.store))
}

fn session(byte: u8) -> SessionId {
    SessionId::from_digest([byte; 16])
}

fn everything_of_the_user_goes(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.info("read").await.unwrap();
        alice.unread().take().await.unwrap();
        for byte in [1, 2] {
            alice.add(NewMessage::new(20, "bound").session(session(byte))).await.unwrap();
        }
        alice.clone().minimum_level(0.into()).add(NewMessage::new(1, "low").view("there")).await.unwrap();
        let within = alice.clone().within_session(session(1));
        assert_eq!(within.erase().await.unwrap(), 4, "also if the mailbox was opened within a session");
        assert!(alice.all().is_empty().await.unwrap());
    });
}

fn nothing_of_anybody_else_goes(store: &TestStore) {
    wait(async {
        let recipients = ["alice", "Alice", "al ice", "alic", "alicea", "u:alice", "%"].map(Recipient::user);
        let mut others = recipients.map(Result::unwrap).to_vec();
        others.extend([Recipient::visitor(session(1)), Recipient::user(session(1)).unwrap()]);
        for recipient in &others {
            of(store, recipient.clone()).info("text").await.unwrap();
        }
        assert_eq!(of(store, others.remove(0)).erase().await.unwrap(), 1);
        for recipient in others {
            assert_eq!(of(store, recipient.clone()).all().count().await.unwrap(), 1, "{recipient:?}");
        }
    });
}

fn an_empty_mailbox_can_be_erased(store: &TestStore) {
    assert_eq!(wait(store.mailbox("alice").erase()).unwrap(), 0);
}

fn a_mailbox_is_used_again_after_it_was_erased(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.info("one").await.unwrap();
        alice.erase().await.unwrap();
        alice.info("two").await.unwrap();
        assert_eq!(alice.unread().take().await.unwrap().to_string(), "two");
    });
}

#[test]
fn a_store_that_fails_is_said_to() {
    assert!(wait(TestStore::of(FailingStore::Broken).mailbox("alice").erase()).is_err());
}
