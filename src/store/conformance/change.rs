//! The laws of [`MessageStore::change`](crate::MessageStore::change).

use super::{
    Store,
    fixtures::{
        Mailbox, all_or_none, at, at_once, changed, checked, content, failure, for_all, listed, mark_read, new_user,
        oldest_first, overlapping_filters, put, same, saying,
    },
    random::{change, filter, lookups, moment, samples},
};
use crate::{
    model::{Change, CheckedTags, Level, MessageFilter, NewMessage, Recipient},
    store::StoreError,
};

/// A change applies to exactly the matching messages of the mailbox, and returns the ids for which `Change::apply` is true.
pub async fn a_change_is_applied_to_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter(), change(), moment()), async |store, (samples, filter, change, now)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let mut ids = store.change(&mailbox.of, &filter, &change, now).await.map_err(failure)?;
        ids.sort();
        let mut expected = Vec::new();
        for message in mailbox.messages.iter_mut().filter(|message| filter.matches(message)) {
            let is_about_it = change.apply(message, now).expect("tags within the limits");
            expected.extend(is_about_it.then_some(message.id));
        }
        same("the ids", &ids, &expected)?;
        mailbox.check(store, "after the change").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// The first reading wins: marking a read message as read again does not change its time of reading.
pub async fn first_reading_wins(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    let ids = put(store, &of, [saying("Read twice")], at(0)).await;
    assert_eq!(mark_read(store, &of, &all, at(20)).await, ids);
    for again in [at(30), at(10)] {
        let marked = mark_read(store, &of, &all, again).await;
        assert_eq!(marked, [], "the message is already read, so marking it again returns no id");
        assert_eq!(content(store, &of).await[0].read_at(), Some(at(20)), "the time of reading has changed");
    }
}

/// A message is never read before it was created: the time of reading is `now`, or the creation if that is later.
pub async fn a_message_is_never_read_before_it_was_created(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    put(store, &of, [saying("First")], at(0)).await;
    put(store, &of, [saying("Second")], at(1000)).await;
    mark_read(store, &of, &all, at(500)).await;
    let times = content(store, &of).await.into_iter().map(|message| message.read_at()).collect::<Vec<_>>();
    assert_eq!(times, [Some(at(500)), Some(at(1000))], "both were marked at {}", at(500));
}

/// A message that was marked as unread can be read again, and then gets the new time of reading.
pub async fn a_message_marked_as_unread_is_read_again(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    let ids = put(store, &of, [saying("Read twice")], at(0)).await;
    mark_read(store, &of, &all, at(20)).await;
    assert_eq!(changed(store, &of, &all, &Change::MarkUnread, at(25)).await, ids);
    assert_eq!(changed(store, &of, &all, &Change::MarkUnread, at(26)).await, [], "the message is already unread");
    assert_eq!(mark_read(store, &of, &all, at(30)).await, ids);
    assert_eq!(content(store, &of).await[0].read_at(), Some(at(30)));
}

/// Of concurrent calls that mark the same message, exactly one returns its id.
pub async fn concurrent_marking_returns_an_id_once(store: &Store) {
    for _ in 0..8 {
        let of = new_user();
        let mut unread = put(store, &of, vec![saying("Wanted"); 40], at(0)).await;
        let (mailbox, ids) = (of.clone(), unread.clone());
        let marked = at_once(store, 8, async move |store, thread| {
            let mut mine = Vec::new();
            for filter in overlapping_filters(&ids, thread) {
                mine.extend(mark_read(store, &mailbox, &filter, at(1000 + thread as i64)).await);
            }
            mine
        })
        .await;
        for message in content(store, &of).await {
            let markers = marked.iter().enumerate().filter(|(_, ids)| ids.contains(&message.id));
            let times = markers.map(|(thread, _)| Some(at(1000 + thread as i64))).collect::<Vec<_>>();
            assert_eq!(times, [message.read_at()], "the call that marked the message is the one that returned its id");
        }
        let mut marked = marked.concat();
        marked.sort();
        unread.sort();
        assert_eq!(marked, unread);
    }
}

/// If the caller drops the future halfway, the change applies to all of the messages, or to none.
pub async fn a_dropped_change_is_complete_or_absent(store: &Store) {
    let mark = async |of: &Recipient| store.change(of, &MessageFilter::default(), &Change::MarkRead, at(10)).await;
    let unread = async |of: &Recipient| listed(store, of, &MessageFilter::default().unread()).await.len();
    all_or_none(store, mark, unread).await;
    let tag = async |of: &Recipient| store.change(of, &MessageFilter::default(), &added(["new"]), at(10)).await;
    let tagged = async |of: &Recipient| listed(store, of, &MessageFilter::default().tagged("new")).await.len();
    all_or_none(store, tag, tagged).await;
}

/// Added tags are appended to the existing ones, in the given order, with duplicates.
pub async fn added_tags_stand_after_the_others(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    put(store, &of, [saying("Tagged")], at(0)).await;
    for tags in [vec!["b", "a", "b"], vec![], vec!["a", "ß", "[\"a\"]"], vec!["b"]] {
        changed(store, &of, &all, &added(tags), at(10)).await;
    }
    assert_eq!(content(store, &of).await[0].tags, ["b", "a", "b", "a", "ß", "[\"a\"]", "b"]);
}

/// Every occurrence of a removed tag is removed, and the other tags stay in their order.
pub async fn removed_tags_are_gone(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    let tagged = NewMessage::new(Level::INFO, "Tagged").tags(["b", "a", "B", "b", "ß", "a"]);
    put(store, &of, [checked(tagged)], at(0)).await;
    for (removed, left) in [
        (vec!["c", "A", "ss"], vec!["b", "a", "B", "b", "ß", "a"]),
        (vec!["b"], vec!["a", "B", "ß", "a"]),
        (vec!["ß", "a"], vec!["B"]),
        (vec!["B"], vec![]),
        (vec!["B"], vec![]),
    ] {
        let change = Change::RemoveTags(tags(removed.clone()));
        assert_eq!(
            changed(store, &of, &all, &change, at(10)).await.len(),
            1,
            "a change of tags returns the ids of all messages"
        );
        assert_eq!(content(store, &of).await[0].tags, left, "{removed:?} were removed");
    }
}

/// Replacing tags leaves only the new ones, in the given order, with duplicates.
pub async fn tags_that_replace_others_are_the_only_ones(store: &Store) {
    let (of, all) = (new_user(), MessageFilter::default());
    put(store, &of, [saying("Tagged")], at(0)).await;
    for others in [vec!["b", "a", "b"], vec!["ß"], vec![], vec!["a"]] {
        changed(store, &of, &all, &Change::ReplaceTags(tags(others.clone())), at(10)).await;
        assert_eq!(content(store, &of).await[0].tags, others);
    }
}

/// After a change of tags, all lookups, also those that ignore case, find the added tags and no longer find the removed ones.
pub async fn new_tags_are_found_as_the_others_are(store: &Store) {
    let cases = (samples(), filter(), change(), lookups());
    for_all(store, cases, async |store, (samples, filter, change, lookups)| {
        let mut mailbox = Mailbox::with(store, &samples).await?;
        store.change(&mailbox.of, &filter, &change, at(10)).await.map_err(failure)?;
        for message in mailbox.messages.iter_mut().filter(|message| filter.matches(message)) {
            change.apply(message, at(10)).expect("tags within the limits");
        }
        let tagged = MessageFilter { tags: lookups, ..MessageFilter::default() };
        let page = store.list(&mailbox.of, &tagged, &oldest_first()).await.map_err(failure)?;
        same("the list", &page.messages, &mailbox.matched_by(&tagged))
    })
    .await;
}

/// If concurrent calls add tags to the same message, it gets the tags of all of them.
pub async fn concurrent_tags_are_all_added(store: &Store) {
    const THREADS: usize = 8;
    const TIMES: usize = NewMessage::MAX_TAGS / THREADS;
    let of = new_user();
    put(store, &of, vec![saying("Wanted"); 5], at(0)).await;
    let mailbox = of.clone();
    at_once(store, THREADS, async move |store, thread| {
        for time in 0..TIMES {
            changed(store, &mailbox, &MessageFilter::default(), &added([format!("{thread}.{time}")]), at(10)).await;
        }
    })
    .await;
    let given = (0..THREADS).flat_map(|thread| (0..TIMES).map(move |time| format!("{thread}.{time}")));
    let mut expected = given.collect::<Vec<_>>();
    expected.sort();
    for mut message in content(store, &of).await {
        message.content.tags.sort();
        assert_eq!(message.tags, expected, "tags were lost");
    }
}

/// If a message would exceed the limits of [tags](crate::MessageContent::tags), the change fails with `StoreError::Invalid` and changes no message.
pub async fn tags_beyond_the_limit_are_refused(store: &Store) {
    const THREADS: usize = 8;
    let (of, all) = (new_user(), MessageFilter::default());
    let tagged = |number: usize| checked(NewMessage::new(Level::INFO, "Tagged").tags(vec!["a"; number]));
    put(store, &of, [0, NewMessage::MAX_TAGS - 1, 0].map(tagged), at(0)).await;
    let before = content(store, &of).await;
    let refused = store.change(&of, &all, &added(["b", "c"]), at(10)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "too many tags were not refused as invalid: {refused:?}");
    assert_eq!(content(store, &of).await, before, "the refused change has changed a message");
    let long = added(vec!["l".repeat(NewMessage::MAX_TAG_CHARS); 32]);
    let refused = store.change(&of, &all, &long, at(10)).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "too long tags were not refused as invalid: {refused:?}");
    assert_eq!(content(store, &of).await, before, "the refused change has changed a message");
    changed(store, &of, &all, &added(["b"]), at(10)).await;
    assert_eq!(content(store, &of).await[1].tags.len(), NewMessage::MAX_TAGS);

    let crowded = new_user();
    put(store, &crowded, [tagged(NewMessage::MAX_TAGS - 3)], at(0)).await;
    let mailbox = crowded.clone();
    let outcomes = at_once(store, THREADS, async move |store, _| {
        match store.change(&mailbox, &MessageFilter::default(), &added(["b"]), at(10)).await {
            Ok(ids) => ids.len(),
            Err(StoreError::Invalid(_)) => 0,
            Err(error) => panic!("change failed: {error:?}"),
        }
    });
    assert_eq!(
        outcomes.await.into_iter().sum::<usize>(),
        3,
        "{THREADS} calls add a tag, and the message has room for 3"
    );
    assert_eq!(content(store, &crowded).await[0].tags.len(), NewMessage::MAX_TAGS);
}

fn added<T: Into<String>>(more: impl IntoIterator<Item = T>) -> Change {
    Change::AddTags(tags(more))
}

fn tags<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> CheckedTags {
    CheckedTags::new(tags).expect("an invalid tag")
}
