//! Writes that wait at the same time share a commit, and nothing else.

use std::{sync::Arc, thread};

use actix_messages::{
    Clock, Level, Mailbox, MessageStore, NewMessage, Recipient,
    store::{Insertion, StoreError},
};
use actix_messages_diesel::{DieselStore, SqliteOptions};
use actix_web::rt::System;
use tempfile::TempDir;

use super::{file_in, message, user};
use crate::statements::Record;

/// Returns a store on a new file, and the record of its statements.
fn store_in(folder: &TempDir) -> (Arc<dyn MessageStore>, Record) {
    let record = Record::of(file_in(folder));
    let store = SqliteOptions::default().open(file_in(folder)).unwrap();
    (Arc::new(store), record)
}

/// Inserts one message into each of these groups of mailboxes, all at the same time. The first insert is held until the
/// others wait behind it.
fn insert_at_once(
    store: &Arc<dyn MessageStore>,
    record: &Record,
    mailboxes: &[Vec<Recipient>],
) -> Vec<Result<(), StoreError>> {
    record.take();
    let gate = record.hold();
    thread::scope(|scope| {
        let insert = |of: &Vec<Recipient>| {
            let (store, of) = (Arc::clone(store), of.clone());
            move || {
                System::new()
                    .block_on(store.insert(Insertion::new(of.clone(), vec![message("hello")]), &Clock::default()))
                    .map(drop)
            }
        };
        let first = scope.spawn(insert(&mailboxes[0]));
        while record.count("BEGIN") == 0 {
            thread::yield_now();
        }
        let others = mailboxes[1..].iter().map(|of| scope.spawn(insert(of))).collect::<Vec<_>>();
        // Wait until all inserts are queued.
        thread::sleep(std::time::Duration::from_millis(300));
        drop(gate);
        [first].into_iter().chain(others).map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn writes_that_wait_together_share_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let (store, record) = store_in(&folder);
    let mailboxes = (0..40).map(|number| vec![user(number)]).collect::<Vec<_>>();
    let outcomes = insert_at_once(&store, &record, &mailboxes);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let commits = record.take().iter().filter(|sql| sql.starts_with("COMMIT")).count();
    assert!((2..=10).contains(&commits), "40 writes were committed in {commits} transactions");
    for of in mailboxes.concat() {
        assert_eq!(count(&store, &of), 1);
    }
}

#[test]
fn a_write_that_fails_takes_none_of_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let (store, record) = store_in(&folder);
    // An insert may name each recipient only once, so the database refuses the second message.
    let twice = vec![user(1000), user(1000)];
    let mut mailboxes = (0..20).map(|number| vec![user(number)]).collect::<Vec<_>>();
    mailboxes.insert(10, twice.clone());
    let outcomes = insert_at_once(&store, &record, &mailboxes);
    for (of, outcome) in mailboxes.iter().zip(outcomes) {
        let fails = *of == twice;
        assert_eq!(matches!(outcome, Err(StoreError::Failed { .. })), fails, "{of:?}: {outcome:?}");
        assert_eq!(count(&store, &of[0]), u64::from(!fails));
    }
}

#[test]
fn a_store_that_is_dropped_has_written_what_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    // Mailboxes can share the permits to write, and a write without a permit is not queued. So there are permits for
    // all writes.
    let store = SqliteOptions::default().readers(100).open(file_in(&folder)).unwrap();
    System::new().block_on(async {
        let mut inserts = (0..50).map(|number| Box::pin(insert_one(&store, user(number)))).collect::<Vec<_>>();
        for insert in &mut inserts {
            // Each insert is queued, then dropped.
            begin(insert.as_mut());
        }
    });
    drop(store);
    let again: Arc<dyn MessageStore> = Arc::new(DieselStore::open(file_in(&folder)).unwrap());
    assert_eq!((0..50).map(|number| count(&again, &user(number))).sum::<u64>(), 50);
}

async fn insert_one(store: &DieselStore, of: Recipient) {
    let hello = NewMessage::new(Level::INFO, "hello").check().unwrap();
    store.insert(Insertion::new([of.clone()], vec![hello]), &Clock::default()).await.unwrap();
}

/// Polls the future once.
fn begin(future: std::pin::Pin<&mut impl Future<Output = ()>>) {
    let _ = future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
}

fn count(store: &Arc<dyn MessageStore>, of: &Recipient) -> u64 {
    System::new().block_on(Mailbox::new(of.clone(), Arc::clone(store)).all().count()).unwrap()
}
