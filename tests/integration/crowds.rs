//! One mailbox that everything is asked of: the others are served all the same.

use std::{sync::Arc, time::Duration};

use actix_messages::{Mailbox, Recipient, StoreError};
use actix_messages_diesel::PostgresOptions;
use actix_web::rt::{System, spawn, time::sleep};
use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::support::another_postgres;

const PATIENCE: Duration = Duration::from_secs(2);

#[test]
fn requests_that_wait_in_one_mailbox_leave_connections_to_the_others() {
    let Some(database) = another_postgres("crowds") else { return };
    let store = Arc::new(PostgresOptions::default().connections(4).patience(PATIENCE).open(&database).unwrap());
    let [alice, bob] =
        ["alice", "bob"].map(|name| Mailbox::new(Recipient::user(name).unwrap(), Arc::clone(&store) as Arc<_>));
    System::new().block_on(async {
        for mailbox in [&alice, &bob] {
            mailbox.info("a note").await.unwrap();
        }
        let mut somebody = PgConnection::establish(&database).unwrap();
        somebody.batch_execute("BEGIN; SELECT 1 FROM actix_messages WHERE recipient = 'u:alice' FOR UPDATE").unwrap();
        let marks = (0..16).map(|_| {
            let alice = alice.clone();
            spawn(async move { alice.all().mark_read().await })
        });
        let marks = marks.collect::<Vec<_>>();
        sleep(PATIENCE / 4).await;
        assert_eq!(bob.all().mark_read().await.unwrap().len(), 1, "alice's requests have all connections");
        assert_eq!(bob.all().list().await.unwrap().len(), 1);

        // Who waits behind themselves does so for a bounded time.
        sleep(PATIENCE).await;
        let (waiting, refused) = marks.into_iter().partition::<Vec<_>, _>(|mark| !mark.is_finished());
        assert_eq!((waiting.len(), refused.len()), (2, 14), "half of the connections are at work for alice");
        for mark in refused {
            let refused = mark.await.unwrap().unwrap_err();
            let is_temporary = matches!(&refused, actix_messages::Error::Store(StoreError::Unavailable { .. }));
            assert!(is_temporary, "{refused:?}");
        }
        somebody.batch_execute("COMMIT").unwrap();
        let mut marked = 0;
        for mark in waiting {
            marked += mark.await.unwrap().unwrap().len();
        }
        assert_eq!(marked, 1);
    });
}
