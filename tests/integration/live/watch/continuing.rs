//! Watches that continue from a position.

use std::time::Duration;

use actix_messages::{Event, Mailbox, Position, Since};
use tokio::time::timeout;

use super::{look, nothing_comes, soon, texts, unread, watched};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    a_watch_that_continues_gets_what_is_new_and_no_more,
    a_watch_that_continues_after_other_changes_resyncs,
    a_position_beyond_the_newest_message_is_brought_back,
    no_event_is_lost_if_a_wait_is_given_up,
}

fn a_watch_that_continues_gets_what_is_new_and_no_more(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        alice.info("one").await.unwrap();
        look(&mut watch).await;
        let position = watch.position();
        assert_eq!(position.to_string().parse(), Ok(position));

        // While the watch goes on.
        let mut same = alice.all().watch(Since::After(position)).await.unwrap();
        let events = look(&mut same).await;
        assert_eq!((texts(&events).len(), unread(&events)), (0, 1));
        nothing_comes(&mut same).await;

        drop((watch, same));
        alice.info("two").await.unwrap();
        store.mailbox("bob").info("to bob").await.unwrap();
        alice.warning("three").await.unwrap();
        let mut next = alice.all().watch(Since::After(position)).await.unwrap();
        let events = look(&mut next).await;
        assert_eq!((texts(&events), unread(&events)), (vec!["two", "three"], 3));
        nothing_comes(&mut next).await;
        assert_ne!(next.position(), position);
    });
}

fn a_watch_that_continues_after_other_changes_resyncs(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        let one = alice.info("one").await.unwrap().unwrap();
        look(&mut watch).await;
        let position = watch.position();
        let resyncs = async |position: Position, from: &Mailbox| {
            let mut next = from.all().watch(Since::After(position)).await.unwrap();
            look(&mut next).await;
            match timeout(Duration::from_millis(100), next.next()).await {
                Err(_) => false,
                Ok(event) => {
                    assert_eq!(event, Some(Event::Resync));
                    true
                }
            }
        };
        assert!(!resyncs(position, &alice).await);
        // Read and unread again: the summary is the same.
        alice.unread().mark_read().await.unwrap();
        alice.all().mark_unread().await.unwrap();
        assert!(resyncs(position, &alice).await);
        // A position without a proof.
        assert!(resyncs(position.id().to_string().parse().unwrap(), &alice).await);
        // A position of another mailbox.
        let bob = store.mailbox("bob");
        bob.info("one").await.unwrap();
        assert!(resyncs(position, &bob).await);
        alice.add_tags(one, ["billing"]).await.unwrap();
        assert!(resyncs(position, &alice).await);
    });
}

fn a_position_beyond_the_newest_message_is_brought_back(store: &TestStore) {
    wait(async {
        let alice = store.mailbox("alice");
        alice.info("one").await.unwrap();
        let beyond = i64::MAX.to_string().parse().unwrap();
        let mut watch = alice.all().watch(Since::After(beyond)).await.unwrap();
        assert_eq!(texts(&look(&mut watch).await).len(), 0);
        assert_eq!(soon(&mut watch).await, Some(Event::Resync));
        alice.info("two").await.unwrap();
        assert_eq!(texts(&look(&mut watch).await), ["two"]);
    });
}

fn no_event_is_lost_if_a_wait_is_given_up(store: &TestStore) {
    wait(async {
        let (alice, mut watch) = watched(store).await;
        let writer = tokio::spawn(async move {
            for number in 0..300 {
                alice.info(number.to_string()).await.unwrap();
            }
        });
        let mut got = Vec::new();
        while got.len() < 300 {
            if let Ok(Some(Event::Message(message))) = timeout(Duration::from_micros(100), watch.next()).await {
                got.push(message.content.text);
            }
        }
        assert_eq!(got, (0..300).map(|number| number.to_string()).collect::<Vec<_>>());
        writer.await.unwrap();
    });
}
