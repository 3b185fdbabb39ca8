//! The laws of [`MessageStore::summarize`](crate::MessageStore::summarize).

use proptest::prelude::*;

use super::{
    Store,
    fixtures::{Mailbox, failure, for_all},
    random::{filter, samples},
};
use crate::model::Summary;

/// A summary counts, for each level, exactly the messages that a list with the same filter has.
pub async fn a_summary_counts_exactly_what_a_list_has(store: &Store) {
    for_all(store, (samples(), filter()), async |store, (samples, filter)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        let matched = mailbox.matched_by(&filter);
        let expected = matched.iter().map(|message| message.level).collect::<Summary>();
        prop_assert_eq!(store.summarize(&mailbox.of, &filter).await.map_err(failure)?, expected);
        Ok(())
    })
    .await;
}

/// Summarizing changes nothing.
pub async fn summarizing_changes_nothing(store: &Store) {
    for_all(store, (samples(), filter()), async |store, (samples, filter)| {
        let mailbox = Mailbox::with(store, &samples).await?;
        store.summarize(&mailbox.of, &filter).await.map_err(failure)?;
        mailbox.check(store, "after a summary").await
    })
    .await;
}
