//! Tests a table that is divided by recipient.

use std::{sync::Arc, thread};

use actix_messages::{Mailbox, MessageId, MessageStore, Recipient};
use actix_messages_diesel::PostgresOptions;
use actix_web::rt::System;
use diesel::{
    Connection, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    dsl::sql,
    sql_types::{BigInt, Bool, Text},
};

use super::cluster::HASH_PARTITIONS;
use crate::support::another_postgres;

/// Refuses to update a recipient. Citus refuses this too, because the new row may belong on another machine.
const NO_ROW_CHANGES_ITS_RECIPIENT: &str = "
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE 'modifying the partition value of rows is not allowed';
    END $$;
    CREATE TRIGGER refuse BEFORE UPDATE OF recipient ON actix_messages FOR EACH STATEMENT EXECUTE FUNCTION refuse();";

/// Returns a store on a new database, and a second connection to it.
fn fresh(name: &str) -> Option<(Arc<dyn MessageStore>, PgConnection)> {
    let url = another_postgres(name)?;
    let store = PostgresOptions::default().connections(2).open(&url).unwrap();
    Some((Arc::new(store), PgConnection::establish(&url).unwrap()))
}

const CITUS: &str = include_str!("../../data/citus.sql");

fn mailbox(name: &str, store: &Arc<dyn MessageStore>) -> Mailbox {
    Mailbox::new(Recipient::user(name).unwrap(), Arc::clone(store))
}

#[test]
fn a_claim_updates_no_recipient() {
    let Some((store, mut connection)) = fresh("claim") else { return };
    connection.batch_execute(NO_ROW_CHANGES_ITS_RECIPIENT).unwrap();
    System::new().block_on(async {
        let [visitor, alice] = ["visitor", "alice"].map(|name| mailbox(name, &store));
        visitor.info("In your basket.").await.unwrap();
        visitor.info("Still there.").await.unwrap();
        assert_eq!(alice.claim(visitor.recipient()).await.unwrap(), 2);
        assert_eq!(alice.all().count().await.unwrap(), 2);
    });
}

#[test]
fn what_is_marked_as_read_while_it_is_claimed_stays_read() {
    let Some((store, mut connection)) = fresh("race") else { return };
    let [visitor, alice] = ["visitor", "alice"].map(|name| mailbox(name, &store));
    System::new().block_on(visitor.info("In your basket.")).unwrap();
    connection.batch_execute("BEGIN; UPDATE actix_messages SET read_at = id").unwrap();
    thread::scope(|scope| {
        let claim = scope.spawn(|| System::new().block_on(alice.claim(visitor.recipient())).unwrap());
        // The claim waits for the transaction that marks the message, and then sees the change.
        while !claim.is_finished() && !somebody_waits(&mut connection) {
            thread::yield_now();
        }
        connection.batch_execute("COMMIT").unwrap();
        assert_eq!(claim.join().unwrap(), 1);
    });
    assert_eq!(System::new().block_on(alice.all().read().count()).unwrap(), 1);
}

#[test]
fn of_two_that_want_the_same_rows_in_another_order_both_get_them() {
    let Some((store, mut connection)) = fresh("order") else { return };
    let alice = mailbox("alice", &store);
    let [one, another] = ["one", "another"].map(|text| System::new().block_on(alice.info(text)).unwrap().unwrap());
    let touch = |id: MessageId| format!("UPDATE actix_messages SET view = view WHERE id = {id}");
    connection.batch_execute(&format!("BEGIN; {}", touch(another))).unwrap();
    thread::scope(|scope| {
        let marking = scope.spawn(|| System::new().block_on(alice.unread().mark_read()).unwrap());
        while !marking.is_finished() && !somebody_waits(&mut connection) {
            thread::yield_now();
        }
        // The store has locked `one` and waits for `another`, so this statement causes a deadlock. PostgreSQL aborts
        // the transaction that first notices this, after a wait of one second. That is nearly always the store's.
        let has_given_up = connection.batch_execute(&touch(one)).is_err();
        connection.batch_execute(if has_given_up { "ROLLBACK" } else { "COMMIT" }).unwrap();
        assert_eq!(marking.join().unwrap().len(), 2);
    });
}

/// Returns whether a statement waits for a locked row.
fn somebody_waits(connection: &mut PgConnection) -> bool {
    let waits = "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'transactionid')";
    sql::<Bool>(waits).get_result(connection).unwrap()
}

#[test]
fn a_full_table_can_be_divided_into_partitions_and_keeps_the_names_of_its_indexes() {
    let Some((store, mut connection)) = fresh("partitions") else { return };
    let alice = mailbox("alice", &store);
    System::new().block_on(async {
        alice.info("Before.").await.unwrap();
        let before = alice.all().list().await.unwrap();
        let indexes = indexes_of(&mut connection);
        for _ in 0..2 {
            connection.batch_execute(HASH_PARTITIONS).unwrap();
        }
        assert_eq!(*alice.all().list().await.unwrap(), *before);
        assert_eq!(indexes_of(&mut connection), indexes);
        let parts = sql::<BigInt>("SELECT count(*) FROM pg_inherits WHERE inhparent = 'actix_messages'::regclass");
        assert_eq!(parts.get_result::<i64>(&mut connection).unwrap(), 16);
    });
}

fn indexes_of(connection: &mut PgConnection) -> Vec<String> {
    let names =
        "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'actix_messages'::regclass ORDER BY 1";
    sql::<Text>(names).load(connection).unwrap()
}

#[test]
fn the_guide_shows_the_sql_that_is_tested() {
    let guide = include_str!("../../../docs/scaling.md");
    for file in [HASH_PARTITIONS, CITUS] {
        let statements = file.split_inclusive('\n').skip_while(|line| line.starts_with("--")).collect::<String>();
        assert!(guide.contains(&format!("```sql\n{statements}```\n")), "the guide lacks this SQL:\n{statements}");
    }
}
