//! The laws of [`MessageStore::insert`](crate::MessageStore::insert).

use std::{collections::BTreeSet, time::Duration};

use proptest::{collection, prelude::*, sample};
use tokio::time::timeout;

use super::{
    Store,
    fixtures::{
        Mailbox, at, at_once, checked, content, failure, for_all, listed, put, saying, some_session, somebody, texts,
        user,
    },
    random::{message, moment},
};
use crate::{Level, MessageFilter, MessageId, NewMessage, Recipient, Timestamp};

/// An inserted message is listed as it was given, unread, under the id that was returned.
pub async fn an_inserted_message_is_listed_as_it_was_given(store: &Store) {
    for_all(store, (collection::vec(message(), 0..8), moment()), async |store, (given, now)| {
        let of = somebody();
        let ids = store.insert(std::slice::from_ref(&of), given.clone(), now).await.map_err(failure)?;
        prop_assert_eq!(ids.len(), given.len(), "there has to be an id for each message");
        let expected = given.into_iter().zip(ids).map(|(message, id)| message.stored_as(id)).collect();
        Mailbox { of, messages: expected }.check(store, "after the insert").await
    })
    .await;
}

/// Every message that passed its check fits: up to the last character of its limits, in any script.
pub async fn every_message_fits_up_to_its_limits(store: &Store) {
    let id = somebody().user_id().unwrap_or_default().to_owned();
    let of = user(format_args!("{id}{}", "é".repeat((Recipient::MAX_USER_ID_BYTES - id.len()) / 2)));
    for (character, level) in [("x", i32::MAX), ("ß", i32::MIN), ("語", 0), ("\u{10ffff}", -1), ("\u{1}", 1)] {
        let message = NewMessage::new(level, character.repeat(NewMessage::MAX_TEXT_CHARS))
            .tags((0..20).map(|_| character.repeat(NewMessage::MAX_TAG_CHARS)))
            .view(character.repeat(NewMessage::MAX_VIEW_CHARS));
        let message = checked(message);
        let ids = put(store, &of, [message.clone()], at(0)).await;
        let kept = listed(store, &of, &MessageFilter::default().with_ids(ids.clone())).await;
        assert_eq!(kept, [message.stored_as(ids[0])], "the longest message of {character:?} is not as it was given");
    }
}

/// Tags are kept as they are: in their order, repeated ones too. A message without tags has none.
pub async fn tags_are_kept_as_they_are(store: &Store) {
    let of = somebody();
    let given = [
        vec![],
        vec!["b", "a", "b"],
        vec!["a,b", "a b", " ", "[\"a\"]", "\"", "\\", "null"],
        vec!["A", "a", "ß", "SS", "Straße", "\u{1}", "\n", "\u{feff}", "😀"],
    ];
    let tagged = |tags: &Vec<&'static str>| checked(NewMessage::new(Level::INFO, "Tagged").tags(tags.clone()));
    put(store, &of, given.iter().map(tagged), at(0)).await;
    let kept = content(store, &of).await.into_iter().map(|message| message.tags).collect::<Vec<_>>();
    assert_eq!(kept, given);
}

/// Ids are strictly increasing in a mailbox, also when the clock stands still or runs backwards.
pub async fn ids_are_strictly_increasing(store: &Store) {
    let long_ago = [-62_135_596_800_000_000, -1, 0, 1, 9_007_199_254_740_991].map(Timestamp::from_micros).to_vec();
    let moments = prop_oneof![4 => moment(), 1 => sample::select(long_ago)];
    for_all(store, collection::vec((moments, 0..4_usize), 1..8), async |store, inserts| {
        let of = somebody();
        let mut ids = Vec::new();
        for (now, count) in inserts {
            let messages = vec![saying("Next"); count];
            ids.extend(store.insert(std::slice::from_ref(&of), messages, now).await.map_err(failure)?);
        }
        prop_assert!(ids.is_sorted_by(|one, next| one < next), "the ids are {ids:?}");
        Ok(())
    })
    .await;
}

/// An id is the moment given as `now`, unless the mailbox has reached that moment already.
pub async fn an_id_is_the_moment_given(store: &Store) {
    let of = somebody();
    for moment in [at(0), at(1), at(1_000_000_007)] {
        let ids = put(store, &of, [saying("On time")], moment).await;
        assert_eq!(ids, [MessageId::new(moment.as_micros())], "the mailbox had not reached {moment}");
    }
    let elsewhere = put(store, &somebody(), [saying("In another mailbox")], at(0)).await;
    assert_eq!(elsewhere, [MessageId::new(at(0).as_micros())], "another mailbox does not matter");
    let earlier = put(store, &of, [saying("Late")], at(500)).await;
    assert!(earlier[0].created() > at(1_000_000_007), "the mailbox had reached {} already", at(500));
}

/// Concurrent inserts lose nothing and share no id.
pub async fn concurrent_inserts_lose_nothing_and_share_no_id(store: &Store) {
    const THREADS: usize = 16;
    const INSERTS: usize = 8;
    let of = somebody();
    let mailbox = of.clone();
    let ids = at_once(store, THREADS, async move |store, thread| {
        let mut ids = Vec::new();
        for number in 0..INSERTS {
            let messages = [saying(format!("{thread}.{number}")), saying(format!("{thread}.{number}, continued"))];
            ids.extend(put(store, &mailbox, messages, at(0)).await);
        }
        assert!(ids.is_sorted_by(|one, next| one < next), "what one thread inserts stays in its order: {ids:?}");
        ids
    })
    .await;
    let ids = ids.into_iter().flatten().collect::<Vec<_>>();
    let content = content(store, &of).await;
    assert_eq!(ids.len(), THREADS * INSERTS * 2);
    assert_eq!(ids.iter().copied().collect::<BTreeSet<_>>().len(), ids.len(), "an id was given twice");
    assert_eq!(content.len(), ids.len(), "messages were lost");
    let texts = content.into_iter().map(|message| message.text).collect::<BTreeSet<_>>();
    assert_eq!(texts.len(), ids.len(), "messages were overwritten by others");
}

/// All of the messages are inserted, or none: nobody ever sees a part of them.
pub async fn all_are_inserted_or_none(store: &Store) {
    const BATCH: usize = 400;
    let of = somebody();
    let mailbox = of.clone();
    // Two threads insert, the others look.
    let seen = at_once(store, 8, async move |store, thread| {
        let mut seen = BTreeSet::new();
        for _ in 0..if thread < 2 { 8 } else { 40 } {
            if thread < 2 {
                put(store, &mailbox, vec![saying("One of many"); BATCH], at(0)).await;
            } else {
                let summary = store.summarize(&mailbox, &MessageFilter::default()).await.expect("summarize failed");
                seen.insert(summary.count);
            }
        }
        seen
    })
    .await;
    let parts = seen.into_iter().flatten().filter(|count| count % BATCH as u64 != 0).collect::<BTreeSet<_>>();
    assert!(parts.is_empty(), "batches of {BATCH} are inserted, and somebody saw {parts:?} messages");
}

/// An insert that its caller gives up halfway inserts all of the messages too, or none.
pub async fn an_abandoned_insert_is_whole(store: &Store) {
    const BATCH: usize = 100;
    let of = somebody();
    for patience in [0, 1, 2, 3, 5, 8].map(Duration::from_millis) {
        let insert = store.insert(std::slice::from_ref(&of), vec![saying("One of many"); BATCH], at(0));
        // Whether it was in time does not matter.
        drop(timeout(patience, insert).await);
        let count = content(store, &of).await.len();
        assert_eq!(count % BATCH, 0, "inserts of {BATCH} were given up, and there are {count} messages");
    }
    let ids = put(store, &of, [saying("Afterwards")], at(0)).await;
    assert_eq!(texts(store, &of, &MessageFilter::default().with_ids(ids)).await, ["Afterwards"]);
}

/// A batch may have thousands of messages, or none.
pub async fn a_batch_may_have_thousands(store: &Store) {
    let of = somebody();
    assert_eq!(put(store, &of, [], at(0)).await, []);
    let message =
        |number: i32| checked(NewMessage::new(number, number.to_string()).tag("many").session(some_session()));
    let given = (0..5000).map(message).collect::<Vec<_>>();
    let ids = put(store, &of, given.clone(), at(0)).await;
    let expected = given.into_iter().zip(ids).map(|(message, id)| message.stored_as(id)).collect::<Vec<_>>();
    assert!(content(store, &of).await == expected, "5000 messages were inserted, and others are listed");
}

/// A mailbox is its recipient's alone: recipients that differ in anything have mailboxes of their own.
pub async fn a_mailbox_is_its_recipients_alone(store: &Store) {
    let session = some_session();
    let ids =
        ["alice", "Alice", "ALICE", "alice ", " alice", "alice\t", "al%", "al_ce", "\u{e9}", "e\u{301}", "1", "01"];
    let users = ids.iter().map(|id| user(format_args!("{id}{session}")));
    let alike = ["alice", "alice ", "Alice"].iter().map(|id| user(format_args!("{session}{id}")));
    let mut recipients = users.chain(alike).collect::<Vec<_>>();
    recipients.extend([Recipient::visitor(session.clone()), user(&session), user(format_args!("v:{session}"))]);
    recipients.extend([user(format_args!("u:{session}")), user(format_args!("'{session}'; --"))]);
    for recipient in &recipients {
        put(store, recipient, [saying(recipient.key())], at(0)).await;
    }
    for recipient in &recipients {
        assert_eq!(texts(store, recipient, &MessageFilter::default()).await, [recipient.key()]);
    }
}
