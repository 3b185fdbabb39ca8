//! The laws of [`MessageStore::change_tags`](crate::MessageStore::change_tags).

use super::{
    Store,
    fixtures::{Mailbox, at, at_once, checked, content, failure, for_all, oldest_first, put, same, saying, somebody},
    random::{filter, lookups, samples, tag_change},
};
use crate::{
    model::{CheckedTags, Level, Message, MessageFilter, NewMessage, TagChange},
    store::StoreError,
};

/// Changing tags changes exactly the messages that the filter matches, and nothing else of them.
pub async fn changing_tags_changes_exactly_what_the_filter_matches(store: &Store) {
    for_all(store, (samples(), filter(), tag_change()), async |store, (samples, filter, change)| {
        let [mut mailbox, neighbour] = Mailbox::twins(store, &samples).await?;
        let mut ids = store.change_tags(&mailbox.of, &filter, &change).await.map_err(failure)?;
        ids.sort();
        let meant = mailbox.messages.iter_mut().filter(|message| filter.matches(message));
        let expected = meant.map(|message| {
            message.content.tags = applied(&change, message);
            message.id
        });
        same("the ids", &ids, &expected.collect::<Vec<_>>())?;
        mailbox.check(store, "after tags were changed").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// Added tags stand after those that were there, in the order given, repeated ones too.
pub async fn added_tags_stand_after_the_others(store: &Store) {
    let of = somebody();
    put(store, &of, [saying("Tagged")], at(0)).await;
    for tags in [vec!["b", "a", "b"], vec![], vec!["a", "ß", "[\"a\"]"], vec!["b"]] {
        store.change_tags(&of, &MessageFilter::default(), &added(tags)).await.expect("change_tags failed");
    }
    assert_eq!(content(store, &of).await[0].tags, ["b", "a", "b", "a", "ß", "[\"a\"]", "b"]);
}

/// Tags that replace others are the only ones then, in the order given, repeated ones too.
pub async fn tags_that_replace_others_are_the_only_ones(store: &Store) {
    let (of, all) = (somebody(), MessageFilter::default());
    put(store, &of, [saying("Tagged")], at(0)).await;
    for tags in [vec!["b", "a", "b"], vec!["ß"], vec![], vec!["a"]] {
        let others = TagChange::Replace(CheckedTags::new(tags.clone()).expect("a tag that breaks a limit"));
        store.change_tags(&of, &all, &others).await.expect("change_tags failed");
        assert_eq!(content(store, &of).await[0].tags, tags);
    }
}

/// New tags are found as the others are, also where case does not matter.
pub async fn new_tags_are_found_as_the_others_are(store: &Store) {
    let cases = (samples(), filter(), tag_change(), lookups());
    for_all(store, cases, async |store, (samples, filter, change, lookups)| {
        let mut mailbox = Mailbox::with(store, &samples).await?;
        store.change_tags(&mailbox.of, &filter, &change).await.map_err(failure)?;
        for message in mailbox.messages.iter_mut().filter(|message| filter.matches(message)) {
            message.content.tags = applied(&change, message);
        }
        let tagged = MessageFilter { tags: lookups, ..MessageFilter::default() };
        let page = store.list(&mailbox.of, &tagged, &oldest_first()).await.map_err(failure)?;
        same("the list", &page.messages, &mailbox.matched_by(&tagged))
    })
    .await;
}

/// Of two that add tags to the same message at the same moment, both do.
pub async fn of_two_that_add_tags_both_do(store: &Store) {
    const THREADS: usize = 8;
    const TIMES: usize = NewMessage::MAX_TAGS / THREADS;
    let of = somebody();
    put(store, &of, vec![saying("Wanted"); 5], at(0)).await;
    let mailbox = of.clone();
    at_once(store, THREADS, async move |store, thread| {
        for time in 0..TIMES {
            let tag = added([format!("{thread}.{time}")]);
            store.change_tags(&mailbox, &MessageFilter::default(), &tag).await.expect("change_tags failed");
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

/// Tags beyond the limit are refused, and nothing is changed.
pub async fn tags_beyond_the_limit_are_refused(store: &Store) {
    const THREADS: usize = 8;
    let (of, all) = (somebody(), MessageFilter::default());
    let tagged = |number: usize| checked(NewMessage::new(Level::INFO, "Tagged").tags(vec!["a"; number]));
    put(store, &of, [0, NewMessage::MAX_TAGS - 1, 0].map(tagged), at(0)).await;
    let before = content(store, &of).await;
    let refused = store.change_tags(&of, &all, &added(["b", "c"])).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "too many tags were not refused as invalid: {refused:?}");
    assert_eq!(content(store, &of).await, before, "something was changed");
    let long = added(vec!["l".repeat(NewMessage::MAX_TAG_CHARS); 32]);
    let refused = store.change_tags(&of, &all, &long).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))), "too long tags were not refused as invalid: {refused:?}");
    assert_eq!(content(store, &of).await, before, "something was changed");
    store.change_tags(&of, &all, &added(["b"])).await.expect("change_tags failed");
    assert_eq!(content(store, &of).await[1].tags.len(), NewMessage::MAX_TAGS);

    let crowded = somebody();
    put(store, &crowded, [tagged(NewMessage::MAX_TAGS - 3)], at(0)).await;
    let mailbox = crowded.clone();
    let outcomes = at_once(store, THREADS, async move |store, _| {
        match store.change_tags(&mailbox, &MessageFilter::default(), &added(["b"])).await {
            Ok(ids) => ids.len(),
            Err(StoreError::Invalid(_)) => 0,
            Err(error) => panic!("change_tags failed: {error:?}"),
        }
    });
    assert_eq!(outcomes.await.into_iter().sum::<usize>(), 3, "of {THREADS} that add a tag where there is room for 3");
    assert_eq!(content(store, &crowded).await[0].tags.len(), NewMessage::MAX_TAGS);
}

/// The tags that the message has to have then.
fn applied(change: &TagChange, message: &Message) -> Vec<String> {
    change.apply(&message.tags).expect("tags that break a limit")
}

fn added<T: Into<String>>(tags: impl IntoIterator<Item = T>) -> TagChange {
    TagChange::Add(CheckedTags::new(tags).expect("a tag that breaks a limit"))
}
