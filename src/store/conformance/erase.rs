//! The laws of [`MessageStore::erase`](crate::MessageStore::erase).

use proptest::prelude::*;

use super::{
    Store,
    fixtures::{Mailbox, all_or_none, at, at_once, content, failure, for_all, new_user, put, saying},
    random::{samples, samples_without_keys},
};
use crate::model::{Mark, MessageId, Recipient};

/// Erasing a mailbox deletes all of its messages and marks, and changes no other mailbox.
pub async fn erasing_leaves_neither_a_message_nor_a_mark(store: &Store) {
    for_all(store, (samples(), samples_without_keys()), async |store, (samples, archived)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let archive = Mailbox::of(store, mailbox.of.archive(), &archived).await?;
        let newest = |mailbox: &Mailbox| mailbox.messages.last().map(|message| message.id);
        let kept = [&neighbour, &archive].map(|kept| (kept.of.clone(), newest(kept)));
        let marks = ["seen", "another"].map(|name| Mark::new(name).expect("a mark"));
        for mailbox in [&mailbox, &neighbour, &archive] {
            for mark in &marks {
                store.advance(&mailbox.of, mark, newest(mailbox)).await.map_err(failure)?;
            }
        }
        let erased = store.erase(&mailbox.of).await.map_err(failure)?;
        prop_assert_eq!(erased, mailbox.messages.len() as u64, "the number of erased messages");
        mailbox.messages.clear();
        mailbox.check(store, "after it was erased").await?;
        for mark in &marks {
            prop_assert_eq!(
                store.advance(&mailbox.of, mark, None).await.map_err(failure)?,
                None,
                "the mark {} is left",
                mark
            );
            for (of, newest) in &kept {
                prop_assert_eq!(store.advance(of, mark, None).await.map_err(failure)?, *newest, "{} of {:?}", mark, of);
            }
        }
        archive.check(store, "in the archive").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// An erased mailbox behaves like a new one.
pub async fn an_erased_mailbox_is_as_a_new_one(store: &Store) {
    let of = new_user();
    put(store, &of, [saying("Soon erased")], at(1000)).await;
    assert_eq!(store.erase(&of).await.expect("erase failed"), 1);
    assert_eq!(store.erase(&of).await.expect("erase failed"), 0, "the mailbox is already empty");
    let ids = put(store, &of, [saying("Afterwards")], at(0)).await;
    assert_eq!(ids, [MessageId::new(at(0).as_micros())], "the id is the time of the clock");
    assert_eq!(content(store, &of).await.len(), 1);
}

/// If a mark is moved while its mailbox is erased, the mark is erased too.
pub async fn a_mark_that_is_moved_meanwhile_is_erased(store: &Store) {
    for _ in 0..20 {
        let of = new_user();
        let newest = put(store, &of, [saying("Soon erased")], at(0)).await[0];
        let (mailbox, seen) = (of.clone(), Mark::new("seen").expect("a mark"));
        let mark = seen.clone();
        at_once(store, 3, async move |store, thread| {
            if thread == 0 {
                store.erase(&mailbox).await.map(drop).expect("erase failed");
            } else {
                store.advance(&mailbox, &mark, Some(newest)).await.map(drop).expect("advance failed");
            }
        })
        .await;
        assert_eq!(
            store.advance(&of, &seen, None).await.expect("advance failed"),
            None,
            "the mark was moved during the erasure and is left"
        );
    }
}

/// If the caller drops the future halfway, everything is erased, or nothing.
pub async fn a_dropped_erasure_is_complete_or_absent(store: &Store) {
    let erase = async |of: &Recipient| store.erase(of).await;
    all_or_none(store, erase, async |of: &Recipient| content(store, of).await.len()).await;
}
