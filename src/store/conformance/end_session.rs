//! The laws of [`MessageStore::end_session`](crate::MessageStore::end_session).

use super::{
    Store,
    fixtures::{
        at, changed, checked, content, listed, long_ago, mark_read, put, saying, some_session, somebody, texts,
    },
    sweep::sweep,
};
use crate::model::{
    Change, CheckedMessage, CheckedTags, Level, MessageFilter, NewMessage, Recipient, RetentionCutoff, SessionId,
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
    assert_eq!(store.end_session(&ended, at(1000)).await.expect("end_session failed"), 6, "how many were deleted");
    for of in &recipients {
        let expected = [other.to_string(), "Bound to none".to_owned()];
        assert_eq!(texts(store, of, &MessageFilter::default()).await, expected);
    }
    assert_eq!(store.end_session(&ended, at(1000)).await.expect("end_session failed"), 0, "it was ended before");
}

/// What was created at that moment or later stays, bound to no session.
pub async fn what_was_created_at_that_moment_or_later_stays(store: &Store) {
    let (ended, other) = (some_session(), some_session());
    let recipients = [somebody(), somebody()];
    for (of, micros) in recipients.iter().flat_map(|of| [998, 999, 1000, 1001].map(|micros| (of, micros))) {
        put(store, of, [bound_to(&ended)], at(micros)).await;
    }
    let mut expected = Vec::new();
    for of in &recipients {
        put(store, of, [bound_to(&other), saying("Bound to none")], at(2000)).await;
        // Whether a message was read does not matter.
        mark_read(store, of, &MessageFilter::default().created_after(at(1001)), at(3000)).await;
        let mut stays = listed(store, of, &MessageFilter::default().created_after(at(1000))).await;
        stays.iter_mut().filter(|message| message.session.as_ref() == Some(&ended)).for_each(|it| it.session = None);
        expected.push(stays);
    }
    assert_eq!(
        store.end_session(&ended, at(1000)).await.expect("end_session failed"),
        4,
        "those created before, in both mailboxes"
    );
    for (of, expected) in recipients.iter().zip(expected) {
        assert_eq!(content(store, of).await, expected, "what was created then or later stays, bound to no session");
    }
    let elsewhere = MessageFilter::default().within_session(some_session());
    assert_eq!(listed(store, &recipients[0], &elsewhere).await.len(), 3, "what is bound to none is shown everywhere");
    assert_eq!(store.end_session(&ended, at(9000)).await.expect("end_session failed"), 0, "nothing is bound any more");
}

/// The end of a session finds what is bound to it, whatever has become of it since.
pub async fn the_end_of_a_session_finds_what_has_been_changed(store: &Store) {
    let ended = some_session();
    let [claimed, renumbered, other, swept] = [somebody(), somebody(), somebody(), somebody()];
    let visitor = Recipient::visitor(ended.clone());
    put(store, &visitor, [bound_to(&ended), bound_to(&ended)], at(0)).await;
    store.claim(&visitor, &claimed).await.expect("claim failed");
    put(store, &visitor, [bound_to(&ended)], at(0)).await;
    put(store, &renumbered, [saying("Bound to none")], at(0)).await;
    store.claim(&visitor, &renumbered).await.expect("claim failed");

    let ids = put(store, &other, [1, 2, 3, 4].map(|_| bound_to(&ended)), at(0)).await;
    let one = |at: usize| MessageFilter::default().with_id(ids[at]);
    mark_read(store, &other, &one(0), at(10)).await;
    changed(store, &other, &one(0), &Change::MarkUnread, at(20)).await;
    let tags = Change::AddTags(CheckedTags::new(["a"]).expect("a tag"));
    changed(store, &other, &one(1), &tags, at(30)).await;
    store.delete(&other, &one(3)).await.expect("delete failed");
    let again = put(store, &other, [saying("Under an id that is free again")], ids[3].created()).await;
    assert_eq!(again, [ids[3]], "an id is the moment given");

    put(store, &swept, [bound_to(&ended)], long_ago(-1_000_000)).await;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(-500_000)), ..RetentionCutoff::default() };
    sweep(store, &cutoff, 1000).await.unwrap_or_else(|error| panic!("{error}"));

    let deleted = store.end_session(&ended, at(1000)).await.expect("end_session failed");
    assert_eq!(
        deleted, 6,
        "3 that were claimed, one of them under another id, and 3 that were changed, are bound to it"
    );
    let all = MessageFilter::default();
    assert_eq!(texts(store, &claimed, &all).await, [""; 0], "they were claimed");
    assert_eq!(texts(store, &renumbered, &all).await, ["Bound to none"], "the other was claimed under another id");
    assert_eq!(texts(store, &other, &all).await, ["Under an id that is free again"]);
    let deleted = store.end_session(&ended, at(1000)).await.expect("end_session failed");
    assert_eq!(deleted, 0, "the session was ended before, and nothing is bound to it any more");
}

/// A message that is bound to the session, and says so.
fn bound_to(session: &SessionId) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, session.to_string()).session(session.clone()))
}
