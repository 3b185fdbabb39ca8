//! The laws of [`MessageStore::mark_unread`](crate::MessageStore::mark_unread).

use super::{
    Store,
    fixtures::{Mailbox, at, content, failure, for_all, put, same, saying, somebody},
    random::{filter, samples},
};
use crate::model::MessageFilter;

/// Marking as unread marks exactly the read messages that the filter matches, and returns their ids.
pub async fn marking_as_unread_marks_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter()), async |store, (samples, filter)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let mut ids = store.mark_unread(&mailbox.of, &filter).await.map_err(failure)?;
        ids.sort();
        let meant = mailbox.messages.iter_mut().filter(|message| !message.is_unread() && filter.matches(message));
        let expected = meant.map(|message| {
            message.state.read_at = None;
            message.id
        });
        same("the ids", &ids, &expected.collect::<Vec<_>>())?;
        mailbox.check(store, "after the marking").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// A message that was marked as unread is read again at a time of its own.
pub async fn a_message_marked_as_unread_is_read_again(store: &Store) {
    let (of, all) = (somebody(), MessageFilter::default());
    let ids = put(store, &of, [saying("Read twice")], at(0)).await;
    store.mark_read(&of, &all, at(20)).await.expect("mark_read failed");
    assert_eq!(store.mark_unread(&of, &all).await.expect("mark_unread failed"), ids);
    assert_eq!(store.mark_unread(&of, &all).await.expect("mark_unread failed"), [], "it was unread already");
    assert_eq!(store.mark_read(&of, &all, at(30)).await.expect("mark_read failed"), ids);
    assert_eq!(content(store, &of).await[0].read_at(), Some(at(30)));
}
