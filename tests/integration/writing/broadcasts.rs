//! One message for many recipients: in few statements, and for all of them or none.

use actix_messages::{Error, Level, MessagesConfig, NewMessage, Recipient, Timestamp};
use actix_messages_diesel::{Durability, SqliteOptions};
use tempfile::TempDir;

use super::{alice, config, texts};
use crate::{
    statements::Record,
    support::{FailingStore, TestStore, on_every_store, wait},
};

on_every_store! {
    everybody_gets_it,
    it_is_the_newest_in_each_mailbox_and_dates_no_other,
    who_is_named_twice_gets_it_once,
    users_and_visitors_with_the_same_name_are_two,
    what_breaks_a_limit_goes_to_nobody,
    what_is_skipped_goes_to_nobody,
}

fn users(count: usize) -> Vec<Recipient> {
    (0..count).map(|number| Recipient::user(format!("user {number}")).unwrap()).collect()
}

fn news() -> NewMessage {
    NewMessage::new(Level::INFO, "Version 2 is here.").tag("news").view("releases")
}

fn everybody_gets_it(store: &TestStore) {
    wait(async {
        let (messages, everybody) = (config(store), users(10_000));
        assert_eq!(messages.broadcast(everybody.clone(), news()).await.unwrap(), 10_000);
        for user in [0, 1, 2729, 2730, 5000, 9998, 9999].map(|number| everybody[number].clone()) {
            let found = messages.mailbox(user).all().list().await.unwrap();
            assert_eq!(found[..], [news().check().unwrap().stored_as(found[0].id)]);
        }
        let mut count = 0;
        for user in everybody {
            count += messages.mailbox(user).unread().count().await.unwrap();
        }
        assert_eq!(count, 10_000);
        assert!(messages.mailbox(Recipient::user("user 10000").unwrap()).all().is_empty().await.unwrap());
    });
}

fn it_is_the_newest_in_each_mailbox_and_dates_no_other(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let in_twelve_years = Timestamp::from_micros(Timestamp::now().as_micros() + 12 * 365 * 86_400_000_000);
        let ahead = messages.mailbox(alice()).clock(in_twelve_years.into());
        ahead.info("from a clock that was years ahead").await.unwrap();
        let bob = Recipient::user("bob").unwrap();
        assert_eq!(messages.broadcast([alice(), bob.clone()], news()).await.unwrap(), 2);
        let newest = async |of| messages.mailbox(of).all().first().await.unwrap().unwrap();
        assert_eq!(newest(alice()).await.text, news().text);
        assert!(newest(alice()).await.created() > in_twelve_years);
        assert!(newest(bob).await.created() <= Timestamp::now());
    });
}

fn who_is_named_twice_gets_it_once(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let twice = [alice(), Recipient::user("bob").unwrap(), alice(), alice()];
        assert_eq!(messages.broadcast(twice, news()).await.unwrap(), 2);
        assert_eq!(texts(&messages.mailbox(alice())).await, ["Version 2 is here."]);
    });
}

fn users_and_visitors_with_the_same_name_are_two(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let session: actix_messages::SessionId = "0123456789abcdef0123456789abcdef".parse().unwrap();
        let both = [Recipient::visitor(session.clone()), Recipient::user(&session).unwrap()];
        messages.broadcast(both.clone(), news()).await.unwrap();
        for one in both {
            assert_eq!(messages.mailbox(one).all().count().await.unwrap(), 1);
        }
    });
}

fn what_breaks_a_limit_goes_to_nobody(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let refused = messages.broadcast(users(3), news().tag("")).await;
        assert!(matches!(refused, Err(Error::Invalid(_))));
        for user in users(3) {
            assert!(messages.mailbox(user).all().is_empty().await.unwrap());
        }
    });
}

fn what_is_skipped_goes_to_nobody(store: &TestStore) {
    wait(async {
        let messages = config(store).minimum_level(Level::WARNING);
        assert_eq!(messages.broadcast(users(3), news()).await.unwrap(), 0);
        assert_eq!(messages.broadcast(users(3), NewMessage::new(Level::ERROR, "")).await.unwrap(), 0);
        assert_eq!(messages.broadcast([], NewMessage::new(Level::ERROR, "text")).await.unwrap(), 0);
        for user in users(3) {
            assert!(messages.mailbox(user).all().is_empty().await.unwrap());
        }
    });
}

#[test]
fn a_store_that_fails_is_said_to() {
    let messages = config(&TestStore::of(FailingStore::Unavailable));
    assert!(matches!(wait(messages.broadcast(users(3), news())), Err(Error::Store(_))));
}

#[test]
fn ten_thousand_recipients_take_at_most_ten_statements() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.sqlite");
    let record = Record::of(&file);
    let store = SqliteOptions::default().durability(Durability::Normal).readers(1).open(&file).unwrap();
    let messages = MessagesConfig::new(store, |_: &actix_web::HttpRequest| None);

    record.take();
    assert_eq!(wait(messages.broadcast(users(10_000), news())).unwrap(), 10_000);
    let statements = record.take();
    assert!(statements.iter().any(|sql| sql.starts_with("INSERT")), "no statement was recorded");
    assert!(statements.len() <= 10, "{} statements", statements.len());
}
