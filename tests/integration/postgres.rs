//! PostgreSQL: the laws, the conversations, and what is its own.

use std::{collections::BTreeSet, sync::Arc, thread};

use actix_messages::{Level, Mailbox, MessageStore, NewMessage, Recipient};
use actix_messages_diesel::{DieselStore, OpenError, PostgresOptions};
use actix_web::rt::System;
use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::support::postgres;

/// The laws of the contract. All tests share one database.
mod conformance {
    use actix_messages::{MemoryStore, MessageStore};
    use actix_messages_diesel::PostgresOptions;

    async fn make_store() -> Box<dyn MessageStore> {
        match crate::support::postgres() {
            Some(url) => Box::new(PostgresOptions::default().connections(6).open(url).unwrap()),
            // It was said that nothing is tested here.
            None => Box::new(MemoryStore::new()),
        }
    }

    actix_messages::conformance_tests!(make_store);
}

#[test]
fn ten_processes_can_start_at_once_on_a_new_database() {
    let Some(url) = postgres() else { return };
    let fresh = format!("{url}_start");
    let (_, name) = fresh.rsplit_once('/').unwrap();
    PgConnection::establish(url).unwrap().batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
    thread::scope(|scope| {
        let starts = (0..10).map(|_| scope.spawn(|| PostgresOptions::default().connections(1).open(&fresh).map(drop)));
        for start in starts.collect::<Vec<_>>() {
            start.join().unwrap().unwrap();
        }
    });
}

#[test]
fn ids_are_unique_and_rise_under_writers_on_several_connections() {
    let Some(url) = postgres() else { return };
    let recipient = Recipient::user("hammered").unwrap();
    let ids = thread::scope(|scope| {
        let writers = (0..8).map(|_| {
            scope.spawn(|| {
                // Each has a pool of its own, as a process of its own has.
                let store: Arc<dyn MessageStore> =
                    Arc::new(PostgresOptions::default().connections(1).open(url).unwrap());
                let mailbox = Mailbox::new(recipient.clone(), store);
                System::new().block_on(async {
                    let mut ids = Vec::new();
                    for number in 0..50 {
                        ids.push(mailbox.info(format!("message {number}")).await.unwrap().unwrap());
                    }
                    ids
                })
            })
        });
        let writers = writers.collect::<Vec<_>>();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(ids.iter().all(|ids| ids.is_sorted()), "the ids of a writer rise");
    assert_eq!(ids.iter().flatten().collect::<BTreeSet<_>>().len(), 400);
}

#[test]
fn a_message_for_many_and_a_message_for_one_of_them_can_be_added_at_once() {
    let Some(url) = postgres() else { return };
    let store: Arc<dyn MessageStore> = Arc::new(DieselStore::open(url).unwrap());
    let crowd = (0..100).map(|number| Recipient::user(format!("crowd-{number}")).unwrap()).collect::<Vec<_>>();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                System::new().block_on(async {
                    for _ in 0..10 {
                        let news = NewMessage::new(Level::INFO, "news").check().unwrap();
                        store.insert(&crowd, vec![news], actix_messages::Timestamp::now()).await.unwrap();
                        Mailbox::new(crowd[0].clone(), Arc::clone(&store)).info("only you").await.unwrap();
                    }
                });
            });
        }
    });
    let counts = System::new().block_on(async {
        let first = Mailbox::new(crowd[0].clone(), Arc::clone(&store)).all().count().await.unwrap();
        let last = Mailbox::new(crowd[99].clone(), Arc::clone(&store)).all().count().await.unwrap();
        (first, last)
    });
    assert_eq!(counts, (80, 40));
}

#[test]
fn a_server_that_does_not_answer_is_a_clear_error_without_the_password() {
    let refused = DieselStore::open("postgres://app:secret@127.0.0.1:1/app?connect_timeout=1").unwrap_err();
    assert!(matches!(refused, OpenError::Database { .. }));
    assert_eq!(refused.to_string(), "the database postgres://app@127.0.0.1:1/app can't be opened");
}
