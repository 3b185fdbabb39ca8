//! The laws of [`MessageStore::end_session`](crate::MessageStore::end_session).

use std::collections::BTreeSet;

use super::{
    Store,
    fixtures::{
        at, changed, checked, content, listed, long_ago, mark_read, put, saying, some_session, somebody, texts,
    },
    sweep::sweep,
};
use crate::model::{
    Change, CheckedMessage, CheckedTags, Kept, Level, MessageFilter, Move, NewMessage, Recipient, RetentionCutoff,
    SessionEnd, SessionId, Timestamp,
};

/// The end of a session deletes the messages bound to it, in every mailbox, and no others.
pub async fn the_end_of_a_session_deletes_what_is_bound_to_it(store: &Store) {
    let (ended, other) = (some_session(), some_session());
    let recipients = [somebody(), somebody(), Recipient::visitor(ended.clone())];
    for of in &recipients {
        let given = [bound_to(&ended), bound_to(&other), saying("Bound to none"), bound_to(&ended)];
        let ids = put(store, of, given, at(0)).await;
        // Whether a message was read does not matter.
        mark_read(store, of, &MessageFilter::default().with_id(ids[3]), at(10)).await;
    }
    assert_eq!(end_all(store, &ended).await.deleted, 6, "how many were deleted");
    for of in &recipients {
        let expected = [other.to_string(), "Bound to none".to_owned()];
        assert_eq!(texts(store, of, &MessageFilter::default()).await, expected);
    }
    assert_eq!(end_all(store, &ended).await, SessionEnd::default(), "it was ended before");
}

/// What is to be kept stays, bound to no session.
pub async fn what_is_to_be_kept_stays(store: &Store) {
    let (ended, other) = (some_session(), some_session());
    let recipients = [somebody(), somebody()];
    let (mut kept, mut expected) = (BTreeSet::new(), Vec::new());
    for (number, of) in recipients.iter().enumerate() {
        let given = [bound_to(&ended), bound_to(&ended), bound_to(&other), saying("Bound to none"), bound_to(&ended)];
        let ids = put(store, of, given, at(0)).await;
        // Whether a message was read does not matter. The same id is kept in one mailbox and not in the other.
        mark_read(store, of, &MessageFilter::default().with_id(ids[1]), at(10)).await;
        kept.extend([ids[number], ids[4], ids[2]].map(|id| (of.clone(), id)));
        let mut stays = content(store, of).await;
        stays.retain(|message| message.session.as_ref() != Some(&ended) || kept.contains(&(of.clone(), message.id)));
        stays.iter_mut().filter(|message| message.session.as_ref() == Some(&ended)).for_each(|it| it.session = None);
        expected.push(stays);
    }
    let end = store.end_session(&ended, &Kept::Only(kept)).await.expect("end_session failed");
    assert_eq!(end.deleted, 2, "one in each mailbox");
    for (of, expected) in recipients.iter().zip(expected) {
        assert_eq!(content(store, of).await, expected, "what is to be kept stays, bound to no session");
    }
    let elsewhere = MessageFilter::default().within_session(some_session());
    assert_eq!(listed(store, &recipients[0], &elsewhere).await.len(), 3, "what is bound to none is shown everywhere");
    assert_eq!(end_all(store, &ended).await, SessionEnd::default(), "nothing is bound any more");

    let [one, more] = [some_session(), some_session()];
    put(store, &recipients[0], [bound_to(&one), bound_to(&more), bound_to(&one)], at(100)).await;
    let mut expected = content(store, &recipients[0]).await;
    expected.iter_mut().filter(|message| message.session.as_ref() == Some(&one)).for_each(|it| it.session = None);
    let end = store.end_session(&one, &Kept::All).await.expect("end_session failed");
    assert_eq!(end, SessionEnd::new(0, [recipients[0].clone()].into()));
    assert_eq!(content(store, &recipients[0]).await, expected, "all of them stay, bound to no session");
}

/// The end of a session does not depend on a clock: it deletes messages whose ids are ahead of it, too.
pub async fn the_end_of_a_session_does_not_depend_on_a_clock(store: &Store) {
    const A_CENTURY: i64 = 100 * 365 * 24 * 60 * 60 * 1_000_000;
    let (ended, of) = (some_session(), somebody());
    for moment in [at(-A_CENTURY), Timestamp::now(), at(A_CENTURY)] {
        put(store, &of, [bound_to(&ended), saying("Bound to none")], moment).await;
    }
    assert_eq!(end_all(store, &ended).await.deleted, 3);
    assert_eq!(texts(store, &of, &MessageFilter::default()).await, ["Bound to none"; 3]);
}

/// The end of a session finds what is bound to it, whatever has become of it since.
pub async fn the_end_of_a_session_finds_what_has_been_changed(store: &Store) {
    let ended = some_session();
    let [claimed, renumbered, other, swept] = [somebody(), somebody(), somebody(), somebody()];
    let visitor = Recipient::visitor(ended.clone());
    put(store, &visitor, [bound_to(&ended), bound_to(&ended)], at(0)).await;
    store.transfer(&visitor, &claimed, &Move::mailbox(), &at(0).into()).await.expect("transfer failed");
    put(store, &visitor, [bound_to(&ended)], at(0)).await;
    put(store, &renumbered, [saying("Bound to none")], at(0)).await;
    store.transfer(&visitor, &renumbered, &Move::mailbox(), &at(0).into()).await.expect("transfer failed");

    let ids = put(store, &other, [1, 2, 3, 4].map(|_| bound_to(&ended)), at(0)).await;
    let one = |at: usize| MessageFilter::default().with_id(ids[at]);
    mark_read(store, &other, &one(0), at(10)).await;
    changed(store, &other, &one(0), &Change::MarkUnread, at(20)).await;
    let tags = Change::AddTags(CheckedTags::new(["a"]).expect("a tag"));
    changed(store, &other, &one(1), &tags, at(30)).await;
    store.delete(&other, &one(3)).await.expect("delete failed");
    put(store, &other, [saying("Bound to none")], at(40)).await;

    put(store, &swept, [bound_to(&ended)], long_ago(-1_000_000)).await;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(-500_000)), ..RetentionCutoff::default() };
    sweep(store, &cutoff, 1000).await.unwrap_or_else(|error| panic!("{error}"));

    assert_eq!(
        end_all(store, &ended).await.deleted,
        6,
        "3 that were claimed, one of them under another id, and 3 that were changed, are bound to it"
    );
    let all = MessageFilter::default();
    assert_eq!(texts(store, &claimed, &all).await, [""; 0], "they were claimed");
    assert_eq!(texts(store, &renumbered, &all).await, ["Bound to none"], "the other was claimed under another id");
    assert_eq!(texts(store, &other, &all).await, ["Bound to none"]);
    assert_eq!(end_all(store, &ended).await, SessionEnd::default(), "it was ended before, and nothing is bound to it");
}

/// The end of a session returns the mailboxes that it found something in, and no others.
pub async fn the_end_of_a_session_returns_the_mailboxes(store: &Store) {
    let (ended, other) = (some_session(), some_session());
    let [keeps, loses, both, neither] = [somebody(), somebody(), somebody(), somebody()];
    let kept_of_one = put(store, &keeps, [bound_to(&ended), saying("Bound to none")], at(0)).await[0];
    put(store, &loses, [bound_to(&ended), bound_to(&ended)], at(0)).await;
    let kept_of_both = put(store, &both, [bound_to(&ended), bound_to(&ended)], at(0)).await[1];
    put(store, &neither, [bound_to(&other), saying("Bound to none")], at(0)).await;
    let kept = Kept::Only([(keeps.clone(), kept_of_one), (both.clone(), kept_of_both)].into());
    let end = store.end_session(&ended, &kept).await.expect("end_session failed");
    assert_eq!(end, SessionEnd::new(3, [keeps, loses, both].into()));
}

/// Ends a session of which nothing is to be kept.
async fn end_all(store: &Store, session: &SessionId) -> SessionEnd {
    store.end_session(session, &Kept::none()).await.expect("end_session failed")
}

/// A message that is bound to the session, and says so.
fn bound_to(session: &SessionId) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, session.to_string()).session(session.clone()))
}
