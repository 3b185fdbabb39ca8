//! The laws of [`MessageStore::claim`](crate::MessageStore::claim).

use proptest::prelude::*;

use super::{
    Store,
    fixtures::{
        Mailbox, all_or_none, at, at_once, content, count, failure, for_all, listed, put, same, saying, somebody, texts,
    },
    random::{samples, samples_without_keys},
};
use crate::model::{Message, MessageFilter, MessageId, Recipient};

/// Claiming moves every message as it is, in its order, and leaves the first mailbox empty.
pub async fn claiming_moves_every_message_as_it_is(store: &Store) {
    for_all(store, (samples_without_keys(), samples()), async |store, (claimed, present)| {
        let [mut from, neighbour] = Mailbox::twins(store, &claimed).await?;
        let to = Mailbox::with(store, &present).await?;
        let moved = store.claim(&from.of, &to.of).await.map_err(failure)?;
        prop_assert_eq!(moved, from.messages.len() as u64, "how many were moved");
        let (there, new) = listed(store, &to.of, &MessageFilter::default())
            .await
            .into_iter()
            .partition::<Vec<_>, _>(|message| to.messages.iter().any(|present| present.id == message.id));
        same("what was there before", &there, &to.messages)?;
        // The ids are another law's.
        let without_ids = |messages: Vec<Message>| {
            let messages = messages.into_iter().map(|message| Message { id: MessageId::new(0), ..message });
            messages.collect::<Vec<_>>()
        };
        same("what was moved", &without_ids(new), &without_ids(std::mem::take(&mut from.messages)))?;
        from.check(store, "in the first mailbox").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// A message keeps its id; where that is taken, or would change the order, it gets the next free one.
pub async fn a_message_keeps_its_id_where_that_is_free(store: &Store) {
    for_all(store, (samples_without_keys(), samples()), async |store, (claimed, present)| {
        let from = Mailbox::with(store, &claimed).await?;
        let mut to = Mailbox::with(store, &present).await?;
        store.claim(&from.of, &to.of).await.map_err(failure)?;
        let is_taken = |id| to.messages.iter().any(|present| present.id == id);
        let ids = MessageId::free_for(from.messages.iter().map(|message| message.id), is_taken);
        to.messages.extend(from.messages.into_iter().zip(ids).map(|(message, id)| Message { id, ..message }));
        to.messages.sort_by_key(|message| message.id);
        to.check(store, "in the second mailbox").await
    })
    .await;
}

/// Claiming an empty mailbox, or a mailbox for itself, changes nothing and returns 0.
pub async fn claiming_nothing_changes_nothing(store: &Store) {
    let (of, nobody) = (somebody(), somebody());
    put(store, &of, ["Here", "Here too"].map(saying), at(0)).await;
    let before = content(store, &of).await;
    for (what, from) in [("an empty mailbox", &nobody), ("the mailbox itself", &of)] {
        assert_eq!(store.claim(from, &of).await.expect("claim failed"), 0, "{what} was claimed");
        assert_eq!(content(store, &of).await, before, "{what} was claimed");
    }
}

/// Of two that claim the same mailbox at the same moment, each message goes to one.
pub async fn of_two_that_claim_each_message_goes_to_one(store: &Store) {
    const THREADS: usize = 6;
    for _ in 0..6 {
        let (from, claimers) = (somebody(), (0..THREADS).map(|_| somebody()).collect::<Vec<_>>());
        let mut given = (0..40).map(|number| number.to_string()).collect::<Vec<_>>();
        put(store, &from, given.iter().map(saying), at(0)).await;
        let (mailbox, to) = (from.clone(), claimers.clone());
        let claimed = at_once(store, THREADS, async move |store, thread| {
            store.claim(&mailbox, &to[thread]).await.expect("claim failed")
        })
        .await;
        let mut found = Vec::new();
        for (of, claimed) in claimers.iter().zip(claimed) {
            let texts = texts(store, of, &MessageFilter::default()).await;
            assert_eq!(texts.len() as u64, claimed, "how many were moved");
            found.extend(texts);
        }
        found.sort();
        given.sort();
        assert_eq!(found, given, "each message has to be in one mailbox");
        assert_eq!(count(store, &from).await, 0, "they were claimed");
    }
}

/// Mailboxes that are claimed in both directions lose nothing, nor what is inserted in the meantime.
pub async fn claims_in_both_directions_lose_nothing(store: &Store) {
    const THREADS: usize = 6;
    const TIMES: usize = 12;
    let both = [somebody(), somebody()];
    let mailboxes = both.clone();
    at_once(store, THREADS, async move |store, thread| {
        let [one, other] = if thread % 2 == 0 { [0, 1] } else { [1, 0] }.map(|number| &mailboxes[number]);
        for time in 0..TIMES {
            if thread < 2 {
                put(store, one, [saying(format!("{thread}.{time}")), saying(format!("{thread}.{time}'"))], at(0)).await;
            } else {
                store.claim(one, other).await.expect("claim failed");
            }
        }
    })
    .await;
    let all = MessageFilter::default();
    let mut found = [texts(store, &both[0], &all).await, texts(store, &both[1], &all).await].concat();
    found.sort();
    let given = (0..2).flat_map(|thread| (0..TIMES).map(move |time| format!("{thread}.{time}")));
    let mut given = given.flat_map(|text| [format!("{text}'"), text]).collect::<Vec<_>>();
    given.sort();
    assert_eq!(found, given, "each message has to be in one mailbox");
}

/// A claim that its caller gives up halfway moves all of the messages, or none.
pub async fn an_abandoned_claim_is_whole(store: &Store) {
    let claim = async |of: &Recipient| store.claim(of, &somebody()).await;
    all_or_none(store, claim, async |of: &Recipient| content(store, of).await.len()).await;
}
