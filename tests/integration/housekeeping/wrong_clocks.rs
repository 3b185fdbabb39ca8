//! A clock jumps ten years ahead and back: the warning in the log, and the repair of a mailbox.

use std::sync::Arc;

use actix_messages::{Level, MessageFilter, MessageId, MessagesConfig, NewMessage, Recipient, Timestamp, store::Mark};

use crate::support::{Log, TestStore, by_header, on_every_store, wait};

on_every_store! {
    the_log_names_a_mailbox_that_is_ahead_once,
    a_mailbox_that_is_ahead_is_repaired,
    what_a_visitor_was_told_by_a_wrong_clock_does_not_date_the_users_messages,
}

const IN_TEN_YEARS: i64 = 10 * 365 * 24 * 60 * 60 * 1_000_000;

fn in_ten_years() -> Timestamp {
    Timestamp::from_micros(Timestamp::now().as_micros() + IN_TEN_YEARS)
}

fn config(store: &TestStore) -> MessagesConfig {
    MessagesConfig::new(Arc::clone(&store.store), by_header)
}

fn user(name: &str) -> Recipient {
    Recipient::user(name).unwrap()
}

fn the_log_names_a_mailbox_that_is_ahead_once(store: &TestStore) {
    let (messages, log) = (config(store), Log::default());
    log.follow_this_thread();
    let named = |user: &str| log.text().matches(&format!("user=\"{user}\"")).count();
    wait(async {
        let alice = messages.mailbox(user("alice"));
        // A wrong clock can't be detected until it is correct again.
        alice.clone().clock(in_ten_years().into()).info("dated ahead").await.unwrap();
        assert_eq!(named("alice"), 0, "{}", log.text());
        for _ in 0..3 {
            alice.info("after the clock was set right").await.unwrap();
        }
        messages.mailbox(user("bob")).info("elsewhere").await.unwrap();
        assert_eq!((named("alice"), named("bob")), (1, 0), "{}", log.text());

        alice.redate().await.unwrap();
        alice.info("dated right").await.unwrap();
        assert_eq!(named("alice"), 1, "{}", log.text());
        alice.clone().clock(in_ten_years().into()).info("dated ahead again").await.unwrap();
        let message = NewMessage::new(Level::INFO, "for many");
        messages.broadcast([user("alice"), user("carol")], message).await.unwrap();
        assert_eq!((named("alice"), named("carol")), (2, 0), "{}", log.text());
    });
}

fn a_mailbox_that_is_ahead_is_repaired(store: &TestStore) {
    wait(async {
        let alice = config(store).mailbox(user("alice"));
        let first = alice.info("first").await.unwrap().unwrap();
        let ahead = alice.clone().clock(in_ten_years().into());
        let dated_ahead = ahead.info("dated ahead").await.unwrap().unwrap();
        ahead.all().mark_read().await.unwrap();
        alice.info("right after that").await.unwrap();
        let seen = Mark::new("seen").unwrap();
        store.store.advance(alice.recipient(), &seen, Some(dated_ahead)).await.unwrap();

        assert_eq!(alice.redate().await.unwrap(), 2);
        let now = Timestamp::now();
        let repaired = alice.all().list().await.unwrap().to_vec().into_iter().rev().collect::<Vec<_>>();
        let texts = repaired.iter().map(|message| message.text.as_str()).collect::<Vec<_>>();
        assert_eq!(texts, ["first", "dated ahead", "right after that"]);
        assert_eq!(repaired[0].id, first, "this id was not ahead of the clock");
        for message in &repaired {
            assert!(message.created() <= now, "{message:?}");
            assert!(message.read_at().is_none_or(|read_at| read_at >= message.created()), "{message:?}");
        }
        let newest = repaired.last().unwrap().id;
        assert_eq!(store.store.advance(alice.recipient(), &seen, None).await.unwrap(), Some(newest));
        let old = MessageFilter::default().with_id(dated_ahead);
        assert_eq!(alice.select(old).first().await.unwrap(), None, "no message has the old id");

        let next = alice.info("dated right").await.unwrap().unwrap();
        assert!(next > newest && next.created() <= Timestamp::now(), "{next}");
        assert_eq!(alice.redate().await.unwrap(), 0, "nothing is left to repair");
        assert_eq!(alice.all().count().await.unwrap(), 4);
    });
}

fn what_a_visitor_was_told_by_a_wrong_clock_does_not_date_the_users_messages(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let [visitor, alice] = ["visitor", "alice"].map(|name| messages.mailbox(user(name)));
        visitor.clone().clock(in_ten_years().into()).info("dated ahead").await.unwrap();
        assert_eq!(alice.claim(visitor.recipient()).await.unwrap(), 1);
        let claimed = alice.all().first().await.unwrap().unwrap();
        let next = alice.info("next").await.unwrap().unwrap();
        let ids: [MessageId; 2] = [claimed.id, next];
        assert!(ids.is_sorted() && ids.iter().all(|id| id.created() <= Timestamp::now()), "{ids:?}");
        let all = MessageFilter::default();
        assert_eq!(store.store.summarize(visitor.recipient(), &all).await.unwrap().count(), 0);
    });
}
