//! Many requests for one mailbox do not block requests for other mailboxes.

mod held;

use std::{sync::Arc, thread, time::Duration};

use actix_messages::{
    Clock, Error, Level, Mailbox, MessageStore, NewMessage, Recipient, Timestamp,
    store::{Insertion, StoreError},
};
use actix_messages_diesel::{DieselStore, PostgresOptions, postgres};
use actix_web::rt::{System, spawn, time::sleep};
use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::support::{another_postgres, wait};

const PATIENCE: Duration = Duration::from_secs(2);

#[test]
fn requests_that_wait_in_one_mailbox_leave_connections_to_the_others() {
    let its_messages = "SELECT 1 FROM actix_messages WHERE recipient = 'u:alice' FOR UPDATE";
    crowd("marks", its_messages, async |alice| Ok(alice.all().mark_read().await?.len()), 1);
    let its_ids = "SELECT 1 FROM actix_messages_marks WHERE recipient = 'u:alice' FOR UPDATE";
    crowd("additions", its_ids, async |alice| Ok(alice.info("another").await?.map_or(0, |_| 1)), 1);
}

/// Another transaction holds the locks of `held` while 16 requests for alice's mailbox wait. One request keeps waiting,
/// and changes `expected` messages when the locks are released. The others are refused. Requests of bob succeed.
fn crowd(name: &str, held: &str, ask: impl AsyncFn(Mailbox) -> Result<usize, Error> + Copy + 'static, expected: usize) {
    let Some(database) = another_postgres(&format!("crowds_{name}")) else { return };
    let store = Arc::new(PostgresOptions::default().connections(4).wait_timeout(PATIENCE).open(&database).unwrap());
    let [alice, bob] =
        ["alice", "bob"].map(|name| Mailbox::new(Recipient::user(name).unwrap(), Arc::clone(&store) as Arc<_>));
    System::new().block_on(async {
        for mailbox in [&alice, &bob] {
            mailbox.info("a note").await.unwrap();
        }
        let mut somebody = PgConnection::establish(&database).unwrap();
        somebody.batch_execute(&format!("BEGIN; {held}")).unwrap();
        let requests = (0..16).map(|_| {
            let alice = alice.clone();
            spawn(async move { ask(alice).await })
        });
        let requests = requests.collect::<Vec<_>>();
        sleep(PATIENCE / 4).await;
        assert_eq!(bob.all().mark_read().await.unwrap().len(), 1, "alice's requests use all connections");
        assert_eq!(bob.all().list().await.unwrap().len(), 1);

        // Requests that wait behind another request of the same user wait for a bounded time.
        sleep(PATIENCE).await;
        let (waiting, refused) = requests.into_iter().partition::<Vec<_>, _>(|request| !request.is_finished());
        assert_eq!((waiting.len(), refused.len()), (1, 15), "half of the connections for writes may work for alice");
        for request in refused {
            let refused = request.await.unwrap().unwrap_err();
            assert!(matches!(&refused, Error::Store(StoreError::Unavailable { .. })), "{refused:?}");
        }
        somebody.batch_execute("COMMIT").unwrap();
        let mut changed = 0;
        for request in waiting {
            changed += request.await.unwrap().unwrap();
        }
        assert_eq!(changed, expected);
    });
}

/// A transaction that holds locks and waits for more blocks all transactions queued behind it. So it waits only
/// briefly. An insert that needs no lock of the application's transaction does not wait at all.
#[test]
fn a_message_for_many_does_not_wait_for_long_for_an_applications_transaction() {
    let Some(database) = another_postgres("crowds_many") else { return };
    let store = DieselStore::open(&database).unwrap();
    let crowd = (0..200).map(|number| Recipient::user(number).unwrap()).collect::<Vec<_>>();
    let news = || NewMessage::new(Level::INFO, "news");
    let send = |of: &[Recipient]| {
        wait(store.insert(Insertion::new(of.to_vec(), vec![news().check().unwrap()]), &Clock::default()))
    };
    let mut application = PgConnection::establish(&database).unwrap();
    application.begin_test_transaction().unwrap();
    postgres::add(&mut application, &crowd[0], news(), Timestamp::now()).unwrap();
    for those in [&crowd[..], &crowd[..50]] {
        let refused = send(those).unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    }
    send(&crowd[1..51]).unwrap();
    // The next inserts wait too, and succeed when the application's transaction ends.
    thread::scope(|scope| {
        let sent = [&crowd[..], &crowd[..50]].map(|those| scope.spawn(|| send(those).map(drop)));
        thread::sleep(Duration::from_millis(1500));
        drop(application);
        for sent in sent {
            sent.join().unwrap().unwrap();
        }
    });
    let counts = [0, 1, 199].map(|number| Mailbox::new(crowd[number].clone(), Arc::new(store.clone())));
    assert_eq!(counts.map(|mailbox| wait(mailbox.all().count()).unwrap()), [2, 3, 1]);
}
