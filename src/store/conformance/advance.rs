//! The laws of [`MessageStore::advance`](crate::MessageStore::advance).

use proptest::{collection, option, prelude::*};

use super::{
    Store,
    fixtures::{at, at_once, failure, for_all, put, saying, somebody},
};
use crate::model::{Mark, MessageFilter, MessageId, Recipient};

/// A mark goes forward and never back, and the position before is returned.
pub async fn a_mark_goes_forward_and_never_back(store: &Store) {
    let steps = collection::vec(option::of(0..10_i64), 1..8);
    for_all(store, steps, async |store, steps| {
        let (of, seen) = (somebody(), mark("seen"));
        put(store, &of, [saying("First")], at(0)).await;
        put(store, &of, [saying("Last")], at(9)).await;
        let mut position = None;
        for step in steps {
            let to = step.map(id);
            let before = store.advance(&of, &seen, to).await.map_err(failure)?;
            prop_assert_eq!(before, position, "the position before it was moved to {:?}", to);
            position = position.max(to);
        }
        prop_assert_eq!(store.advance(&of, &seen, None).await.map_err(failure)?, position, "the position at the end");
        Ok(())
    })
    .await;
}

/// A mark never passes the newest id that was given in its mailbox, whether that message is still there or not.
pub async fn a_mark_never_passes_the_newest_id(store: &Store) {
    let (of, seen) = (somebody(), mark("seen"));
    assert_eq!(moved(store, &of, &seen, Some(id(5))).await, None);
    assert_eq!(moved(store, &of, &seen, None).await, None, "no id was given in the mailbox");
    put(store, &of, ["One", "Two"].map(saying), at(0)).await;
    moved(store, &of, &seen, Some(id(1_000_000))).await;
    assert_eq!(moved(store, &of, &seen, None).await, Some(id(1)));
    put(store, &of, [saying("Three")], at(7)).await;
    store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
    moved(store, &of, &seen, Some(MessageId::new(i64::MAX))).await;
    assert_eq!(moved(store, &of, &seen, None).await, Some(id(7)), "the newest message was deleted");
}

/// Marks of other names, and of other mailboxes, are apart.
pub async fn marks_are_apart(store: &Store) {
    let [one, other] = [somebody(), somebody()];
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

/// Of two that move a mark at the same moment, the one who goes further is where it is then.
pub async fn of_two_the_one_who_goes_further_counts(store: &Store) {
    const THREADS: usize = 8;
    const STEPS: i64 = 20;
    let of = somebody();
    put(store, &of, [saying("Last")], at(THREADS as i64 * STEPS)).await;
    let mailbox = of.clone();
    at_once(store, THREADS, async move |store, thread| {
        for step in 0..STEPS {
            let to = id(step * THREADS as i64 + thread as i64);
            let before = moved(store, &mailbox, &mark("seen"), Some(to)).await;
            let after = moved(store, &mailbox, &mark("seen"), None).await;
            assert!(after >= Some(to) && after >= before, "moved to {to} from {before:?}, and is at {after:?}");
        }
    })
    .await;
    assert_eq!(moved(store, &of, &mark("seen"), None).await, Some(id(THREADS as i64 * STEPS - 1)));
}

fn mark(name: &'static str) -> Mark {
    Mark::new(name).expect("a name that is no mark")
}

fn id(micros: i64) -> MessageId {
    MessageId::new(at(micros).as_micros())
}

async fn moved(store: &Store, of: &Recipient, mark: &Mark, to: Option<MessageId>) -> Option<MessageId> {
    store.advance(of, mark, to).await.expect("advance failed")
}
