//! The laws of [`MessageStore::delete`](crate::MessageStore::delete).

use super::{
    Store,
    fixtures::{
        Mailbox, all_or_none, at, at_once, content, failure, for_all, mark_read, new_user, overlapping_filters, put,
        same, saying, texts,
    },
    random::{filter, samples},
};
use crate::model::{MessageFilter, Recipient};

/// A deletion deletes exactly the messages of the mailbox that match the filter, and returns their ids.
pub async fn deleting_deletes_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter()), async |store, (samples, filter)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let mut ids = store.delete(&mailbox.of, &filter).await.map_err(failure)?;
        ids.sort();
        let expected = mailbox.matched_by(&filter).into_iter().map(|message| message.id).collect::<Vec<_>>();
        same("the ids", &ids, &expected)?;
        mailbox.messages.retain(|message| !filter.matches(message));
        mailbox.check(store, "after the deletion").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// Deleting with a filter for read messages leaves the unread messages in the mailbox.
pub async fn a_policy_is_a_filter(store: &Store) {
    let of = new_user();
    let ids = put(store, &of, ["Read", "Unread"].map(saying), at(0)).await;
    mark_read(store, &of, &MessageFilter::default().with_id(ids[0]), at(1)).await;
    let unread = MessageFilter::default().with_id(ids[1]).read();
    assert_eq!(store.delete(&of, &unread).await.expect("delete failed"), [], "the message is unread");
    assert_eq!(store.delete(&of, &MessageFilter::default().read()).await.expect("delete failed"), [ids[0]]);
    assert_eq!(texts(store, &of, &MessageFilter::default()).await, ["Unread"]);
}

/// Of concurrent calls that delete the same message, exactly one returns its id.
pub async fn concurrent_deletions_return_an_id_once(store: &Store) {
    for _ in 0..8 {
        let of = new_user();
        let mut expected = put(store, &of, vec![saying("Wanted"); 40], at(0)).await;
        let (mailbox, ids) = (of.clone(), expected.clone());
        let deleted = at_once(store, 8, async move |store, thread| {
            let mut mine = Vec::new();
            for filter in overlapping_filters(&ids, thread) {
                mine.extend(store.delete(&mailbox, &filter).await.expect("delete failed"));
            }
            mine
        })
        .await;
        let mut deleted = deleted.concat();
        deleted.sort();
        expected.sort();
        assert_eq!(deleted, expected);
        assert_eq!(content(store, &of).await, []);
    }
}

/// If the caller drops the future halfway, all of the messages are deleted, or none.
pub async fn a_dropped_deletion_is_complete_or_absent(store: &Store) {
    let delete = async |of: &Recipient| store.delete(of, &MessageFilter::default()).await;
    all_or_none(store, delete, async |of: &Recipient| content(store, of).await.len()).await;
}
