//! The laws of [`MessageStore::mark_read`](crate::MessageStore::mark_read).

use super::{
    Store,
    fixtures::{
        Mailbox, all_or_none, at, at_once, content, failure, for_all, listed, put, same, saying, shared_out, somebody,
    },
    random::{filter, moment, samples},
};
use crate::model::{MessageFilter, Recipient};

/// Marking marks exactly the unread messages of the mailbox that the filter matches, and returns their ids.
pub async fn marking_marks_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter(), moment()), async |store, (samples, filter, now)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let mut ids = store.mark_read(&mailbox.of, &filter, now).await.map_err(failure)?;
        ids.sort();
        let meant = mailbox.messages.iter_mut().filter(|message| message.is_unread() && filter.matches(message));
        let expected = meant.map(|message| {
            message.state.read_at = Some(now.max(message.created()));
            message.id
        });
        same("the ids", &ids, &expected.collect::<Vec<_>>())?;
        mailbox.check(store, "after the marking").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// First reading wins: the time of a message that was read before stays as it is.
pub async fn first_reading_wins(store: &Store) {
    let (of, all) = (somebody(), MessageFilter::default());
    let ids = put(store, &of, [saying("Read twice")], at(0)).await;
    assert_eq!(store.mark_read(&of, &all, at(20)).await.expect("mark_read failed"), ids);
    for again in [at(30), at(10)] {
        let marked = store.mark_read(&of, &all, again).await.expect("mark_read failed");
        assert_eq!(marked, [], "it was read before, so marking it again returns no id");
        assert_eq!(content(store, &of).await[0].read_at(), Some(at(20)), "it was read again");
    }
}

/// A message is never read before it was created: the time is `now`, or its creation where that is later.
pub async fn a_message_is_never_read_before_it_was_created(store: &Store) {
    let (of, all) = (somebody(), MessageFilter::default());
    put(store, &of, [saying("First")], at(0)).await;
    put(store, &of, [saying("Second")], at(1000)).await;
    store.mark_read(&of, &all, at(500)).await.expect("mark_read failed");
    let times = content(store, &of).await.into_iter().map(|message| message.read_at()).collect::<Vec<_>>();
    assert_eq!(times, [Some(at(500)), Some(at(1000))], "both were marked at {}", at(500));
}

/// Of two that mark the same message at the same moment, one gets its id.
pub async fn of_two_that_mark_one_gets_the_id(store: &Store) {
    for _ in 0..8 {
        let of = somebody();
        let mut unread = put(store, &of, vec![saying("Wanted"); 40], at(0)).await;
        let (mailbox, ids) = (of.clone(), unread.clone());
        let marked = at_once(store, 8, async move |store, thread| {
            let mut mine = Vec::new();
            for filter in shared_out(&ids, thread) {
                mine.extend(
                    store.mark_read(&mailbox, &filter, at(1000 + thread as i64)).await.expect("mark_read failed"),
                );
            }
            mine
        })
        .await;
        for message in content(store, &of).await {
            let markers = marked.iter().enumerate().filter(|(_, ids)| ids.contains(&message.id));
            let times = markers.map(|(thread, _)| Some(at(1000 + thread as i64))).collect::<Vec<_>>();
            assert_eq!(times, [message.read_at()], "who got the id is not who marked it");
        }
        let mut marked = marked.concat();
        marked.sort();
        unread.sort();
        assert_eq!(marked, unread);
    }
}

/// Marking that its caller gives up halfway marks all of the messages, or none.
pub async fn an_abandoned_mark_is_whole(store: &Store) {
    let mark = async |of: &Recipient| store.mark_read(of, &MessageFilter::default(), at(10)).await;
    let unread = async |of: &Recipient| listed(store, of, &MessageFilter::default().unread()).await.len();
    all_or_none(store, mark, unread).await;
}
