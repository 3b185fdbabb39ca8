//! The laws of [`MessageStore::insert`](crate::MessageStore::insert) for messages with keys and for `unless_past`.

use std::collections::BTreeMap;

use proptest::{collection, prelude::*, sample};

use super::super::{
    Store,
    fixtures::{
        Mailbox, at, at_once, checked, content, failure, for_all, insert_all, new_session, new_user, put, saying, texts,
    },
    random::{message, repeat},
};
use crate::model::{
    CheckedMessage, Inserted, Insertion, Kept, Level, Mark, Message, MessageFilter, MessageId, Move, NewMessage,
    Outcome, Place, Recipient, Repeat, Timestamp,
};

/// If the recipient has a message with the same key, the new one is ignored or replaces it, as `Insertion::deliver` defines.
pub async fn a_message_with_a_key_is_ignored_or_replaces(store: &Store) {
    let keyed = (sample::select(vec!["a", "b", "A", "ß"]), repeat());
    let messages = collection::vec((0..3_usize, sample::select(PLACES), proptest::option::weighted(0.8, keyed)), 1..12);
    for_all(store, (messages, message()), async |store, (messages, other)| {
        let both = [new_user(), new_user()];
        let (mut expected, mut newest) = (BTreeMap::<Recipient, Vec<Message>>::new(), BTreeMap::new());
        for (number, (who, place, key)) in messages.into_iter().enumerate() {
            let of = both[who % 2].at(place);
            let message = NewMessage::new(Level::INFO, number.to_string());
            let message = checked(key.into_iter().fold(message, |it, (key, repeat)| it.key(key, repeat)));
            // Two messages of an insert may have the same key.
            let insertion = Insertion::new([of.clone()], [message.clone(), other.clone(), message]);
            let inserted = store.insert(insertion.clone(), &at(0).into()).await.map_err(failure)?.concat();
            let present = expected.clone();
            let with_key = |key: &str| {
                let places = of.places().into_iter().filter_map(|of| Some((of.place(), present.get(&of)?)));
                let mut messages = places.flat_map(|(place, messages)| messages.iter().map(move |it| (place, it)));
                messages.find(|(_, message)| message.key.as_deref() == Some(key))
            };
            let ids = inserted.iter().filter(|it| !matches!(it.outcome, Outcome::Ignored(_))).map(|it| it.id);
            let delivered = insertion.deliver(&of, with_key, ids);
            prop_assert_eq!(&inserted, &delivered.inserted);
            for message in &delivered.new {
                let before = newest.insert(of.clone(), message.id);
                prop_assert!(before < Some(message.id), "the new id {} is not larger than {:?}", message.id, before);
            }
            for (place, id) in delivered.replaced {
                expected.entry(of.at(place)).or_default().retain(|message| message.id != id);
            }
            expected.entry(of).or_default().extend(delivered.new);
        }
        for (of, expected) in expected {
            Mailbox { of, messages: expected }.check(store, "after the inserts").await?;
        }
        Ok(())
    })
    .await;
}

/// A key is unique per recipient, across all places, and free again once its message is deleted or moved to another recipient.
pub async fn a_key_is_free_once_its_message_is_deleted(store: &Store) {
    let of = new_user();
    let session = new_session();
    let first = checked(NewMessage::new(Level::INFO, "first").session(session.clone()).key("key", Repeat::Ignored));
    let all = Move::of(MessageFilter::default());
    for way in ["end_session", "erase", "transfer"] {
        put(store, &of, [first.clone()], at(0)).await;
        // The key stays in use in every place.
        store.transfer(&of, &of.archive(), &all, &at(0).into()).await.expect("transfer failed");
        assert!(!inserted(store, &of, first.clone()).await.is_new(), "the message is in the archive");
        store.transfer(&of.archive(), &of, &all.clone().as_new(), &at(0).into()).await.expect("transfer failed");
        assert!(!inserted(store, &of.archive(), first.clone()).await.is_new(), "the message is in the inbox again");
        match way {
            "end_session" => drop(store.end_session(&session, &Kept::none()).await.expect("end_session failed")),
            "erase" => assert_eq!(store.erase(&of).await.expect("erase failed"), 1),
            _ => drop(store.transfer(&of, &new_user(), &all, &at(0).into()).await.expect("transfer failed")),
        }
        assert!(inserted(store, &of, first.clone()).await.is_new(), "after {way}, the key is free");
        store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
    }
    for place in PLACES {
        let there = of.at(*place);
        let first = keyed("first", Repeat::Ignored);
        let id = put(store, &there, [first.clone()], at(0)).await[0];
        let elsewhere = inserted(store, &new_user(), first.clone()).await;
        assert_eq!(elsewhere.outcome, Outcome::New, "another recipient may have the same key");
        for again in of.places() {
            let again = inserted(store, &again, first.clone()).await;
            assert_eq!((again.id, again.outcome), (id, Outcome::Ignored(*place)));
        }
        store.delete(&there, &MessageFilter::default().with_key("key")).await.expect("delete failed");
        assert_eq!(content(store, &there).await, [], "the message was deleted by its key");
    }
    assert_eq!(inserted(store, &of, keyed("again", Repeat::Ignored)).await.outcome, Outcome::New);
}

/// Whether a message with a key is ignored, or replaces another message, is decided separately for each of its recipients.
pub async fn keys_are_checked_for_each_recipient(store: &Store) {
    let all = (0..200).map(|_| new_user()).collect::<Vec<_>>();
    for (of, place) in all.iter().zip(PLACES.iter().cycle()).skip(1).step_by(2) {
        put(store, &of.at(*place), [keyed("first", Repeat::Ignored)], at(0)).await;
    }
    let ignored = insert_all(store, Insertion::new(all.clone(), [keyed("second", Repeat::Ignored)]), at(0)).await;
    for (number, (of, inserted)) in all.iter().zip(ignored).enumerate() {
        let is_new = number % 2 == 0;
        assert_eq!(inserted[0].outcome == Outcome::New, is_new, "{number}");
        assert_eq!(in_all_places(store, of).await, [if is_new { "second" } else { "first" }], "{number}");
    }
    let replacing = insert_all(store, Insertion::new(all.clone(), [keyed("third", Repeat::Replaces)]), at(0)).await;
    for (of, inserted) in all.iter().zip(replacing) {
        assert!(matches!(inserted[0].outcome, Outcome::Replaced(..)), "{inserted:?}");
        assert_eq!(in_all_places(store, of).await, ["third"]);
    }
}

/// Concurrent inserts of the same key, in any places of a recipient, leave one message, even if it is moved at the same time.
pub async fn concurrent_inserts_of_a_key_leave_one_message(store: &Store) {
    const THREADS: usize = 8;
    for repeat in [Repeat::Ignored, Repeat::Replaces] {
        for _ in 0..4 {
            let of = new_user();
            let person = of.clone();
            let all = at_once(store, THREADS, async move |store, thread| {
                let place = PLACES[thread % PLACES.len()];
                inserted(store, &person.at(place), keyed(&thread.to_string(), repeat)).await
            })
            .await;
            let new = all.iter().filter(|it| it.outcome == Outcome::New).count();
            assert_eq!(new, 1, "exactly one insert was the first: {all:?}");
            assert_eq!(in_all_places(store, &of).await.len(), 1, "{repeat:?}: {all:?}");
            if repeat == Repeat::Replaces {
                let mut places = of.places().into_iter();
                let replaced = loop {
                    let messages = content(store, &places.next().expect("the message is in one of the places")).await;
                    if let [message] = &messages[..] {
                        break message.state.replaced;
                    }
                };
                assert_eq!(replaced as usize, THREADS - 1, "each insert replaced the previous message: {all:?}");
            }
        }
    }
    // Some threads move the message between places while others insert its key.
    for _ in 0..4 {
        let of = new_user();
        let person = of.clone();
        let never_twice = at_once(store, THREADS, async move |store, thread| {
            for _ in 0..8 {
                if thread < THREADS / 2 {
                    let repeat = if thread % 2 == 0 { Repeat::Ignored } else { Repeat::Replaces };
                    inserted(store, &person.at(PLACES[thread % PLACES.len()]), keyed("moved", repeat)).await;
                } else {
                    let [from, to] = [thread, thread + 1].map(|place| person.at(PLACES[place % PLACES.len()]));
                    let all = Move::of(MessageFilter::default());
                    store.transfer(&from, &to, &all, &at(0).into()).await.expect("transfer failed");
                }
                for place in person.places() {
                    if content(store, &place).await.len() > 1 {
                        return false;
                    }
                }
            }
            true
        });
        assert!(
            never_twice.await.into_iter().all(|never_twice| never_twice),
            "one place had two messages with the key"
        );
        assert_eq!(in_all_places(store, &of).await.len(), 1);
    }
}

/// `unless_past` names a mark and a position. A mailbox whose mark is at the position or past it gets nothing. Every other mailbox gets the messages, and the same step moves its mark to the position.
pub async fn unless_past_excludes_mailboxes_and_moves_the_mark(store: &Store) {
    let [mark, other] = ["to here", "another"].map(|name| Mark::new(name).expect("a mark"));
    let [of, ahead] = [new_user(), new_user()];
    let [before, position, after] = [100, 200, 300].map(|micros| MessageId::new(at(micros).as_micros()));
    put(store, &ahead, [saying("There before")], at(1000)).await;
    store.advance(&ahead, &mark, Some(position)).await.expect("advance failed");
    let up_to = |position, text: &str| {
        Insertion::new([of.clone(), ahead.clone()], [saying(text)]).unless_past(mark.clone(), position)
    };
    let first = insert_all(store, up_to(position, "First"), at(0)).await;
    assert_eq!([first[0].len(), first[1].len()], [1, 0], "one of the mailboxes has its mark at the position");
    for position in [before, position] {
        assert_eq!(insert_all(store, up_to(position, "Again"), at(0)).await, [vec![], vec![]]);
    }
    let second = insert_all(store, up_to(after, "Second"), at(0)).await;
    assert_eq!([second[0].len(), second[1].len()], [1, 1], "both marks were before the position");
    let without = Insertion::new([of.clone()], []).unless_past(other.clone(), after);
    assert_eq!(insert_all(store, without, at(0)).await, [vec![]], "the insert has no messages");
    let all = MessageFilter::default();
    assert_eq!(texts(store, &of, &all).await, ["First", "Second"]);
    assert_eq!(texts(store, &ahead, &all).await, ["There before", "Second"]);
    for (of, mark) in [(&of, &mark), (&of, &other), (&ahead, &mark)] {
        assert_eq!(store.advance(of, mark, None).await.expect("advance failed"), Some(after), "{mark} of {of:?}");
    }
}

/// Of concurrent inserts with the same `unless_past`, exactly one delivers, even if its messages are deleted at the same time.
pub async fn concurrent_inserts_up_to_a_mark_deliver_once(store: &Store) {
    const THREADS: usize = 8;
    for _ in 0..4 {
        let of = new_user();
        let person = of.clone();
        let delivered = at_once(store, THREADS, async move |store, thread| {
            let mark = Mark::new("to here").expect("a mark");
            let insertion = Insertion::new([person.clone()], [saying("Once"), saying("Once more")]);
            let insertion = insertion.unless_past(mark, MessageId::new(at(0).as_micros()));
            let inserted = insert_all(store, insertion, at(0)).await.concat();
            if thread % 2 == 0 {
                store.delete(&person, &MessageFilter::default()).await.expect("delete failed");
            }
            inserted.len()
        })
        .await;
        assert_eq!(delivered.iter().sum::<usize>(), 2, "both messages are inserted once: {delivered:?}");
    }
}

const PLACES: &[Place] = &[Place::Inbox, Place::Archive, Place::Later];

fn keyed(text: &str, repeat: Repeat) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, text).key("key", repeat))
}

/// Inserts one message into one mailbox, and returns the outcome.
async fn inserted(store: &Store, of: &Recipient, message: CheckedMessage) -> Inserted {
    let now: Timestamp = at(0);
    insert_all(store, Insertion::new([of.clone()], [message]), now).await.concat()[0]
}

/// Returns the texts in all places of a recipient.
async fn in_all_places(store: &Store, of: &Recipient) -> Vec<String> {
    let mut all = Vec::new();
    for of in of.places() {
        all.extend(texts(store, &of, &MessageFilter::default()).await);
    }
    all
}
