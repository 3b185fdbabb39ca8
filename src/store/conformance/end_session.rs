//! The laws of [`MessageStore::end_session`](crate::MessageStore::end_session).

use std::collections::BTreeSet;

use super::{
    Store,
    fixtures::{at, changed, checked, content, listed, long_ago, mark_read, new_session, new_user, put, saying, texts},
    sweep::{ALONE, sweep},
};
use crate::model::{
    Change, CheckedMessage, CheckedTags, Kept, Level, MessageFilter, Move, NewMessage, Recipient, RetentionCutoff,
    SessionEnd, SessionId, Timestamp,
};

/// The end of a session deletes the messages bound to it in every mailbox, and no others.
pub async fn the_end_of_a_session_deletes_what_is_bound_to_it(store: &Store) {
    let (ended, other) = (new_session(), new_session());
    let recipients = [new_user(), new_user(), Recipient::visitor(ended.clone())];
    for of in &recipients {
        let given = [bound_to(&ended), bound_to(&other), saying("Bound to none"), bound_to(&ended)];
        let ids = put(store, of, given, at(0)).await;
        // Read messages are treated like unread ones.
        mark_read(store, of, &MessageFilter::default().with_id(ids[3]), at(10)).await;
    }
    assert_eq!(end_all(store, &ended).await.deleted, 6, "the number of deleted messages");
    for of in &recipients {
        let expected = [other.to_string(), "Bound to none".to_owned()];
        assert_eq!(texts(store, of, &MessageFilter::default()).await, expected);
    }
    assert_eq!(end_all(store, &ended).await, SessionEnd::default(), "the session has already ended");
}

/// Messages of the session that `kept` contains stay, and are no longer bound to any session.
pub async fn kept_messages_stay(store: &Store) {
    let (ended, other) = (new_session(), new_session());
    let recipients = [new_user(), new_user()];
    let (mut kept, mut expected) = (BTreeSet::new(), Vec::new());
    for (number, of) in recipients.iter().enumerate() {
        let given = [bound_to(&ended), bound_to(&ended), bound_to(&other), saying("Bound to none"), bound_to(&ended)];
        let ids = put(store, of, given, at(0)).await;
        // Read messages are treated like unread ones. The same id is kept in one mailbox and not in the other.
        mark_read(store, of, &MessageFilter::default().with_id(ids[1]), at(10)).await;
        kept.extend([ids[number], ids[4], ids[2]].map(|id| (of.clone(), id)));
        let mut stays = content(store, of).await;
        stays.retain(|message| message.session.as_ref() != Some(&ended) || kept.contains(&(of.clone(), message.id)));
        stays.iter_mut().filter(|message| message.session.as_ref() == Some(&ended)).for_each(|it| it.session = None);
        expected.push(stays);
    }
    let end = store.end_session(&ended, &Kept::Only(kept)).await.expect("end_session failed");
    assert_eq!(end.deleted, 2, "one message in each mailbox is deleted");
    for (of, expected) in recipients.iter().zip(expected) {
        assert_eq!(content(store, of).await, expected, "the kept messages stay and are bound to no session");
    }
    let elsewhere = MessageFilter::default().within_session(new_session());
    assert_eq!(
        listed(store, &recipients[0], &elsewhere).await.len(),
        3,
        "messages that are bound to no session are shown in every session"
    );
    assert_eq!(end_all(store, &ended).await, SessionEnd::default(), "no message is bound to the session any more");

    let [one, more] = [new_session(), new_session()];
    put(store, &recipients[0], [bound_to(&one), bound_to(&more), bound_to(&one)], at(100)).await;
    let mut expected = content(store, &recipients[0]).await;
    expected.iter_mut().filter(|message| message.session.as_ref() == Some(&one)).for_each(|it| it.session = None);
    let end = store.end_session(&one, &Kept::All).await.expect("end_session failed");
    assert_eq!(end, SessionEnd::new(0, [recipients[0].clone()].into()));
    assert_eq!(
        content(store, &recipients[0]).await,
        expected,
        "all messages of the session stay and are bound to no session"
    );
}

/// The end of a session does not depend on a clock: messages with ids ahead of the clock are deleted too.
pub async fn the_end_of_a_session_does_not_depend_on_a_clock(store: &Store) {
    const A_CENTURY: i64 = 100 * 365 * 24 * 60 * 60 * 1_000_000;
    let (ended, of) = (new_session(), new_user());
    for moment in [at(-A_CENTURY), Timestamp::now(), at(A_CENTURY)] {
        put(store, &of, [bound_to(&ended), saying("Bound to none")], moment).await;
    }
    assert_eq!(end_all(store, &ended).await.deleted, 3);
    assert_eq!(texts(store, &of, &MessageFilter::default()).await, ["Bound to none"; 3]);
}

/// The end of a session finds every message bound to it, no matter how the message was changed or moved.
pub async fn the_end_of_a_session_finds_what_has_been_changed(store: &Store) {
    let ended = new_session();
    let [claimed, renumbered, other, swept] = [new_user(), new_user(), new_user(), new_user()];
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

    let alone = ALONE.lock().await;
    put(store, &swept, [bound_to(&ended)], long_ago(-1_000_000)).await;
    let cutoff = RetentionCutoff { created_before: Some(long_ago(-500_000)), ..RetentionCutoff::default() };
    sweep(store, &cutoff, 1000).await.unwrap_or_else(|error| panic!("{error}"));
    drop(alone);

    assert_eq!(
        end_all(store, &ended).await.deleted,
        6,
        "3 transferred messages, one of them with a new id, and 3 changed messages are bound to the session"
    );
    let all = MessageFilter::default();
    assert_eq!(texts(store, &claimed, &all).await, [""; 0], "the transferred messages are bound to the session");
    assert_eq!(
        texts(store, &renumbered, &all).await,
        ["Bound to none"],
        "the message with a new id is bound to the session"
    );
    assert_eq!(texts(store, &other, &all).await, ["Bound to none"]);
    assert_eq!(
        end_all(store, &ended).await,
        SessionEnd::default(),
        "the session has already ended, and no message is bound to it"
    );
}

/// The end of a session returns exactly the mailboxes that had messages bound to it.
pub async fn the_end_of_a_session_returns_the_mailboxes(store: &Store) {
    let (ended, other) = (new_session(), new_session());
    let [keeps, loses, both, neither] = [new_user(), new_user(), new_user(), new_user()];
    let kept_of_one = put(store, &keeps, [bound_to(&ended), saying("Bound to none")], at(0)).await[0];
    put(store, &loses, [bound_to(&ended), bound_to(&ended)], at(0)).await;
    let kept_of_both = put(store, &both, [bound_to(&ended), bound_to(&ended)], at(0)).await[1];
    put(store, &neither, [bound_to(&other), saying("Bound to none")], at(0)).await;
    let kept = Kept::Only([(keeps.clone(), kept_of_one), (both.clone(), kept_of_both)].into());
    let end = store.end_session(&ended, &kept).await.expect("end_session failed");
    assert_eq!(end, SessionEnd::new(3, [keeps, loses, both].into()));
}

/// Ends a session and keeps none of its messages.
async fn end_all(store: &Store, session: &SessionId) -> SessionEnd {
    store.end_session(session, &Kept::none()).await.expect("end_session failed")
}

/// Returns a message that is bound to the session. Its text is the session.
fn bound_to(session: &SessionId) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, session.to_string()).session(session.clone()))
}
