//! The laws of several stores on one database, as in several processes, and of messages for many recipients.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use actix_messages::{
    Clock, Error, Level, Mailbox, MessageStore, MessagesConfig, NewMessage, Recipient, Timestamp,
    store::{CheckedMessage, Insertion},
};
use actix_messages_diesel::postgres::TABLE;
use actix_web::{HttpRequest, rt::System};
use diesel::{Connection, connection::SimpleConnection};

use super::database::Database;
use crate::support::{somebody, wait};

/// Creates one test for each law. The argument is a function that runs a law: `fn on_a_database(law: fn(&Database))`.
macro_rules! tests_of_several_stores {
    ($on_a_database:path) => {
        crate::postgres::several_stores::tests_of_several_stores! { @laws $on_a_database;
            ids_are_unique_and_rise_under_writers_on_several_connections,
            a_message_for_many_and_a_message_for_one_of_them_can_be_added_at_once,
            all_messages_for_the_same_many_can_be_added_at_once,
            a_mailbox_can_be_marked_and_deleted_from_while_it_is_claimed,
            a_message_for_ten_thousand_takes_at_most_ten_statements,
            a_message_for_thousands_that_fails_is_in_no_mailbox,
        }
    };
    (@laws $on_a_database:path; $($law:ident,)+) => {
        $(
            #[test]
            fn $law() {
                $on_a_database(crate::postgres::several_stores::$law);
            }
        )+
    };
}
pub(super) use tests_of_several_stores;

type Store = Arc<dyn MessageStore>;

pub(super) fn ids_are_unique_and_rise_under_writers_on_several_connections(database: &Database) {
    let recipient = somebody("hammered");
    let ids = thread::scope(|scope| {
        let writers = (0..8).map(|_| {
            scope.spawn(|| {
                // Each writer has its own pool, as each process has.
                let mailbox = Mailbox::new(recipient.clone(), Arc::new(database.open(1)));
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
    assert!(ids.iter().all(|ids| ids.is_sorted()), "the ids of each writer rise");
    assert_eq!(ids.iter().flatten().collect::<BTreeSet<_>>().len(), 400);
}

pub(super) fn a_message_for_many_and_a_message_for_one_of_them_can_be_added_at_once(database: &Database) {
    let store: Store = Arc::new(database.open(10));
    let crowd = (0..100).map(|_| somebody("crowd")).collect::<Vec<_>>();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                System::new().block_on(async {
                    for _ in 0..10 {
                        store.insert(Insertion::new(crowd.clone(), vec![news()]), &Clock::default()).await.unwrap();
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

/// All inserts are in the same microsecond, so they compete for the same ids. Each insert reaches the mailboxes in
/// another order. A few mailboxes are locked one by one, many mailboxes all at once.
pub(super) fn all_messages_for_the_same_many_can_be_added_at_once(database: &Database) {
    let store: Store = Arc::new(database.open(10));
    for size in [40, 200] {
        let crowd = (0..size).map(|_| somebody("crowd")).collect::<Vec<_>>();
        let now = Timestamp::now();
        thread::scope(|scope| {
            for number in 0..10 {
                let (store, mut crowd) = (&store, crowd.clone());
                crowd.rotate_left(number * 4);
                scope.spawn(move || {
                    for _ in 0..10 {
                        wait(store.insert(Insertion::new(crowd.clone(), vec![news()]), &now.into())).unwrap();
                    }
                });
            }
        });
        for one in &crowd {
            assert_eq!(wait(Mailbox::new(one.clone(), Arc::clone(&store)).all().count()).unwrap(), 100);
        }
    }
}

/// If two mailboxes are in different partitions, a claim moves messages to another table while other transactions mark
/// or delete them.
pub(super) fn a_mailbox_can_be_marked_and_deleted_from_while_it_is_claimed(database: &Database) {
    const ROUNDS: usize = 40;
    let store: Store = Arc::new(database.open(6));
    let mailboxes = [(); 4].map(|()| Mailbox::new(somebody("claimed"), Arc::clone(&store)));
    let (is_over, deleted) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..3 {
            let (mailboxes, is_over, deleted) = (&mailboxes, &is_over, &deleted);
            scope.spawn(move || {
                System::new().block_on(async {
                    while !is_over.load(Ordering::SeqCst) {
                        for mailbox in mailboxes {
                            mailbox.unread().mark_read().await.unwrap();
                            let gone = mailbox.all().at_least(Level::WARNING).delete().await.unwrap();
                            deleted.fetch_add(gone.len(), Ordering::SeqCst);
                        }
                    }
                });
            });
        }
        let claims = System::new().block_on(async {
            for round in 0..ROUNDS {
                let [from, to] = [round, round + 1].map(|number| &mailboxes[number % mailboxes.len()]);
                let levels = [Level::INFO, Level::WARNING].repeat(5);
                from.add_all(levels.into_iter().map(|level| NewMessage::new(level, "hello"))).await?;
                to.claim(from.recipient()).await?;
            }
            Ok::<_, Error>(())
        });
        is_over.store(true, Ordering::SeqCst);
        claims.unwrap();
    });
    let left = wait(mailboxes[ROUNDS % mailboxes.len()].all().list()).unwrap();
    let kept = left.iter().filter(|message| message.level == Level::INFO).count();
    assert_eq!((kept, left.len() - kept + deleted.into_inner()), (5 * ROUNDS, 5 * ROUNDS));
}

pub(super) fn a_message_for_ten_thousand_takes_at_most_ten_statements(database: &Database) {
    let everybody = Everybody::of(database, 10_000);
    let (store, record) = database.open_recorded();
    let messages = MessagesConfig::new(store, |_: &HttpRequest| None);
    record.take();
    wait(messages.broadcast(everybody.users.clone(), NewMessage::new(Level::INFO, "news"))).unwrap();
    let statements = record.take();
    assert!(statements.iter().any(|sql| sql.starts_with("INSERT")), "no statement was recorded");
    assert!(statements.len() <= 10, "{} statements", statements.len());
    assert_eq!(everybody.with_a_message(), 10_000);
}

/// The rows need two statements. The second statement waits for a transaction that has put the same id into the last of
/// all mailboxes, past every lock. It never completes, because its connection is cut.
pub(super) fn a_message_for_thousands_that_fails_is_in_no_mailbox(database: &Database) {
    let everybody = Everybody::of(database, 6000);
    let (store, record) = database.open_recorded();
    let now = Timestamp::now();
    let last = everybody.users.iter().map(Recipient::key).max().unwrap();
    let mut other = database.connect();
    other.begin_test_transaction().unwrap();
    let row = format!("INSERT INTO {TABLE} (recipient, id, level, message, html, tags, view)");
    other
        .batch_execute(&format!("{row} VALUES ('{last}', {}, 20, 'only you', false, '[]', '')", now.as_micros()))
        .unwrap();
    record.take();
    thread::scope(|scope| {
        let adding =
            scope.spawn(|| wait(store.insert(Insertion::new(everybody.users.clone(), vec![news()]), &now.into())));
        while record.count("INSERT") < 2 {
            assert!(!adding.is_finished(), "{:#?}", record.take());
            thread::sleep(Duration::from_millis(1));
        }
        // The connection can be cut only after the statement has reached the server.
        while database.cut() == 0 {
            thread::sleep(Duration::from_millis(1));
        }
        adding.join().unwrap().unwrap_err();
    });
    drop(other);
    assert_eq!(everybody.with_a_message(), 0);
    wait(store.insert(Insertion::new(everybody.users.clone(), vec![news()]), &now.into())).unwrap();
    assert_eq!(everybody.with_a_message(), 6000);
}

/// Many users whose names begin with the same text. Their messages are deleted in the end, so that a shared database
/// does not fill up.
struct Everybody<'a> {
    database: &'a Database,
    start: String,
    users: Vec<Recipient>,
}

impl<'a> Everybody<'a> {
    fn of(database: &'a Database, count: usize) -> Self {
        let name = somebody("everybody");
        let users = (0..count).map(|number| Recipient::user(format!("{}-{number}", name.user_id().unwrap())).unwrap());
        Self { database, start: name.key(), users: users.collect() }
    }

    fn with_a_message(&self) -> i64 {
        self.database.number(&format!("SELECT count(DISTINCT recipient) AS number FROM {TABLE} WHERE {self}"))
    }
}

impl Drop for Everybody<'_> {
    fn drop(&mut self) {
        self.database.run(&format!("DELETE FROM {TABLE} WHERE {self}"));
    }
}

impl std::fmt::Display for Everybody<'_> {
    /// Writes the condition that selects the messages of these users.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "recipient LIKE '{}-%'", self.start)
    }
}

fn news() -> CheckedMessage {
    NewMessage::new(Level::INFO, "news").check().unwrap()
}
