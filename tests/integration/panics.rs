//! If an application's clock panics, that request fails and the others continue.

use std::{
    error::Error,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use actix_messages::{
    Clock, Level, MemoryStore, MessageFilter, MessageStore, NewMessage, PageRequest, Recipient, Timestamp,
    store::{Change, CheckedMessage, Insertion, StoreError},
};
use actix_messages_diesel::{DieselStore, Migrations, PostgresOptions, SqliteOptions};
use actix_web::rt::{System, spawn};
use diesel::{
    PgConnection, SqliteConnection,
    r2d2::{ConnectionManager, Pool},
};

use crate::support::{another_postgres, wait};

type Store = Arc<dyn MessageStore>;

#[test]
fn one_request_fails_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().open(folder.path().join("messages.sqlite")).unwrap();
    only_the_request_that_panics_fails(&(Arc::new(store) as _));
}

#[test]
fn one_request_fails_in_memory_on_sqlite() {
    only_the_request_that_panics_fails(&(Arc::new(DieselStore::open(":memory:").unwrap()) as _));
}

#[test]
fn one_request_fails_on_the_applications_pool_to_sqlite() {
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<SqliteConnection>::new(":memory:")).unwrap();
    only_the_request_that_panics_fails(&(Arc::new(DieselStore::on_sqlite_pool(pool, Migrations::Run).unwrap()) as _));
}

#[test]
fn one_request_fails_on_postgresql() {
    let Some(database) = another_postgres("panics") else { return };
    let store = PostgresOptions::default().connections(2).open(&database).unwrap();
    only_the_request_that_panics_fails(&(Arc::new(store) as _));
}

#[test]
fn one_request_fails_on_the_applications_pool_to_postgresql() {
    let Some(database) = another_postgres("panics_pool") else { return };
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<PgConnection>::new(database)).unwrap();
    only_the_request_that_panics_fails(&(Arc::new(DieselStore::on_postgres_pool(pool, Migrations::Run).unwrap()) as _));
}

fn news() -> Vec<CheckedMessage> {
    vec![NewMessage::new(Level::INFO, "news").check().unwrap()]
}

fn broken() -> Clock {
    Clock::new(|| panic!("the clock has stopped"))
}

fn users() -> Vec<Recipient> {
    (0..200).map(|number| Recipient::user(number).unwrap()).collect()
}

fn counts(store: &Store) -> Vec<u64> {
    users().iter().map(|user| wait(store.summarize(user, &MessageFilter::default())).unwrap().count()).collect()
}

fn only_the_request_that_panics_fails(store: &Store) {
    let users = users();
    wait(store.insert(Insertion::new(users.clone(), news()), &Clock::default())).unwrap();
    System::new().block_on(async {
        // All at the same time, so that they share commits if the store supports that.
        let inserts = users.iter().take(100).cloned().enumerate().map(|(number, user)| {
            let store = Arc::clone(store);
            let clock = if number % 10 == 0 { broken() } else { Clock::default() };
            spawn(async move { store.insert(Insertion::new([user], news()), &clock).await })
        });
        for (number, insert) in inserts.collect::<Vec<_>>().into_iter().enumerate() {
            match insert.await.unwrap() {
                Ok(_) => assert_ne!(number % 10, 0),
                Err(error) => {
                    assert_eq!(number % 10, 0, "{}", causes(&error));
                    has_panicked(&error);
                }
            }
        }
        for many in [2, 50, 200] {
            has_panicked(&store.insert(Insertion::new(users[..many].to_vec(), news()), &broken()).await.unwrap_err());
        }
        // Every connection still works.
        for _ in 0..5 {
            store.list(&users[1], &MessageFilter::default(), &PageRequest::all()).await.unwrap();
            store.change(&users[1], &MessageFilter::default(), &Change::MarkRead, Timestamp::now()).await.unwrap();
        }
    });
    let expected = (0..200).map(|number| if number < 100 && number % 10 != 0 { 2 } else { 1 }).collect::<Vec<_>>();
    assert_eq!(counts(store), expected);
}

#[track_caller]
fn has_panicked(error: &StoreError) {
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    assert!(causes(error).contains("the work panicked: the clock has stopped"), "{}", causes(error));
}

/// Returns the texts of an error's sources.
fn causes(error: &dyn Error) -> String {
    let sources = std::iter::successors(error.source(), |&cause| cause.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// The in-memory store runs on the caller's thread, so the panic reaches the caller.
#[test]
fn a_panic_changes_nothing_in_memory() {
    let store: Store = Arc::new(MemoryStore::new());
    wait(store.insert(Insertion::new(users().clone(), news()), &Clock::default())).unwrap();
    let panicked =
        catch_unwind(AssertUnwindSafe(|| wait(store.insert(Insertion::new(users().clone(), news()), &broken()))));
    assert!(panicked.is_err());
    assert_eq!(counts(&store), [1; 200]);
    wait(store.insert(Insertion::new(users().clone(), news()), &Clock::default())).unwrap();
    assert_eq!(counts(&store), [2; 200]);
}
