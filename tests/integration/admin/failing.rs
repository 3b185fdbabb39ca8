//! Stores that fail immediately or halfway through a change.

use actix_messages::{Level, NewMessage};
use actix_messages_diesel::DieselStore;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use tempfile::TempDir;

use super::{Office, text};
use crate::support::FailingStore;

#[test]
fn a_store_that_fails_is_a_page_that_says_nothing_of_why() {
    for (store, status, said) in [
        (FailingStore::Unavailable, 503, "Try again in a moment."),
        (FailingStore::Broken, 500, "Something went wrong on the server."),
    ] {
        let office = Office::on(store);
        let row = ("row", "1:u:alice");
        let visitor = ("row", "1:v:0123456789abcdef");
        for answer in [
            office.get("/admin/list"),
            office.get("/admin/message?row=1:u:alice"),
            office.post("/admin/new", &[("users", "alice"), ("level", "20"), ("message", "m")]),
            office.post("/admin/tags", &[row, ("extra_tags", "a")]),
            office.post("/admin/change", &[row, ("action", "mark-read")]),
            office.post("/admin/change", &[visitor, ("action", "mark-unread")]),
            office.post("/admin/change", &[row, ("action", "delete")]),
            office.post("/admin/change", &[row, ("action", "delete"), ("confirmed", "yes")]),
            office.post("/admin/change", &[("which", "all"), ("until", "1"), ("action", "delete")]),
        ] {
            let answer = answer.expect(status);
            assert_eq!(answer.header("retry-after"), (status == 503).then_some("1"));
            assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"));
            let page = text(&answer);
            assert!(page.contains(said) && !page.contains("fire") && !page.contains("failing"), "{page}");
        }
        assert!(office.log.text().contains("the disk is on fire"));
        // A page that needs no store still works.
        office.get("/admin/new").expect(200);
    }
}

#[test]
fn what_was_done_before_the_store_failed_is_said() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("messages.sqlite");
    let office = Office::on(DieselStore::open(&file).unwrap());
    let rows = ["alice", "bob", "carol"].map(|user| office.add(user, NewMessage::new(Level::INFO, "Hello.")));
    let mut connection = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    let failing = "CREATE TRIGGER failing BEFORE DELETE ON actix_messages WHEN old.recipient = 'u:bob' \
                   BEGIN SELECT RAISE(ABORT, 'not this one'); END";
    connection.batch_execute(failing).unwrap();

    let mut fields = vec![("action", "delete"), ("confirmed", "yes")];
    fields.extend(rows.iter().map(|row| ("row", row.as_str())));
    let page = text(&office.post("/admin/change", &fields).expect(500));
    assert!(page.contains("1 message was deleted. Something went wrong"), "{page}");
    assert_eq!(office.texts().len(), 2);
    let log = office.log.text();
    assert!(log.contains("not this one") && log.contains("messages=1"), "{log}");
}
