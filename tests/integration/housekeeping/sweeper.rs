//! The sweeper that runs in the background.

use std::{sync::Arc, time::Duration};

use actix_messages::{MessagesConfig, Recipient, Retention};
use actix_web::rt::time::sleep;

use crate::support::{FailingStore, Log, TestStore, on_every_store, wait};

on_every_store! {
    one_line_starts_it_and_it_sweeps_at_once,
    it_sweeps_again_and_again,
    it_sweeps_nothing_once_it_is_stopped,
    it_stops_when_it_is_dropped,
}

const NEVER: Duration = Duration::from_secs(1_000_000);
const AT_ONCE: Duration = Duration::from_millis(1);

fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), |_: &actix_web::HttpRequest| None)
}

/// A retention that keeps nothing.
fn nothing() -> Retention {
    Retention::default().any_for(Duration::ZERO)
}

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    while !is_so().await {
        sleep(Duration::from_millis(2)).await;
    }
}

fn one_line_starts_it_and_it_sweeps_at_once(store: &TestStore) {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let mailbox = store.mailbox("alice");
        mailbox.info("one").await.unwrap();
        mailbox.info("two").await.unwrap();
        sleep(Duration::from_millis(1)).await;
        let sweeper = config(store).start_sweeper(nothing(), NEVER);
        until(async || mailbox.all().is_empty().await.unwrap()).await;
        sweeper.stop().await;
    });
    assert!(log.text().contains("INFO") && log.text().contains("swept expired messages deleted=2"), "{}", log.text());
    assert!(!log.text().contains("ERROR"), "{}", log.text());
}

fn it_sweeps_again_and_again(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let sweeper = config(store).start_sweeper(nothing(), AT_ONCE);
        for _ in 0..3 {
            mailbox.info("text").await.unwrap();
            until(async || mailbox.all().is_empty().await.unwrap()).await;
        }
        sweeper.stop().await;
    });
}

fn it_sweeps_nothing_once_it_is_stopped(store: &TestStore) {
    wait(async {
        let mailbox = store.mailbox("alice");
        let sweeper = config(store).start_sweeper(nothing(), AT_ONCE);
        sleep(20 * AT_ONCE).await;
        sweeper.stop().await;
        mailbox.info("text").await.unwrap();
        sleep(20 * AT_ONCE).await;
        assert_eq!(mailbox.all().count().await.unwrap(), 1);
    });
}

/// The task holds a reference to the store as long as it runs.
fn it_stops_when_it_is_dropped(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let held = || Arc::strong_count(&store.store);
        let before = held();
        let sweeper = messages.start_sweeper(nothing(), NEVER);
        store.mailbox("alice").info("text").await.unwrap();
        drop(sweeper);
        drop(messages);
        until(async || held() < before).await;
    });
}

#[test]
fn it_survives_a_store_that_fails() {
    let log = Log::default();
    log.follow_this_thread();
    wait(async {
        let messages = MessagesConfig::new(FailingStore::Broken, |_: &actix_web::HttpRequest| None);
        let sweeper = messages.start_sweeper(nothing(), AT_ONCE);
        until(async || log.text().matches("sweeping failed").count() >= 3).await;
        sweeper.stop().await;
        assert!(messages.mailbox(Recipient::user("alice").unwrap()).all().count().await.is_err());
    });
    for part in ["ERROR", "it will be retried", "the failing store failed"] {
        assert!(log.text().contains(part), "{part} is not in {}", log.text());
    }
}
