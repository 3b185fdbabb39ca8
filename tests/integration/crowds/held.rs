//! Another transaction holds the locks of mailboxes: requests for them are refused in time, and all others succeed.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_messages::{
    Clock, Error, Level, Mailbox, MessageStore, NewMessage, Recipient, SessionId, Timestamp,
    store::{Insertion, Kept, Move, RetentionCutoff, StoreError},
};
use actix_messages_diesel::{DieselStore, Migrations, PostgresOptions, postgres};
use actix_web::rt::{System, spawn, time::sleep};
use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    r2d2::{ConnectionManager, Pool, TestCustomizer},
    select,
    sql_types::{BigInt, Text},
};

use super::PATIENCE;
use crate::support::{another_postgres, wait};

/// Additional time for a busy machine.
const SLACK: Duration = Duration::from_secs(2);

fn user(name: &str) -> Recipient {
    Recipient::user(name).unwrap()
}

fn note() -> NewMessage {
    NewMessage::new(Level::INFO, "a note")
}

#[test]
fn mailboxes_that_somebody_locks_stop_nobody_else() {
    let locks = "SELECT 1 FROM actix_messages_marks WHERE recipient IN ('u:alice', 'u:carol') FOR UPDATE";
    let hold = |somebody: &mut PgConnection| somebody.batch_execute(locks).unwrap();
    held("mailboxes", hold, async |held| held.info("late").await.map(drop));
    held("batches", hold, async |held| held.add_all([note(), note()]).await.map(drop));
    held("tagged", hold, async |held| {
        let note = held.all().first().await?.unwrap();
        held.add_tags(note.id, ["seen"]).await.map(drop)
    });
    held("claims", hold, async |held| Ok(held.claim(&user("dave")).await.map(drop)?));
}

#[test]
fn rows_that_somebody_changes_stop_nobody_else() {
    let change = "UPDATE actix_messages SET view = view WHERE recipient IN ('u:alice', 'u:carol')";
    let marks = async |held: Mailbox| held.all().mark_read().await.map(drop);
    held("marks", |somebody| somebody.batch_execute(change).unwrap(), marks);
    let deletions = async |held: Mailbox| held.all().delete().await.map(drop);
    held("deletions", |somebody| somebody.batch_execute(change).unwrap(), deletions);
    let tags = async |held: Mailbox| {
        let note = held.all().first().await?.unwrap();
        held.add_tags(note.id, ["seen"]).await.map(drop)
    };
    held("tags", |somebody| somebody.batch_execute(change).unwrap(), tags);
}

#[test]
fn a_message_of_an_applications_transaction_stops_nobody_else() {
    let add = |application: &mut PgConnection| {
        for name in ["alice", "carol"] {
            postgres::add(application, &user(name), note(), Timestamp::now()).unwrap();
        }
    };
    held("application", add, async |held| held.info("late").await.map(drop));
}

/// Another transaction holds the mailboxes of alice and carol. Five requests for each of them are refused within two
/// timeouts, and release their connections. While they wait, other requests read immediately and write within one
/// timeout.
fn held(
    name: &str,
    hold: impl FnOnce(&mut PgConnection),
    ask: impl AsyncFn(Mailbox) -> Result<(), Error> + Copy + 'static,
) {
    let Some(database) = another_postgres(&format!("held_{name}")) else { return };
    let store = Arc::new(PostgresOptions::default().connections(4).wait_timeout(PATIENCE).open(&database).unwrap());
    let [alice, bob, carol] =
        ["alice", "bob", "carol"].map(|name| Mailbox::new(user(name), Arc::clone(&store) as Arc<_>));
    System::new().block_on(async {
        for mailbox in [&alice, &bob, &carol] {
            mailbox.info("a note").await.unwrap();
        }
        let mut somebody = PgConnection::establish(&database).unwrap();
        somebody.begin_test_transaction().unwrap();
        hold(&mut somebody);
        let requests = [&alice, &carol].into_iter().cycle().take(10).cloned().map(|mailbox| {
            let asked = Instant::now();
            spawn(async move { (ask(mailbox).await, asked.elapsed()) })
        });
        let requests = requests.collect::<Vec<_>>();
        sleep(PATIENCE / 4).await;

        for mailbox in [&bob, &alice] {
            let asked = Instant::now();
            assert_eq!(mailbox.all().list().await.unwrap().len(), 1);
            assert!(asked.elapsed() < PATIENCE / 2, "a read waited for {:?}", asked.elapsed());
        }
        let asked = Instant::now();
        bob.info("another").await.unwrap();
        assert_eq!(bob.all().mark_read().await.unwrap().len(), 2);
        assert!(asked.elapsed() < PATIENCE + SLACK, "writes waited for {:?}", asked.elapsed());

        for request in requests {
            let (answer, time) = request.await.unwrap();
            let refused = answer.unwrap_err();
            assert!(matches!(&refused, Error::Store(StoreError::Unavailable { .. })), "{refused:?}");
            assert!(time < 2 * PATIENCE + SLACK, "refused after {time:?}");
        }
        // The other transaction still holds its locks.
        let start = Instant::now();
        while at_work(&mut somebody) > 0 {
            assert!(start.elapsed() < PATIENCE + SLACK, "a refused request keeps its connection");
            sleep(Duration::from_millis(20)).await;
        }
        drop(somebody);
        for mailbox in [alice, carol] {
            ask(mailbox).await.unwrap();
        }
    });
}

/// The number of other connections to this database with a running statement or an open transaction.
fn at_work(connection: &mut PgConnection) -> i64 {
    let others = "count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
                  AND backend_type = 'client backend' AND state <> 'idle'";
    select(sql::<BigInt>(others)).get_result(connection).unwrap()
}

#[test]
fn the_end_of_a_session_and_a_sweep_wait_for_a_row_no_longer_than_the_patience() {
    let Some(database) = another_postgres("held_session") else { return };
    let wait_timeout = Duration::from_millis(500);
    let store = PostgresOptions::default().connections(2).wait_timeout(wait_timeout).open(&database).unwrap();
    let session = SessionId::from_digest([7; 16]);
    let mut somebody = PgConnection::establish(&database).unwrap();
    postgres::add(&mut somebody, &user("alice"), note().session(session.clone()), Timestamp::now()).unwrap();
    somebody.batch_execute("BEGIN; UPDATE actix_messages SET view = view").unwrap();
    let later = Timestamp::from_micros(i64::MAX);
    let cutoff = RetentionCutoff { created_before: Some(later), ..RetentionCutoff::default() };
    let end = || wait(store.end_session(&session, &Kept::none())).map(|end| end.deleted);
    let sweep = || wait(store.sweep(&cutoff, None, 10)).map(|swept| swept.deleted);
    for ask in [&end as &dyn Fn() -> Result<u64, StoreError>, &sweep] {
        let asked = Instant::now();
        let refused = ask().unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
        assert!(asked.elapsed() < wait_timeout + SLACK, "{:?}", asked.elapsed());
        assert_eq!(at_work(&mut somebody), 0);
    }
    somebody.batch_execute("COMMIT").unwrap();
    assert_eq!((end().unwrap(), sweep().unwrap()), (1, 0));
}

/// Asserts that the application's settings of this connection are unchanged.
#[track_caller]
fn has_its_settings(connection: &mut PgConnection) {
    for (setting, value) in [("lock_timeout", "321ms"), ("idle_in_transaction_session_timeout", "54s")] {
        assert_eq!(
            select(sql::<Text>(&format!("current_setting('{setting}')"))).get_result(connection),
            Ok(value.to_owned())
        );
    }
}

const SETTINGS: &str = "SET lock_timeout = '321ms'; SET idle_in_transaction_session_timeout = '54s'";

#[test]
fn an_applications_connection_keeps_its_settings() {
    let Some(database) = another_postgres("held_settings") else { return };
    let crowd = (0..200).map(|number| Recipient::user(number).unwrap()).collect::<Vec<_>>();
    let is_sent = |store: &DieselStore| {
        for many in [1, 2, 50, 200] {
            let message = note().check().unwrap();
            wait(store.insert(Insertion::new(crowd[..many].to_vec(), vec![message]), &Timestamp::now().into()))
                .unwrap();
        }
        wait(store.transfer(&crowd[0], &crowd[1], &Move::mailbox(), &Clock::default())).unwrap();
    };
    let pool = Pool::builder().max_size(1).build(ConnectionManager::<PgConnection>::new(&database)).unwrap();
    let store = DieselStore::on_postgres_pool(pool.clone(), Migrations::Run).unwrap();
    pool.get().unwrap().batch_execute(SETTINGS).unwrap();
    is_sent(&store);
    let mut connection = pool.get().unwrap();
    postgres::add(&mut connection, &crowd[0], note(), Timestamp::now()).unwrap();
    has_its_settings(&mut connection);
    connection.begin_test_transaction().unwrap();
    postgres::add(&mut connection, &crowd[0], note(), Timestamp::now()).unwrap();
    has_its_settings(&mut connection);
    drop((connection, pool, store));

    // Tests of applications often run all statements in one transaction that never ends.
    let pool = Pool::builder().max_size(1).connection_customizer(Box::new(TestCustomizer));
    let pool = pool.build(ConnectionManager::<PgConnection>::new(&database)).unwrap();
    let store = DieselStore::on_postgres_pool(pool.clone(), Migrations::Run).unwrap();
    pool.get().unwrap().batch_execute(SETTINGS).unwrap();
    is_sent(&store);
    has_its_settings(&mut pool.get().unwrap());
}
