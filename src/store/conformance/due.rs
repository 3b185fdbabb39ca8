//! The laws of [`MessageStore::due`](crate::MessageStore::due).
//!
//! The verb reads all mailboxes, and the store may contain messages of other tests. So the messages of these laws are
//! due before all other messages, and each law deletes its messages at the end.

use proptest::{collection, prelude::*};

use super::{
    Store,
    fixtures::{at, content, failure, for_one_in, long_ago, new_user, put, saying},
};
use crate::model::{Message, MessageFilter, Recipient};

/// Exactly the messages with an `until` of `now` or earlier are returned, from all mailboxes, the earliest first.
pub async fn due_messages_are_exactly_those_past_until(store: &Store) {
    let cases = (collection::vec((0..6_usize, proptest::option::of(-9..9_i64)), 1..12), -9..9_i64);
    for_one_in(4, store, cases, async |store, (messages, now)| {
        let of = [new_user(), new_user()].iter().flat_map(Recipient::places).collect::<Vec<_>>();
        for (number, (mailbox, until)) in messages.into_iter().enumerate() {
            let message = until.into_iter().fold(saying(number.to_string()), |it, until| it.until(long_ago(until)));
            put(store, &of[mailbox], [message], at(0)).await;
        }
        let due = store.due(long_ago(now), u32::MAX).await.map_err(failure)?;
        let mut theirs = due.into_iter().filter(|(owner, _)| of.contains(owner)).collect::<Vec<_>>();
        let is_in_order = theirs.is_sorted_by_key(|(_, message)| message.until);
        prop_assert!(is_in_order, "the earliest message is not first: {:?}", theirs);
        let mut expected = Vec::<(Recipient, Message)>::new();
        for of in &of {
            let messages = content(store, of).await.into_iter();
            let is_due = |message: &Message| message.until.is_some_and(|until| until <= long_ago(now));
            expected.extend(messages.filter(is_due).map(|message| (of.clone(), message)));
            store.delete(of, &MessageFilter::default()).await.map_err(failure)?;
        }
        let by_place = |(of, message): &(Recipient, Message)| (of.clone(), message.id);
        theirs.sort_by_key(by_place);
        expected.sort_by_key(by_place);
        prop_assert_eq!(theirs, expected, "the due messages");
        Ok(())
    })
    .await;
}

/// At most `at_most` messages are returned, and none of them twice.
pub async fn no_more_are_returned_than_asked_for(store: &Store) {
    let of = new_user();
    let ending = |micros: i64| saying(micros.to_string()).until(long_ago(micros - 1_000_000));
    put(store, &of, (0..20).rev().map(ending), at(0)).await;
    for at_most in [0, 1, 7, 20, 1000] {
        let due = store.due(long_ago(0), at_most).await.expect("due failed");
        let is_right = due.len() <= at_most as usize && due.len() >= at_most.min(20) as usize;
        assert!(is_right, "{} messages are returned for a limit of {at_most}", due.len());
        // Messages of other tests may also be due.
        let texts = due.into_iter().filter(|(owner, _)| *owner == of).map(|(_, message)| message.content.text);
        let texts = texts.collect::<Vec<_>>();
        let expected = (0..texts.len()).map(|number| number.to_string()).collect::<Vec<_>>();
        assert_eq!(texts, expected, "the returned messages for a limit of {at_most}");
    }
    store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
}

/// Reading the due messages changes nothing.
pub async fn asking_what_is_due_changes_nothing(store: &Store) {
    let of = new_user();
    put(store, &of, [saying("Over").until(long_ago(0)), saying("Stays")], at(0)).await;
    let before = content(store, &of).await;
    for _ in 0..2 {
        let due = store.due(long_ago(0), u32::MAX).await.expect("due failed");
        assert!(due.iter().any(|(owner, message)| *owner == of && *message == before[0]), "the message is still due");
    }
    assert_eq!(content(store, &of).await, before);
    store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
}
