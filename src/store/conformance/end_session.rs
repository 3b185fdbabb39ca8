//! The laws of [`MessageStore::end_session`](crate::MessageStore::end_session).

use super::{
    Store,
    fixtures::{at, checked, content, put, saying, some_session, somebody, texts},
};
use crate::{CheckedMessage, Level, MessageFilter, NewMessage, Recipient, SessionId};

/// The end of a session deletes the messages bound to it, in every mailbox, and no others.
pub async fn the_end_of_a_session_deletes_what_is_bound_to_it(store: &Store) {
    let (ended, other) = (some_session(), some_session());
    let recipients = [somebody(), somebody(), Recipient::visitor(ended.clone())];
    for of in &recipients {
        let given = [bound_to(&ended), bound_to(&other), saying("Bound to none"), bound_to(&ended)];
        let ids = put(store, of, given, at(0)).await;
        // Whether a message was read does not matter.
        store.mark_read(of, &MessageFilter::default().with_id(ids[3]), at(10)).await.expect("mark_read failed");
    }
    assert_eq!(store.end_session(&ended, at(1000)).await.expect("end_session failed"), 6, "how many were deleted");
    for of in &recipients {
        let expected = [other.to_string(), "Bound to none".to_owned()];
        assert_eq!(texts(store, of, &MessageFilter::default()).await, expected);
    }
    assert_eq!(store.end_session(&ended, at(1000)).await.expect("end_session failed"), 0, "it was ended before");
}

/// What was created at that moment or later stays.
pub async fn what_was_created_at_that_moment_or_later_stays(store: &Store) {
    let (of, session) = (somebody(), some_session());
    for micros in [998, 999, 1000, 1001] {
        put(store, &of, [bound_to(&session)], at(micros)).await;
    }
    assert_eq!(store.end_session(&session, at(1000)).await.expect("end_session failed"), 2, "how many were deleted");
    let moments = content(store, &of).await.into_iter().map(|message| message.created());
    assert_eq!(moments.collect::<Vec<_>>(), [at(1000), at(1001)]);
}

/// A message that is bound to the session, and says so.
fn bound_to(session: &SessionId) -> CheckedMessage {
    checked(NewMessage::new(Level::INFO, session.to_string()).session(session.clone()))
}
