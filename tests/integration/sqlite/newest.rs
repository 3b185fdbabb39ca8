//! Marks in an SQLite file: created when the newest message is deleted, and deleted by a sweep.

use std::time::Duration;

use actix_messages::{
    MessageFilter, MessageStore, NewMessage, Recipient, Retention, SessionId, Timestamp,
    store::{Insertion, Mark},
};
use actix_messages_diesel::{Durability, SqliteOptions};
use diesel::{RunQueryDsl, dsl::sql, select, sql_types::BigInt};

use super::{connect, file_in, on_one_thread, user};

#[test]
fn a_mark_is_left_by_the_newest_message_and_forgotten_once_it_is_old() {
    const VISITORS: u8 = 200;
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteOptions::default().durability(Durability::Normal).open(file_in(&folder)).unwrap();
    let mut database = connect(&file_in(&folder));
    let mut marks =
        || select(sql::<BigInt>("count(*) FROM actix_messages_marks")).get_result::<i64>(&mut database).unwrap();
    on_one_thread(async {
        let message = || NewMessage::new(20, "a note").check().unwrap();
        let old = Timestamp::from_micros(1_000_000);
        let visitors = (0..VISITORS).map(|number| Recipient::visitor(SessionId::from_digest([number; 16])));
        let all = visitors.chain([user(1), user(2)]).collect::<Vec<_>>();
        store.insert(Insertion::new(all.clone(), [message(), message()]), &old.into()).await.unwrap();
        assert_eq!(marks(), 0, "a message needs no second row");
        for of in &all {
            let oldest = MessageFilter::default().created_before(old);
            assert_eq!(store.delete(of, &oldest).await.unwrap().len(), 1);
        }
        assert_eq!(marks(), 0, "the newest messages still exist");
        let seen = Mark::new("seen").unwrap();
        for of in &all {
            let newest = store.delete(of, &MessageFilter::default()).await.unwrap();
            store.advance(of, &seen, newest.first().copied()).await.unwrap();
        }
        assert_eq!(marks(), 2 * (i64::from(VISITORS) + 2));
        store.insert(Insertion::new([user(2)], [message()]), &old.into()).await.unwrap();

        // The sweep needs more than one step.
        let cutoff = Retention::default().cutoff(Timestamp::now());
        let (mut from, mut steps) = (None, 0);
        loop {
            let step = store.sweep(&cutoff, from.as_ref(), 50).await.unwrap();
            (from, steps) = (step.next, steps + 1);
            if from.is_none() {
                break;
            }
        }
        assert!((4..8).contains(&steps), "{steps} steps");
        // The marks `seen` of users stay, and so does the newest id of the user who has a message.
        assert_eq!(marks(), 3);
        assert_eq!(store.advance(&user(1), &seen, None).await.unwrap().map(|id| id.created() > old), Some(true));
        let retention = Retention::default().any_for(Duration::ZERO);
        assert_eq!(retention.sweep(&store, Timestamp::now()).await.unwrap(), 1);
        assert_eq!(marks(), 2);
    });
}
