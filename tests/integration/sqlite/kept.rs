//! The prepared statements of a connection: it keeps them as long as it lives, so they must be few.

use std::collections::BTreeSet;

use actix_messages::{
    Direction, Level, MessageFilter, MessageId, MessageOrder, MessageStore, OrderKey, PageRequest, Timestamp,
    store::Change,
};
use actix_messages_diesel::SqliteOptions;

use super::{file_in, on_one_thread, user};
use crate::statements::Record;

/// Conditions that a client can combine freely.
const CONDITIONS: [fn(MessageFilter) -> MessageFilter; 11] = [
    MessageFilter::unread,
    |filter| filter.with_ids([1, 2].map(MessageId::new)),
    |filter| filter.at_least(Level::WARNING),
    |filter| filter.tagged("one"),
    |filter| filter.tagged("one").tagged("another"),
    |filter| filter.from_view("shop"),
    |filter| filter.created_after(Timestamp::from_micros(1)),
    |filter| filter.created_before(Timestamp::from_micros(2)),
    |filter| filter.containing("one"),
    |filter| filter.containing("one").containing("another"),
    |filter| filter.with_text("one"),
];

const ORDERS: [OrderKey; 3] = [OrderKey::Created, OrderKey::Level, OrderKey::ReadAt];

#[test]
fn a_connection_keeps_few_statements_whatever_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of(file_in(&folder));
    let store = SqliteOptions::default().readers(1).open(file_in(&folder)).unwrap();
    let (of, now) = (user(1), Timestamp::now());
    let mut asked = BTreeSet::new();
    on_one_thread(async {
        for chosen in 0..1_usize << CONDITIONS.len() {
            let is_chosen = |number: &usize| chosen & 1 << number != 0;
            let chosen_ones = (0..CONDITIONS.len()).filter(is_chosen).map(|number| CONDITIONS[number]);
            let filter = chosen_ones.fold(MessageFilter::default(), |filter, condition| condition(filter));
            let order = ORDERS[chosen % 3];
            let order = MessageOrder::by(order).then(ORDERS[chosen / 3 % 3], Direction::Descending);
            store.list(&of, &filter, &PageRequest::first(10).order(order)).await.unwrap();
            store.change(&of, &filter, &Change::MarkRead, now).await.unwrap();
            asked.extend(record.take_on_data());
        }
    });
    let kept = record.kept();
    assert!(asked.len() > 3000, "{} different statements were sent", asked.len());
    assert!(kept.len() < 150, "{} of {} statements are kept", kept.len(), asked.len());
}

#[test]
fn what_is_asked_often_is_prepared_once() {
    let folder = tempfile::tempdir().unwrap();
    let record = Record::of(file_in(&folder));
    let store = SqliteOptions::default().readers(1).open(file_in(&folder)).unwrap();
    let of = user(1);
    let ask = || {
        on_one_thread(async {
            for filter in [
                MessageFilter::default(),
                MessageFilter::default().unread(),
                MessageFilter::default().with_id(MessageId::new(1)),
                MessageFilter::default().tagged("one"),
                MessageFilter::default().unread().at_least(Level::WARNING),
            ] {
                store.list(&of, &filter, &PageRequest::first(10)).await.unwrap();
                store.summarize(&of, &filter).await.unwrap();
                store.change(&of, &filter, &Change::MarkRead, Timestamp::now()).await.unwrap();
                store.delete(&of, &filter.read()).await.unwrap();
            }
        });
        record.kept().len()
    };
    let first = ask();
    assert!(first >= 15, "{first} statements are kept");
    assert_eq!(ask(), first, "the second time, nothing more is prepared");
}
