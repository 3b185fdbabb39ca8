//! The column `extra`: empty for most messages, and JSON that a later version may have extended.

use actix_messages::{
    Clock, MessageStore, NewMessage, Repeat,
    store::{CheckedMessage, Insertion, Move},
};
use diesel::connection::SimpleConnection;
use serde_json::{Value, json};

use super::{connect, file_in, list, message, on_one_thread, texts, user};
use actix_messages_diesel::DieselStore;

const EXTRA: &str = "SELECT coalesce(extra, 'nothing') AS text FROM actix_messages ORDER BY recipient, id";

fn full() -> CheckedMessage {
    let message = NewMessage::new(20, "full").title("Title").data(json!({ "post": 17 })).action("Open", "/posts/17");
    message.key("posts-17", Repeat::Replaces).check().unwrap()
}

#[test]
fn a_message_without_further_parts_leaves_the_column_empty() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    let keyed = NewMessage::new(20, "keyed").tag("a").safe_html().key("key", Repeat::Replaces).check().unwrap();
    let insertion = Insertion::new([user(1)], [message("plain"), keyed, full()]);
    on_one_thread(store.insert(insertion, &Clock::default())).unwrap();
    let extra = texts(&mut connect(&file_in(&folder)), EXTRA);
    assert_eq!(extra[..2], ["nothing", "nothing"]);
    let expected =
        json!({ "title": "Title", "data": { "post": 17 }, "actions": [{ "label": "Open", "href": "/posts/17" }] });
    assert_eq!(serde_json::from_str::<Value>(&extra[2]).unwrap(), expected);

    on_one_thread(store.insert(Insertion::new([user(1)], [full()]), &Clock::default())).unwrap();
    let extra = texts(&mut connect(&file_in(&folder)), EXTRA);
    assert_eq!((extra.len(), serde_json::from_str::<Value>(&extra[2]).unwrap()["replaced"].as_u64()), (3, Some(1)));
}

#[test]
fn what_a_later_version_has_written_is_kept_when_a_message_moves() {
    let folder = tempfile::tempdir().unwrap();
    let store = DieselStore::open(file_in(&folder)).unwrap();
    on_one_thread(store.insert(Insertion::new([user(1)], [full()]), &Clock::default())).unwrap();
    let later =
        r#"{"later":[1],"title":"Title","data":{"post":17.10},"actions":[{"label":"a","href":"/","icon":"b"}]}"#;
    let mut database = connect(&file_in(&folder));
    database.batch_execute(&format!("UPDATE actix_messages SET extra = '{later}'")).unwrap();
    on_one_thread(store.transfer(&user(1), &user(2), &Move::mailbox(), &Clock::default())).unwrap();
    assert_eq!(texts(&mut database, EXTRA), [later]);
    assert_eq!(on_one_thread(list(&store, &user(2))).unwrap(), ["full"]);
}

#[test]
fn json_of_another_form_fails_with_the_name_of_the_column() {
    for extra in ["", "1", "{", r#"{"title":1}"#, r#"{"data":[]}"#, r#"{"data":"{}"}"#, r#"{"actions":[{}]}"#] {
        let folder = tempfile::tempdir().unwrap();
        let store = DieselStore::open(file_in(&folder)).unwrap();
        on_one_thread(store.insert(Insertion::new([user(1)], [full()]), &Clock::default())).unwrap();
        connect(&file_in(&folder)).batch_execute(&format!("UPDATE actix_messages SET extra = '{extra}'")).unwrap();
        let error = on_one_thread(list(&store, &user(1))).unwrap_err();
        assert!(super::causes(&error).contains("the column extra"), "{}", super::causes(&error));
    }
}
