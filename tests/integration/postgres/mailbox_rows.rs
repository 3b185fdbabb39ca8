//! The rows from which mailboxes get ids: missing, swept or locked, with a slow clock, and at any isolation level.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Level, Mailbox, MessageId, MessageStore, NewMessage, Recipient, Timestamp,
    store::{Insertion, Mark, RetentionCutoff, StoreError},
};
use actix_messages_diesel::{DieselStore, PostgresOptions, postgres};
use actix_web::rt::System;
use diesel::{
    Connection, PgConnection, RunQueryDsl, connection::SimpleConnection, dsl::sql, select, sql_types::BigInt,
};

use crate::support::{another_postgres, wait};

const HOUR: i64 = 60 * 60 * 1_000_000;

fn alice() -> Recipient {
    Recipient::user("alice").unwrap()
}

fn note() -> NewMessage {
    NewMessage::new(Level::INFO, "a note")
}

fn open(url: &str) -> DieselStore {
    PostgresOptions::default().connections(4).wait_timeout(Duration::from_secs(5)).open(url).unwrap()
}

/// Adds a note at the time of this clock, and returns its id.
fn add(store: &DieselStore, now: impl Into<Clock>) -> MessageId {
    let insertion = Insertion::new([alice()], [note().check().unwrap()]);
    wait(store.insert(insertion, &now.into())).unwrap()[0][0].id
}

fn delete_all(store: &DieselStore) {
    wait(store.delete(&alice(), &Default::default())).unwrap();
}

fn count(connection: &mut PgConnection, of: &str) -> i64 {
    select(sql::<BigInt>(&format!("count(*) FROM {of}"))).get_result(connection).unwrap()
}

fn idle_before(moment: Timestamp) -> RetentionCutoff {
    RetentionCutoff { idle_marks_before: Some(moment), ..RetentionCutoff::default() }
}

#[test]
fn a_row_that_is_missing_begins_above_the_messages_that_are_there() {
    let Some(url) = another_postgres("row_missing") else { return };
    let (store, mut database) = (open(&url), PgConnection::establish(&url).unwrap());
    let ahead = Timestamp::from_micros(Timestamp::now().as_micros() + HOUR);
    let newest = add(&store, ahead);
    let forget = "DELETE FROM actix_messages_marks";
    // One message, several messages, a message for many, a change of tags, a claim, and a transaction of the
    // application.
    database.batch_execute(forget).unwrap();
    let mut last = add(&store, Clock::default());
    assert!(last > newest, "{last}, after {newest}");
    let mailbox = Mailbox::new(alice(), Arc::new(store.clone()));
    let bob = Recipient::user("bob").unwrap();
    let visitor = Recipient::visitor(actix_messages::SessionId::from_digest([7; 16]));
    for way in 0..5 {
        database.batch_execute(forget).unwrap();
        match way {
            0 => drop(wait(mailbox.add_all([note(), note()])).unwrap()),
            1 => {
                let insertion = Insertion::new([alice(), bob.clone(), visitor.clone()], [note().check().unwrap()]);
                wait(store.insert(insertion, &Clock::default())).unwrap();
            }
            2 => assert!(wait(mailbox.add_tags(last, ["seen"])).unwrap()),
            3 => assert_eq!(wait(mailbox.claim(&visitor)).unwrap(), 1),
            _ => drop(postgres::add(&mut database, &alice(), note(), Timestamp::now()).unwrap()),
        }
        let next = add(&store, Clock::default());
        assert!(next > last, "way {way}: {next}, after {last}");
        last = next;
    }
    let ids = wait(mailbox.all().list()).unwrap().into_iter().map(|message| message.id).collect::<Vec<_>>();
    assert!(ids.is_sorted_by(|one, next| one > next), "{ids:?}");
    // A mark can move up to the newest message.
    database.batch_execute(forget).unwrap();
    let seen = Mark::new("seen").unwrap();
    wait(store.advance(&alice(), &seen, Some(MessageId::new(i64::MAX)))).unwrap();
    assert_eq!(wait(store.advance(&alice(), &seen, None)).unwrap(), Some(last));
}

#[test]
fn a_sweep_leaves_the_row_that_an_open_insert_holds() {
    let Some(url) = another_postgres("row_held") else { return };
    let (store, mut database) = (open(&url), PgConnection::establish(&url).unwrap());
    let slow = Timestamp::from_micros(Timestamp::now().as_micros() - 2 * HOUR);
    let before = add(&store, slow);
    delete_all(&store);
    database.begin_test_transaction().unwrap();
    let open_insert = postgres::add(&mut database, &alice(), note(), slow).unwrap();
    assert!(open_insert > before);
    let start = Instant::now();
    wait(store.sweep(&idle_before(Timestamp::now()), None, 1000)).unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "the sweep waited for {:?}", start.elapsed());
    database.batch_execute("COMMIT").unwrap();
    let mut other = PgConnection::establish(&url).unwrap();
    assert_eq!(count(&mut other, "actix_messages_marks"), 1, "the sweep deleted the row of an open insert");
    // Now the mailbox is not empty.
    wait(store.sweep(&idle_before(Timestamp::now()), None, 1000)).unwrap();
    assert_eq!(count(&mut other, "actix_messages_marks"), 1);
    delete_all(&store);
    assert!(add(&store, slow) > open_insert);
    delete_all(&store);
    wait(store.sweep(&idle_before(Timestamp::now()), None, 1000)).unwrap();
    assert_eq!(count(&mut other, "actix_messages_marks"), 0, "the mailbox has been empty for two hours, by its clock");
}

#[test]
fn ids_rise_under_a_clock_that_is_two_hours_slow() {
    let Some(url) = another_postgres("row_slow") else { return };
    // Like two processes.
    let stores = [open(&url), open(&url)];
    let mut last = MessageId::new(i64::MIN);
    for round in 0..20 {
        let slow = Clock::new(|| Timestamp::from_micros(Timestamp::now().as_micros() - 2 * HOUR));
        let id = add(&stores[round % 2], if round % 2 == 0 { Clock::default() } else { slow });
        assert!(id > last, "{id}, after {last}");
        last = id;
        if round % 3 == 0 {
            delete_all(&stores[round % 2]);
        }
    }
    // The id follows the clock of the server, not the slow clock.
    let now = Timestamp::now().as_micros();
    assert!((now - HOUR..now + HOUR).contains(&last.value()), "{last}");
}

#[test]
fn after_the_largest_id_there_is_no_other_and_nothing_is_lost() {
    let Some(url) = another_postgres("row_largest") else { return };
    let store = open(&url);
    let largest = add(&store, Timestamp::from_micros(i64::MAX));
    assert_eq!(largest, MessageId::new(i64::MAX));
    let insertion = Insertion::new([alice()], [note().check().unwrap()]);
    let refused = wait(store.insert(insertion, &Clock::default())).unwrap_err();
    assert!(matches!(refused, StoreError::Failed { .. }), "{refused:?}");
    let both = Insertion::new([alice(), Recipient::user("bob").unwrap()], [note().check().unwrap()]);
    assert!(matches!(wait(store.insert(both, &Clock::default())), Err(StoreError::Failed { .. })));
    let mailbox = Mailbox::new(alice(), Arc::new(store.clone()));
    assert_eq!(wait(mailbox.all().count()).unwrap(), 1);
    assert_eq!(wait(mailbox.all().mark_read()).unwrap(), [largest]);
    // After `erase`, the mailbox is like a new one.
    assert_eq!(wait(mailbox.erase()).unwrap(), 1);
    assert!(add(&store, Clock::default()) < largest);
}

#[test]
fn ids_rise_under_any_isolation_that_the_database_has_as_its_default() {
    for isolation in ["repeatable read", "serializable"] {
        let Some(url) = another_postgres(&format!("row_{}", isolation.replace(' ', "_"))) else { return };
        let name = url.rsplit_once('/').unwrap().1.split('?').next().unwrap().to_owned();
        let mut database = PgConnection::establish(&url).unwrap();
        let set = format!("ALTER DATABASE \"{name}\" SET default_transaction_isolation = '{isolation}'");
        database.batch_execute(&set).unwrap();
        let store = open(&url);
        let ids = thread::scope(|scope| {
            let writers = (0..6).map(|writer| {
                let mailbox = Mailbox::new(alice(), Arc::new(store.clone()));
                scope.spawn(move || {
                    System::new().block_on(async {
                        let mut ids = Vec::new();
                        for _ in 0..20 {
                            if writer == 0 {
                                ids.extend(mailbox.add_all([note(), note()]).await.unwrap().into_iter().flatten());
                            } else {
                                ids.push(mailbox.info("a note").await.unwrap().unwrap());
                            }
                        }
                        ids
                    })
                })
            });
            let writers = writers.collect::<Vec<_>>();
            writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(ids.iter().all(|ids| ids.is_sorted_by(|one, next| one < next)), "{isolation}: {ids:?}");
        let mut all = ids.concat();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7 * 20, "{isolation}: an id was given twice");
        assert_eq!(count(&mut database, "actix_messages"), 7 * 20, "{isolation}");
    }
}
