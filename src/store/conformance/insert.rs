//! The laws of [`MessageStore::insert`](crate::MessageStore::insert).

mod content;
mod keyed;

use std::{
    collections::BTreeSet,
    slice,
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::{collection, prelude::*, sample};
use tokio::time::timeout;

pub use self::{content::*, keyed::*};
use super::{
    Store,
    fixtures::{
        TIMEOUTS, at, at_once, checked, content, count, failure, for_all, insert, insert_for, listed, new_session,
        new_user, put, saying, texts, user,
    },
    random::moment,
};
use crate::model::{Kept, Level, MessageFilter, MessageId, Move, NewMessage, Recipient, Repeat, Timestamp};

/// The ids of a mailbox are strictly increasing, even if the clock stands still or runs backwards.
pub async fn ids_are_strictly_increasing(store: &Store) {
    let long_ago = [-12_219_292_800_000_000, -1, 0, 1, 9_007_199_254_740_991].map(Timestamp::from_micros).to_vec();
    let moments = prop_oneof![4 => moment(), 1 => sample::select(long_ago)];
    for_all(store, collection::vec((moments, 0..4_usize), 1..8), async |store, inserts| {
        let of = new_user();
        let mut ids = Vec::new();
        for (now, count) in inserts {
            let messages = vec![saying("Next"); count];
            ids.extend(insert(store, slice::from_ref(&of), messages, now).await.map_err(failure)?.concat());
        }
        prop_assert!(ids.is_sorted_by(|one, next| one < next), "the ids should be strictly increasing: {ids:?}");
        Ok(())
    })
    .await;
}

/// An id is the time of the clock, unless the mailbox has already used that id or a larger one.
pub async fn an_id_is_the_moment_of_the_clock(store: &Store) {
    let of = new_user();
    for moment in [at(0), at(1), at(1_000_000_007)] {
        let ids = put(store, &of, [saying("On time")], moment).await;
        assert_eq!(ids, [MessageId::new(moment.as_micros())], "the mailbox had no id at or after {moment}");
    }
    let elsewhere = put(store, &new_user(), [saying("In another mailbox")], at(0)).await;
    assert_eq!(elsewhere, [MessageId::new(at(0).as_micros())], "ids of another mailbox have no effect");
    let earlier = put(store, &of, [saying("Late")], at(500)).await;
    assert!(earlier[0].created() > at(1_000_000_007), "the mailbox already had an id after {}", at(500));
}

/// A message for several recipients has a separate id in each mailbox: a mailbox whose newest id is later than the clock does not affect the ids of the others.
pub async fn a_message_for_several_recipients_has_its_own_id_in_each_mailbox(store: &Store) {
    const YEARS: i64 = 12 * 365 * 24 * 60 * 60 * 1_000_000;
    let all = [new_user(), new_user(), new_user()];
    let [ahead, early] = [YEARS, 10].map(at);
    put(store, &all[0], [saying("From a clock that is years ahead")], ahead).await;
    put(store, &all[2], [saying("Early")], early).await;
    let ids = insert_for(store, &all, [saying("For all"), saying("For all, continued")], at(20)).await;
    let [of_ahead, others @ ..] = &ids[..] else { panic!("no ids for the first recipient: {ids:?}") };
    assert_eq!(of_ahead.len(), 2);
    assert!(
        of_ahead[0].created() > ahead && of_ahead[1] > of_ahead[0],
        "the mailbox already had an id at {ahead}: {ids:?}"
    );
    let expected = vec![[20, 21].map(|micros| MessageId::new(at(micros).as_micros())).to_vec(); 2];
    assert_eq!(others, expected, "no other mailbox had an id at or after {}", at(20));
    for (of, ids) in all.iter().zip(&ids) {
        let theirs = listed(store, of, &MessageFilter::default()).await;
        let theirs = theirs.into_iter().filter(|message| message.text.starts_with("For all")).map(|message| message.id);
        assert_eq!(theirs.collect::<Vec<_>>(), *ids);
    }
}

/// Concurrent inserts lose no message and give no id twice in a mailbox.
pub async fn concurrent_inserts_lose_nothing_and_share_no_id(store: &Store) {
    const THREADS: usize = 16;
    const INSERTS: usize = 8;
    let both = [new_user(), new_user()];
    // For one recipient, for the other, and for both in either order.
    let of = |thread: usize| {
        let [one, other] = both.clone();
        [vec![one.clone()], vec![one.clone(), other.clone()], vec![other.clone(), one], vec![other]][thread % 4].clone()
    };
    let all = (0..THREADS).map(of).collect::<Vec<_>>();
    let inserted = at_once(store, THREADS, async move |store, thread| {
        let mut inserted = Vec::new();
        for number in 0..INSERTS {
            let texts = [format!("{thread}.{number}"), format!("{thread}.{number}, continued")];
            let ids = insert_for(store, &all[thread], texts.clone().map(saying), at(0)).await;
            for (of, ids) in all[thread].iter().zip(ids) {
                inserted.extend(ids.into_iter().zip(texts.clone()).map(|(id, text)| (of.clone(), id, text)));
            }
        }
        inserted
    })
    .await;
    for of in &both {
        let mut theirs = Vec::new();
        for inserted in &inserted {
            let inserted = inserted.iter().filter(|(recipient, ..)| recipient == of);
            let inserted = inserted.map(|(_, id, text)| (*id, text.clone())).collect::<Vec<_>>();
            let is_sorted = inserted.is_sorted_by(|(one, _), (next, _)| one < next);
            assert!(is_sorted, "the ids of one thread are not in its order: {inserted:?}");
            theirs.extend(inserted);
        }
        theirs.sort();
        let ids = theirs.iter().map(|(id, _)| id).collect::<BTreeSet<_>>();
        assert_eq!(ids.len(), theirs.len(), "an id was given twice");
        let content = content(store, of).await.into_iter().map(|message| (message.id, message.content.text));
        assert_eq!(content.collect::<Vec<_>>(), theirs, "messages were lost or overwritten");
    }
}

/// After the newest message was deleted or moved away, the next id is still larger than the id of that message.
pub async fn after_the_newest_was_deleted_no_smaller_id_is_given(store: &Store) {
    let session = new_session();
    let bound = || checked(NewMessage::new(Level::INFO, "Newest").session(session.clone()));
    for deletes in ["delete", "delete all", "end_session", "transfer", "delete before the newest"] {
        let of = new_user();
        put(store, &of, [saying("Oldest")], at(0)).await;
        let newest = put(store, &of, [bound(), bound()], at(1000)).await[1];
        let outcome = match deletes {
            "delete" => store.delete(&of, &MessageFilter::default().with_id(newest)).await.map(drop),
            "delete all" => store.delete(&of, &MessageFilter::default()).await.map(drop),
            "end_session" => store.end_session(&session, &Kept::none()).await.map(drop),
            "transfer" => store.transfer(&of, &new_user(), &Move::mailbox(), &at(0).into()).await.map(drop),
            _ => {
                let older = MessageFilter::default().created_before(at(1000));
                store.delete(&of, &older).await.expect("delete failed");
                store.delete(&of, &MessageFilter::default().with_id(newest)).await.map(drop)
            }
        };
        outcome.unwrap_or_else(|error| panic!("{deletes} failed: {error:?}"));
        for moment in [at(0), at(500), at(1001)] {
            let id = put(store, &of, [saying("Next")], moment).await[0];
            assert!(id > newest, "after {deletes}, the new id {id} is not larger than {newest}");
            store.delete(&of, &MessageFilter::default().with_id(id)).await.expect("delete failed");
        }
        let later = put(store, &of, [saying("Later")], at(5000)).await;
        assert_eq!(later, [MessageId::new(at(5000).as_micros())], "the mailbox had no id at or after {}", at(5000));
    }
}

/// All of the messages are inserted, or none: no reader ever sees only some of them.
pub async fn all_are_inserted_or_none(store: &Store) {
    const BATCH: usize = 400;
    let of = new_user();
    let mailbox = of.clone();
    // Two threads insert, the others read.
    let seen = at_once(store, 8, async move |store, thread| {
        let mut seen = BTreeSet::new();
        for _ in 0..if thread < 2 { 8 } else { 40 } {
            if thread < 2 {
                put(store, &mailbox, vec![saying("One of many"); BATCH], at(0)).await;
            } else {
                let summary = store.summarize(&mailbox, &MessageFilter::default()).await.expect("summarize failed");
                seen.insert(summary.count());
            }
        }
        seen
    })
    .await;
    let parts = seen.into_iter().flatten().filter(|count| count % BATCH as u64 != 0).collect::<BTreeSet<_>>();
    assert!(parts.is_empty(), "each insert has {BATCH} messages, but a reader saw {parts:?}");
}

/// A message for several recipients appears in all their mailboxes at once: no reader finds it in only some of them.
pub async fn a_message_for_many_is_in_all_mailboxes_at_once(store: &Store) {
    const WRITERS: usize = 2;
    let all = (0..40).map(|_| new_user()).collect::<Vec<_>>();
    let writers_done = AtomicUsize::new(0);
    let seen = at_once(store, WRITERS + 4, async move |store, thread| {
        let mut seen = Vec::new();
        if thread < WRITERS {
            let _done = Done(&writers_done);
            for _ in 0..20 {
                insert_for(store, &all, [saying("For all")], at(0)).await;
            }
            return seen;
        }
        // The store may write either mailbox first. Reading them in both orders detects a gap in both cases.
        for ends in [[0, 39], [39, 0]].into_iter().cycle() {
            let [one, other] = ends.map(|end| &all[end]);
            seen.push((count(store, one).await, count(store, other).await));
            if writers_done.load(Ordering::Relaxed) == WRITERS {
                break;
            }
        }
        seen
    })
    .await;
    let partly = seen.concat().into_iter().filter(|(before, after)| before > after).collect::<BTreeSet<_>>();
    assert!(partly.is_empty(), "a message was in one mailbox and not yet in another: {partly:?}");
}

/// As long as an inserted message is visible, no insert makes a message with a smaller id visible in the same mailbox.
pub async fn no_smaller_id_becomes_visible_later(store: &Store) {
    const WRITERS: usize = 4;
    let all = (0..150).map(|_| new_user()).collect::<Vec<_>>();
    let writers_done = AtomicUsize::new(0);
    let found_late = at_once(store, WRITERS + 2, async move |store, thread| {
        let (of, mut seen, mut found_late) = (&all[0], BTreeSet::new(), Vec::new());
        if thread < WRITERS {
            let _done = Done(&writers_done);
            let for_whom = [1, 1, 20, 150][thread];
            for _ in 0..if for_whom == 1 { 40 } else { 20 } {
                insert_for(store, &all[..for_whom], [saying("New")], Timestamp::now()).await;
            }
            return found_late;
        }
        loop {
            let is_over = writers_done.load(Ordering::Relaxed) == WRITERS;
            let there = content(store, of).await.into_iter().map(|message| message.id).collect::<BTreeSet<_>>();
            found_late.extend(there.difference(&seen).filter(|id| seen.last().is_some_and(|last| id < &last)).copied());
            seen = there;
            if is_over {
                break found_late;
            }
        }
    })
    .await;
    let found_late = found_late.concat();
    assert!(found_late.is_empty(), "these ids became visible after larger ones: {found_late:?}");
}

/// Counts a writer that has finished or panicked, so that the readers stop in both cases.
struct Done<'a>(&'a AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// If the caller drops the future halfway, the insert still adds all of the messages, or none.
pub async fn a_dropped_insert_is_complete_or_absent(store: &Store) {
    const BATCH: usize = 100;
    let of = new_user();
    for wait_timeout in TIMEOUTS {
        let insert = insert(store, slice::from_ref(&of), vec![saying("One of many"); BATCH], at(0));
        // It does not matter whether the insert finished in time.
        drop(timeout(wait_timeout, insert).await);
        let count = content(store, &of).await.len();
        assert_eq!(
            count % BATCH,
            0,
            "inserts of {BATCH} messages were dropped, and {count} messages are in the mailbox"
        );
    }
    let ids = put(store, &of, [saying("Afterwards")], at(0)).await;
    assert_eq!(texts(store, &of, &MessageFilter::default().with_ids(ids)).await, ["Afterwards"]);
    // Either all messages are replaced, or none.
    let keyed = |key: usize| {
        let message = NewMessage::new(Level::INFO, "One of many").key(key.to_string(), Repeat::Replaces);
        checked(message)
    };
    let of = new_user();
    put(store, &of, (0..BATCH).map(keyed), at(0)).await;
    for wait_timeout in TIMEOUTS {
        drop(timeout(wait_timeout, insert(store, slice::from_ref(&of), (0..BATCH).map(keyed), at(0))).await);
        let there = content(store, &of).await;
        let replaced = there.iter().map(|message| message.state.replaced).collect::<BTreeSet<_>>();
        assert_eq!((there.len(), replaced.len()), (BATCH, 1), "only some messages were replaced: {replaced:?}");
    }
}

/// An insert may have thousands of messages, or none.
pub async fn a_batch_may_have_thousands(store: &Store) {
    let of = new_user();
    assert_eq!(put(store, &of, [], at(0)).await, []);
    let message = |number: i32| checked(NewMessage::new(number, number.to_string()).tag("many").session(new_session()));
    let given = (0..5000).map(message).collect::<Vec<_>>();
    let ids = put(store, &of, given.clone(), at(0)).await;
    let expected = given.into_iter().zip(ids).map(|(message, id)| message.stored_as(id)).collect::<Vec<_>>();
    assert!(content(store, &of).await == expected, "the listed messages differ from the 5000 inserted ones");
}

/// A message may have thousands of recipients, or none.
pub async fn a_message_may_be_for_thousands(store: &Store) {
    insert_for(store, &[], [saying("For no recipient")], at(0)).await;
    let all = (0..3000).map(|_| new_user()).collect::<Vec<_>>();
    let message = checked(NewMessage::new(Level::INFO, "For all").tag("many"));
    let ids = insert_for(store, &all, [message.clone()], at(0)).await;
    assert_eq!(ids.len(), all.len(), "the store should return ids for each recipient");
    for (of, ids) in all.iter().zip(ids) {
        assert_eq!(content(store, of).await, [message.clone().stored_as(ids[0])]);
    }
}

/// Recipients that differ in any way have separate mailboxes: each contains only the messages for its recipient.
pub async fn a_mailbox_is_its_recipients_alone(store: &Store) {
    let session = new_session();
    let ids = [
        "alice",
        "Alice",
        "ALICE",
        "a lice",
        "a  lice",
        "a\u{a0}lice",
        "al%",
        "al_ce",
        "\u{e9}",
        "e\u{301}",
        "1",
        "01",
    ];
    let users = ids.iter().map(|id| user(format_args!("{id}{session}")));
    let alike = ["alice", " alice", "Alice"].iter().map(|id| user(format_args!("{session}{id}")));
    let mut recipients = users.chain(alike).collect::<Vec<_>>();
    recipients.extend([Recipient::visitor(session.clone()), user(&session), user(format_args!("v:{session}"))]);
    recipients.extend([user(format_args!("u:{session}")), user(format_args!("'{session}'; --"))]);
    for recipient in &recipients {
        put(store, recipient, [saying(recipient.key())], at(0)).await;
    }
    for recipient in &recipients {
        let seen = texts(store, recipient, &MessageFilter::default()).await;
        assert_eq!(seen, [recipient.key()], "the mailbox of {recipient:?} should have exactly its one message");
    }
}
