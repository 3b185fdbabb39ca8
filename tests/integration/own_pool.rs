//! Stores on the application's own pool, and messages in the application's transactions.

use std::{sync::Arc, thread};

use actix_messages::{Error, Level, Mailbox, MessageStore, NewMessage, Recipient, Repeat, Timestamp};
use actix_messages_diesel::{DieselStore, Migrations, postgres, sqlite};
use actix_web::rt::System;
use diesel::{
    Connection, PgConnection, SqliteConnection,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Pool},
};

use crate::support::Log;

fn placed() -> NewMessage {
    NewMessage::new(Level::SUCCESS, "Your order is placed.").tag("order")
}

fn texts_of(store: &DieselStore, of: &Recipient) -> Vec<String> {
    let mailbox = Mailbox::new(of.clone(), Arc::new(store.clone()) as Arc<dyn MessageStore>);
    let messages = System::new().block_on(mailbox.all().list()).unwrap();
    messages.iter().map(ToString::to_string).collect()
}

/// How a transaction of the application ends.
type Outcome = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// The laws of `add`, which hold on any database.
macro_rules! laws_of_adding {
    ($pool:expr, $store:expr, $add:path) => {{
        let (pool, store) = ($pool, $store);
        let of = Recipient::user(format!("own-pool-{}", Timestamp::now().as_micros())).unwrap();

        let mut connection = pool.get().unwrap();
        let rolled_back = connection.transaction(|connection| -> Outcome {
            $add(connection, &of, placed(), Timestamp::now())?;
            Err("on purpose".into())
        });
        assert_eq!(rolled_back.unwrap_err().to_string(), "on purpose");
        drop(connection);
        assert_eq!(texts_of(&store, &of), Vec::<String>::new(), "the rollback removes the message");

        let mut connection = pool.get().unwrap();
        let committed = connection.transaction(|connection| -> Outcome {
            let long = NewMessage::new(Level::INFO, "a".repeat(1025));
            assert!(matches!($add(connection, &of, long, Timestamp::now()), Err(Error::Invalid(_))));
            let first = $add(connection, &of, placed(), Timestamp::now())?;
            let second = $add(connection, &of, placed(), Timestamp::from_micros(1))?;
            assert!(second > first);
            Ok(())
        });
        committed.unwrap();
        $add(&mut connection, &of, placed(), Timestamp::now()).unwrap();
        drop(connection);
        assert_eq!(texts_of(&store, &of), ["Your order is placed."; 3], "committed with the transaction, or alone");

        let keyed = |text: &str, repeat| NewMessage::new(Level::INFO, text).key("order-17", repeat);
        let of = of.archive();
        let mut connection = pool.get().unwrap();
        let first = $add(&mut connection, &of, keyed("placed", Repeat::Ignored), Timestamp::now()).unwrap();
        let rolled_back = connection.transaction(|connection| -> Outcome {
            assert_eq!($add(connection, &of, keyed("ignored", Repeat::Ignored), Timestamp::now())?, first);
            assert!($add(connection, &of.inbox(), keyed("sent", Repeat::Replaces), Timestamp::now())? != first);
            Err("on purpose".into())
        });
        assert_eq!(rolled_back.unwrap_err().to_string(), "on purpose");
        drop(connection);
        assert_eq!(texts_of(&store, &of), ["placed"], "the rollback removes the replacement");
    }};
}

#[test]
fn a_message_is_a_part_of_the_applications_transaction_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("application.sqlite").to_str().unwrap().to_owned();
    let pool = Pool::builder().max_size(2).build(ConnectionManager::<SqliteConnection>::new(url)).unwrap();
    let store = DieselStore::on_sqlite_pool(pool.clone(), Migrations::Run).unwrap();
    laws_of_adding!(pool, store, sqlite::add);
}

#[test]
fn what_the_applications_connections_to_sqlite_lack_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let url = folder.path().join("application.sqlite").to_str().unwrap().to_owned();
    let said = |pragmas: &'static str| {
        let log = Log::default();
        let (follow, url) = (log.clone(), url.clone());
        // A log follows its thread until the thread ends, so each call needs a new thread.
        let opened = thread::spawn(move || {
            follow.follow_this_thread();
            let pool = Pool::builder().max_size(1).connection_customizer(Box::new(Pragmas(pragmas)));
            let pool = pool.build(ConnectionManager::<SqliteConnection>::new(url)).unwrap();
            DieselStore::on_sqlite_pool(pool, Migrations::Run).unwrap();
        });
        opened.join().unwrap();
        ["busy_timeout", "journal_mode"].map(|pragma| log.text().contains(&format!("run `PRAGMA {pragma} = ")))
    };
    assert_eq!(said(""), [true, true]);
    assert_eq!(said("PRAGMA busy_timeout = 1000"), [false, true]);
    assert_eq!(said("PRAGMA busy_timeout = 1000; PRAGMA journal_mode = WAL"), [false, false]);
}

#[derive(Debug)]
struct Pragmas(&'static str);

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Pragmas {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(self.0).map_err(diesel::r2d2::Error::QueryError)
    }
}

#[test]
fn a_message_is_a_part_of_the_applications_transaction_on_postgresql() {
    let Some(url) = crate::support::postgres() else { return };
    let pool = Pool::builder().max_size(2).build(ConnectionManager::<PgConnection>::new(url)).unwrap();
    let store = DieselStore::on_postgres_pool(pool.clone(), Migrations::Run).unwrap();
    laws_of_adding!(pool, store, postgres::add);
}
