//! The laws of [`MessageStore::advance`](crate::MessageStore::advance).

use proptest::{collection, option, prelude::*};

use super::{
    Store,
    fixtures::{at, at_once, failure, for_all, new_user, put, saying},
};
use crate::model::{Mark, MessageFilter, MessageId, Recipient};

/// A mark moves forward and never back. The previous position is returned.
pub async fn a_mark_goes_forward_and_never_back(store: &Store) {
    let steps = collection::vec(option::of(0..10_i64), 1..8);
    for_all(store, steps, async |store, steps| {
        let (of, seen) = (new_user(), mark("seen"));
        put(store, &of, [saying("First")], at(0)).await;
        put(store, &of, [saying("Last")], at(9)).await;
        let mut position = None;
        for step in steps {
            let to = step.map(id);
            let before = store.advance(&of, &seen, to).await.map_err(failure)?;
            prop_assert_eq!(before, position, "the position before the move to {:?}", to);
            position = position.max(to);
        }
        prop_assert_eq!(store.advance(&of, &seen, None).await.map_err(failure)?, position, "the position at the end");
        Ok(())
    })
    .await;
}

/// A mark never passes the newest id given in its mailbox, even if that message no longer exists.
pub async fn a_mark_never_passes_the_newest_id(store: &Store) {
    let (of, seen) = (new_user(), mark("seen"));
    assert_eq!(moved(store, &of, &seen, Some(id(5))).await, None);
    assert_eq!(moved(store, &of, &seen, None).await, None, "the mailbox has never given an id");
    put(store, &of, ["One", "Two"].map(saying), at(0)).await;
    moved(store, &of, &seen, Some(id(1_000_000))).await;
    assert_eq!(moved(store, &of, &seen, None).await, Some(id(1)));
    put(store, &of, [saying("Three")], at(7)).await;
    store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
    moved(store, &of, &seen, Some(MessageId::new(i64::MAX))).await;
    assert_eq!(moved(store, &of, &seen, None).await, Some(id(7)), "the newest message was deleted");
}

/// Marks with different names, or of different mailboxes, are independent.
pub async fn marks_are_independent(store: &Store) {
    let [one, other] = [new_user(), new_user()];
    let names = ["seen", "Seen", "seen ", "a", "é", "%", "g:everyone", "'", "\u{1f600}"].map(mark);
    let places = [one.clone(), one.archive(), one.later(), other];
    for (micros, of) in (0..).step_by(100).zip(&places) {
        put(store, of, [saying("Last")], at(micros + 99)).await;
        for (more, name) in (0..).zip(&names) {
            moved(store, of, name, Some(id(micros + more))).await;
        }
    }
    for (micros, of) in (0..).step_by(100).zip(&places) {
        for (more, name) in (0..).zip(&names) {
            assert_eq!(moved(store, of, name, None).await, Some(id(micros + more)), "{name} of {of:?}");
        }
    }
    assert_eq!(moved(store, &places[0], &mark("another"), None).await, None);
}

/// If concurrent calls move a mark, it ends at the largest of their positions.
pub async fn concurrent_moves_of_a_mark_end_at_the_largest(store: &Store) {
    const THREADS: usize = 8;
    const STEPS: i64 = 20;
    let of = new_user();
    put(store, &of, [saying("Last")], at(THREADS as i64 * STEPS)).await;
    let mailbox = of.clone();
    at_once(store, THREADS, async move |store, thread| {
        for step in 0..STEPS {
            let to = id(step * THREADS as i64 + thread as i64);
            let before = moved(store, &mailbox, &mark("seen"), Some(to)).await;
            let after = moved(store, &mailbox, &mark("seen"), None).await;
            assert!(
                after >= Some(to) && after >= before,
                "the mark was moved to {to} from {before:?}, and is at {after:?}"
            );
        }
    })
    .await;
    assert_eq!(moved(store, &of, &mark("seen"), None).await, Some(id(THREADS as i64 * STEPS - 1)));
}

fn mark(name: &'static str) -> Mark {
    Mark::new(name).expect("an invalid name of a mark")
}

fn id(micros: i64) -> MessageId {
    MessageId::new(at(micros).as_micros())
}

async fn moved(store: &Store, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Option<MessageId> {
    store.advance(of, mark, to).await.expect("advance failed")
}
