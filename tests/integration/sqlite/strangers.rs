//! Rows that another program wrote into the table: impossible operations fail, and nothing waits forever.

use std::time::Duration;

use actix_messages::{
    Clock, MessageStore, Retention, Timestamp,
    store::{Move, StoreError},
};
use actix_messages_diesel::{Migrations, SqliteOptions};
use actix_web::rt::time::timeout;
use diesel::{connection::SimpleConnection, sqlite::SqliteConnection};

use super::{causes, connect, file_in, list, on_one_thread, user};

fn write(database: &mut SqliteConnection, recipient: &str, id: &str, text: &str) {
    let columns = "recipient, id, level, message, html, tags, view";
    let row = format!("'u:{recipient}', {id}, 20, '{text}', 0, '[]', ''");
    database.batch_execute(&format!("INSERT INTO actix_messages ({columns}) VALUES ({row})")).unwrap();
}

fn assert_failed<T>(answer: Result<T, StoreError>, because: &str) {
    let error = answer.err().unwrap();
    assert!(matches!(error, StoreError::Failed { .. }), "{}", causes(&error));
    assert!(causes(&error).contains(because), "{}", causes(&error));
}

#[test]
fn a_message_with_the_largest_id_gets_another_one_when_it_is_claimed() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().wait_timeout(Duration::from_secs(2)).open(file_in(&folder)).unwrap();
    let mut database = connect(&file_in(&folder));
    for (recipient, text) in [("1", "one"), ("2", "other")] {
        write(&mut database, recipient, &i64::MAX.to_string(), text);
    }
    on_one_thread(async {
        // The second mailbox already has the largest id.
        let claim = async |from| store.transfer(&user(from), &user(2), &Move::mailbox(), &Clock::default()).await;
        assert_failed(claim(1).await, "UNIQUE");
        assert_eq!(list(&store, &user(1)).await.unwrap(), ["one"]);
        assert_eq!(list(&store, &user(2)).await.unwrap(), ["other"]);
        // A claim by the mailbox itself repairs it and makes room.
        assert_eq!(claim(2).await.unwrap().len(), 1);
        assert_eq!(claim(1).await.unwrap().len(), 1);
        let mut both = list(&store, &user(2)).await.unwrap();
        both.sort();
        assert_eq!(both, ["one", "other"]);
    });
}

/// Sweeps a table without column types, as an application may have created it, after `rows` has filled it.
fn sweep_untyped(rows: &str) {
    let folder = tempfile::tempdir().unwrap();
    let mut database = connect(&file_in(&folder));
    let columns = "recipient, id, level, message, html, tags, view, session, read_at, message_folded, tags_folded, view_folded, \
         key, until, extra";
    database
        .batch_execute(&format!("CREATE TABLE actix_messages ({columns}, PRIMARY KEY (recipient, id)) WITHOUT ROWID"))
        .unwrap();
    database.batch_execute(rows).unwrap();
    database
        .batch_execute(
            "CREATE TABLE actix_messages_marks (recipient, name, at, PRIMARY KEY (recipient, name)) WITHOUT ROWID",
        )
        .unwrap();
    let store = SqliteOptions::default().migrations(Migrations::Check).open(file_in(&folder)).unwrap();
    on_one_thread(async {
        let retention = Retention::default().read_for(Duration::ZERO);
        let sweep = timeout(Duration::from_secs(10), retention.sweep(&store, Timestamp::now())).await;
        assert_failed(sweep.expect("the sweep ends"), "its recipient is not a text, or its id is not an integer");
    });
}

/// Returns SQL that inserts `many` rows. The expressions may use `number`, which counts the rows from 1.
fn rows(many: u32, recipient: &str, id: &str) -> String {
    format!(
        "WITH RECURSIVE numbers(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {many})
         INSERT INTO actix_messages (recipient, id, level, message, html, tags, view)
         SELECT {recipient}, {id}, 20, 'a note', 0, '[]', '' FROM numbers;"
    )
}

#[test]
fn a_sweep_comes_to_an_end_whatever_the_ids_are() {
    sweep_untyped(&rows(2000, "'u:1'", "'text ' || number"));
}

#[test]
fn a_sweep_comes_to_an_end_whatever_the_mailboxes_are() {
    // As a text, the second mailbox would sort before the rows that were already swept.
    sweep_untyped(&(rows(1500, "'u:bob'", "number") + &rows(1500, "CAST('u:alice' AS BLOB)", "number")));
}
