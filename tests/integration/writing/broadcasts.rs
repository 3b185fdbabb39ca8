//! One message for many: under one id, in few statements, all or none.

use actix_messages::{Error, Level, MessagesConfig, NewMessage, Recipient};
use actix_messages_diesel::{Durability, SqliteOptions};
use tempfile::TempDir;

use super::{alice, config, texts};
use crate::{
    statements::Record,
    support::{FailingStore, TestStore, on_every_store, wait},
};

on_every_store! {
    everybody_gets_it_under_one_id,
    the_id_comes_after_every_one_that_its_recipients_have,
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

fn everybody_gets_it_under_one_id(store: &TestStore) {
    wait(async {
        let (messages, everybody) = (config(store), users(10_000));
        let id = messages.broadcast(everybody.clone(), news()).await.unwrap().unwrap();
        for user in [0, 1, 2729, 2730, 5000, 9998, 9999].map(|number| everybody[number].clone()) {
            let found = messages.mailbox(user).all().list().await.unwrap();
            assert_eq!(found[..], [news().check().unwrap().stored_as(id)]);
        }
        let mut count = 0;
        for user in everybody {
            count += messages.mailbox(user).unread().count().await.unwrap();
        }
        assert_eq!(count, 10_000);
        assert!(messages.mailbox(Recipient::user("user 10000").unwrap()).all().is_empty().await.unwrap());
    });
}

fn the_id_comes_after_every_one_that_its_recipients_have(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let batch = (0..500).map(|number| NewMessage::new(Level::INFO, number.to_string()));
        let last = messages.mailbox(alice()).add_all(batch).await.unwrap().pop().unwrap().unwrap();
        let id = messages.broadcast([alice(), Recipient::user("bob").unwrap()], news()).await.unwrap().unwrap();
        assert!(id > last);
        assert_eq!(messages.mailbox(alice()).all().first().await.unwrap().unwrap().text, news().text);
    });
}

fn who_is_named_twice_gets_it_once(store: &TestStore) {
    wait(async {
        let messages = config(store);
        let twice = [alice(), Recipient::user("bob").unwrap(), alice(), alice()];
        assert!(messages.broadcast(twice, news()).await.unwrap().is_some());
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
        assert_eq!(messages.broadcast(users(3), news()).await.unwrap(), None);
        assert_eq!(messages.broadcast(users(3), NewMessage::new(Level::ERROR, "")).await.unwrap(), None);
        assert_eq!(messages.broadcast([], NewMessage::new(Level::ERROR, "text")).await.unwrap(), None);
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
    wait(messages.broadcast(users(10_000), news())).unwrap().unwrap();
    let statements = record.take();
    assert!(statements.iter().any(|sql| sql.starts_with("INSERT")), "nothing is recorded");
    assert!(statements.len() <= 10, "{} statements", statements.len());
}
