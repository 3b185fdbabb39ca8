//! The times of messages, under a clock that the test controls.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use actix_messages::{Clock, Message, MessageId, Timestamp, testing::ManualClock};

use super::{alice, config};
use crate::support::{TestStore, on_every_store, wait};

on_every_store! {
    messages_are_created_and_read_when_the_clock_says,
    ids_rise_while_the_clock_stands_still,
    ids_rise_while_the_clock_runs_backwards,
    no_message_is_read_before_it_was_created,
    a_broadcast_is_created_when_the_clock_says,
}

fn moment(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn messages_are_created_and_read_when_the_clock_says(store: &TestStore) {
    wait(async {
        let clock = ManualClock::at(moment(1_000));
        let mailbox = config(store).clock(clock.clock()).mailbox(alice());
        assert_eq!(mailbox.info("one").await.unwrap(), Some(MessageId::new(1_000)));
        clock.advance(Duration::from_micros(500));
        assert_eq!(mailbox.info("two").await.unwrap(), Some(MessageId::new(1_500)));
        clock.advance(Duration::from_secs(1));
        let first = mailbox.unread().take_first().await.unwrap().unwrap();
        assert_eq!((first.text.as_str(), first.created(), first.read_at()), ("two", moment(1_500), None));
        clock.advance(Duration::from_secs(1));
        mailbox.all().mark_read().await.unwrap();
        let read_at = mailbox.all().list().await.unwrap().iter().map(Message::read_at).collect::<Vec<_>>();
        assert_eq!(read_at, [Some(moment(1_001_500)), Some(moment(2_001_500))]);
    });
}

fn ids_rise_while_the_clock_stands_still(store: &TestStore) {
    wait(async {
        let mailbox = config(store).clock(ManualClock::at(moment(7)).clock()).mailbox(alice());
        for expected in 7..12 {
            assert_eq!(mailbox.info("text").await.unwrap(), Some(MessageId::new(expected)));
        }
        let another = config(store).clock(ManualClock::at(moment(7)).clock());
        let bob = another.mailbox(actix_messages::Recipient::user("bob").unwrap());
        assert_eq!(bob.info("text").await.unwrap(), Some(MessageId::new(7)), "each mailbox has its own ids");
    });
}

fn ids_rise_while_the_clock_runs_backwards(store: &TestStore) {
    wait(async {
        let micros = Arc::new(AtomicI64::new(100));
        let backwards = Clock::new(move || moment(micros.fetch_sub(10, Ordering::SeqCst)));
        let mailbox = config(store).clock(backwards).mailbox(alice());
        for expected in 100..105 {
            assert_eq!(mailbox.info("text").await.unwrap(), Some(MessageId::new(expected)));
        }
    });
}

fn no_message_is_read_before_it_was_created(store: &TestStore) {
    wait(async {
        config(store).clock(ManualClock::at(moment(100)).clock()).mailbox(alice()).info("text").await.unwrap();
        let behind = config(store).clock(ManualClock::at(moment(50)).clock()).mailbox(alice());
        assert_eq!(behind.unread().take().await.unwrap().len(), 1);
        assert_eq!(behind.all().first().await.unwrap().unwrap().read_at(), Some(moment(100)));
    });
}

fn a_broadcast_is_created_when_the_clock_says(store: &TestStore) {
    wait(async {
        let messages = config(store).clock(ManualClock::at(moment(42)).clock());
        let news = actix_messages::NewMessage::new(20, "text");
        messages.broadcast([alice()], news.clone()).await.unwrap();
        messages.broadcast([alice()], news).await.unwrap();
        let ids = messages.mailbox(alice()).all().list().await.unwrap().into_iter().map(|message| message.id);
        assert_eq!(ids.collect::<Vec<_>>(), [43, 42].map(MessageId::new));
    });
}
