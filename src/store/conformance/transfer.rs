//! The laws of [`MessageStore::transfer`](crate::MessageStore::transfer).

use proptest::{prelude::*, sample};

use super::{
    Store,
    fixtures::{
        Mailbox, all_or_none, at, at_once, checked, content, count, failure, for_all, listed, mark_read, new_session,
        new_user, put, saying, texts,
    },
    random::{filter, moment, samples, samples_without_keys},
};
use crate::{
    model::{
        Arrival, Clock, Kept, Level, Mark, Message, MessageFilter, MessageId, Move, Moved, NewMessage, Recipient,
        Repeat, Timestamp, Until,
    },
    store::StoreError,
};

/// A transfer moves exactly the messages that match the filter, as `Move::arrive` defines, and leaves the others.
pub async fn a_transfer_moves_exactly_what_the_filter_matches(store: &Store) {
    let cases = (samples(), samples(), what(), any::<bool>());
    for_all(store, cases, async |store, (leaving, present, what, is_a_place)| {
        let [mut from, neighbour] = Mailbox::twins(store, &leaving).await?;
        // A key is unique among the places of a recipient, and two recipients may have the same key.
        let (of, present) = if is_a_place { (from.of.archive(), &[][..]) } else { (new_user(), &present[..]) };
        let mut to = Mailbox::of(store, of, present).await?;
        let moved = store.transfer(&from.of, &to.of, &what, &now().into()).await.map_err(failure)?;
        let (leaving, left) = from.messages.into_iter().partition(|message| what.filter.matches(message));
        from.messages = left;
        let is_taken = |id| to.messages.iter().any(|present| present.id == id);
        let has_key = |key: &str| to.messages.iter().any(|present| present.key.as_deref() == Some(key));
        // Other laws test the new ids.
        let new_ids = moved.iter().filter_map(|moved| moved.to).collect::<Vec<_>>();
        let leaving: Vec<Message> = leaving;
        let arrived = what.arrive(leaving, new_ids, now(), is_taken, has_key);
        prop_assert_eq!(moved, arrived.moved, "the returned ids");
        to.messages.extend(arrived.messages);
        to.messages.sort_by_key(|message| message.id);
        from.check(store, "in the first mailbox").await?;
        to.check(store, "in the second mailbox").await?;
        neighbour.check(store, "in another mailbox").await
    })
    .await;
}

/// With `Arrival::Unchanged`, a message keeps its id. If the id is taken in the target mailbox, or would change the order of the moved messages, the message gets the next free id.
pub async fn a_message_keeps_its_id_if_it_is_free(store: &Store) {
    for_all(store, (samples_without_keys(), samples()), async |store, (leaving, present)| {
        let from = Mailbox::with(store, &leaving).await?;
        let mut to = Mailbox::with(store, &present).await?;
        store.transfer(&from.of, &to.of, &Move::mailbox(), &now().into()).await.map_err(failure)?;
        let is_taken = |id| to.messages.iter().any(|present| present.id == id);
        let ids = MessageId::next_free(from.messages.iter().map(|message| message.id), is_taken);
        to.messages.extend(from.messages.into_iter().zip(ids).map(|(message, id)| Message { id, ..message }));
        to.messages.sort_by_key(|message| message.id);
        to.check(store, "in the second mailbox").await
    })
    .await;
}

/// With `Arrival::AsNew`, messages arrive unread, with ids larger than all that the target mailbox has ever given.
pub async fn new_arrivals_get_the_largest_ids(store: &Store) {
    let [from, to] = [new_user(), new_user()];
    put(store, &from, ["One", "Two", "Three"].map(saying), at(100)).await;
    let newest = put(store, &to, [saying("There before"), saying("Deleted")], at(500)).await[1];
    store.delete(&to, &MessageFilter::default().with_id(newest)).await.expect("delete failed");
    mark_read(store, &from, &MessageFilter::default(), at(200)).await;
    let early = MessageFilter::default().created_before(at(101));
    for (filter, now, count) in [(early, at(300), 2), (MessageFilter::default(), at(1000), 1)] {
        let moved = store.transfer(&from, &to, &Move::of(filter).as_new(), &now.into()).await.expect("transfer failed");
        assert_eq!(moved.len(), count);
        let first = MessageId::new(now.as_micros()).max(MessageId::new(newest.value() + 1));
        assert_eq!(
            moved[0].to,
            Some(first),
            "the new id is the time of the clock, or the next id after all earlier ones"
        );
    }
    let arrived = listed(store, &to, &MessageFilter::default().unread()).await;
    let texts = arrived.iter().map(|message| message.text.as_str()).collect::<Vec<_>>();
    assert_eq!(texts, ["There before", "One", "Two", "Three"]);
}

/// A transfer sets the `until` of each message from its expiry, as `Until::of` defines.
pub async fn until_is_set_from_the_expiry_of_each_message(store: &Store) {
    let of = new_user();
    let expiring = |text: &str, micros: i64| checked(NewMessage::new(Level::INFO, text).expires_at(at(micros)));
    let messages = [expiring("Early", 500), expiring("Late", 900), saying("Never").until(at(300))];
    put(store, &of, messages, at(0)).await;
    let until_in = async |of: &Recipient| {
        let messages = content(store, of).await.into_iter();
        messages.map(|message| (message.until, message.content.expires_at)).collect::<Vec<_>>()
    };
    let expiries = [Some(at(500)), Some(at(900)), None];
    let moved = async |from: &Recipient, to: &Recipient, until: Until| {
        let all = Move::of(MessageFilter::default()).until(until);
        store.transfer(from, to, &all, &at(100).into()).await.expect("transfer failed");
        until_in(to).await
    };
    let later = of.later();
    let waiting = [at(500), at(700), at(700)];
    assert_eq!(moved(&of, &later, Until::Wake(at(700))).await, [0, 1, 2].map(|it| (Some(waiting[it]), expiries[it])));
    assert_eq!(moved(&later, &of, Until::Expiry).await, expiries.map(|expiry| (expiry, expiry)));
    let archived = moved(&of, &of.archive(), Until::Kept).await;
    assert_eq!(archived, expiries.map(|expiry| (expiry, expiry)), "the archive keeps the expiry");
}

/// With `Move::unbound`, messages arrive bound to no session, and the end of their former session leaves them.
pub async fn an_unbound_message_outlives_its_session(store: &Store) {
    let (of, session) = (new_user(), new_session());
    let bound = |text: &str| checked(NewMessage::new(Level::INFO, text).session(session.clone()));
    let ids = put(store, &of, [bound("Unbound"), bound("Bound")], at(0)).await;
    for (id, unbound) in [(ids[0], true), (ids[1], false)] {
        let one = Move { unbound, ..Move::of(MessageFilter::default().with_id(id)) };
        store.transfer(&of, &of.later(), &one, &at(100).into()).await.expect("transfer failed");
    }
    let sessions = content(store, &of.later()).await.into_iter().map(|message| message.session);
    assert_eq!(sessions.collect::<Vec<_>>(), [None, Some(session.clone())]);
    let end = store.end_session(&session, &Kept::none()).await.expect("end_session failed");
    assert_eq!((end.deleted, end.mailboxes), (1, [of.later()].into()));
    assert_eq!(texts(store, &of.later(), &MessageFilter::default()).await, ["Unbound"]);
}

/// If the new owner has another message with the same key, in any place, it stays and the arriving message is deleted.
pub async fn a_message_whose_key_is_there_is_deleted(store: &Store) {
    for place in new_user().places().map(|place| place.place()) {
        let [from, to] = [new_user(), new_user()];
        let keyed = |text: &str, key: &str| checked(NewMessage::new(Level::INFO, text).key(key, Repeat::Ignored));
        let ids = put(store, &from, [keyed("Coming", "a"), keyed("Another", "b"), saying("Without")], at(0)).await;
        put(store, &to.at(place), [keyed("There", "a")], at(100)).await;
        let moved = store.transfer(&from, &to, &Move::mailbox(), &now().into()).await.expect("transfer failed");
        let expected = [(ids[0], None), (ids[1], Some(ids[1])), (ids[2], Some(ids[2]))];
        assert_eq!(moved.iter().map(|it| (it.from, it.to)).collect::<Vec<_>>(), expected, "to {place:?}");
        assert_eq!(count(store, &from).await, 0, "all messages have left the first mailbox");
        assert_eq!(texts(store, &to.at(place), &MessageFilter::default().with_key("a")).await, ["There"]);
        assert_eq!(texts(store, &to, &MessageFilter::default().with_key("b")).await, ["Another"]);
        // A move between places of one recipient finds only the key of the moved message itself.
        let b = Move::of(MessageFilter::default().with_key("b"));
        let archived = store.transfer(&to, &to.archive(), &b, &now().into()).await.expect("transfer failed");
        assert_eq!(archived[0].to, Some(ids[1]));
    }
}

/// An id that is more than a day ahead of the clock is replaced with a new one.
pub async fn an_id_that_is_ahead_is_replaced(store: &Store) {
    let [from, to] = [new_user(), new_user()];
    let early = put(store, &from, [saying("Early")], at(0)).await[0];
    let soon = put(store, &from, [saying("Within the day")], at(DAY - 1_000_000)).await[0];
    put(store, &from, [saying("Ahead"), saying("Ahead, too")], at(20 * 365 * DAY)).await;
    mark_read(store, &from, &MessageFilter::default(), at(20 * 365 * DAY)).await;
    let all = Move::of(MessageFilter::default());
    let moved = store.transfer(&from, &to, &all, &at(1000).into()).await.expect("transfer failed");
    let ids = moved.iter().filter_map(|moved| moved.to).collect::<Vec<_>>();
    assert_eq!(ids[..2], [early, soon], "these ids are not ahead of the clock");
    assert!(ids.is_sorted() && ids.iter().all(|id| !id.is_ahead_of(at(1000))), "{ids:?}");
    assert_eq!(texts(store, &to, &MessageFilter::default()).await, ["Early", "Within the day", "Ahead", "Ahead, too"]);
    for message in content(store, &to).await.into_iter().skip(2) {
        assert_eq!(message.read_at(), Some(message.created()), "the wrong clock has also set the time of reading");
    }
    let next = put(store, &to, [saying("Next")], at(2 * DAY)).await[0];
    assert_eq!(
        next,
        MessageId::new(at(2 * DAY).as_micros()),
        "the ids of the second mailbox are not ahead of the clock"
    );
}

/// A transfer with marks moves them too. If both mailboxes have the same mark, the larger position counts.
pub async fn a_transfer_with_marks_takes_them_along(store: &Store) {
    let [from, to] = [new_user(), new_user()];
    put(store, &from, [saying("Old")], at(50)).await;
    put(store, &to, [saying("New")], at(90)).await;
    for (of, name, micros) in [(&from, "one", 10), (&from, "two", 40), (&to, "two", 30), (&from, "three", 5)] {
        advanced(store, of, name, Some(id(micros))).await;
    }
    advanced(store, &to, "three", Some(id(80))).await;
    let without = Move::of(MessageFilter::default().with_id(id(1)));
    store.transfer(&from, &to, &without, &now().into()).await.expect("transfer failed");
    assert_eq!(advanced(store, &from, "one", None).await, Some(id(10)), "this transfer does not move marks");
    store.transfer(&from, &to, &Move::mailbox(), &now().into()).await.expect("transfer failed");
    for (name, micros) in [("one", 10), ("two", 40), ("three", 80)] {
        assert_eq!(advanced(store, &to, name, None).await, Some(id(micros)), "{name}");
        assert_eq!(advanced(store, &from, name, None).await, None, "{name} is still in the first mailbox");
    }
    let before = put(store, &from, [saying("Another")], at(0)).await;
    assert!(before[0] > id(50), "the first mailbox gives an id that is not larger than its earlier ones: {before:?}");

    // The message at the mark was deleted, and the ids of the second mailbox are smaller than the mark.
    let [from, to] = [new_user(), new_user()];
    put(store, &from, [saying("Newer")], at(100)).await;
    advanced(store, &from, "seen", Some(id(100))).await;
    store.delete(&from, &MessageFilter::default()).await.expect("delete failed");
    put(store, &to, [saying("Older")], at(50)).await;
    store.transfer(&from, &to, &Move::mailbox(), &now().into()).await.expect("transfer failed");
    let next = put(store, &to, [saying("Next")], at(60)).await;
    assert!(next[0] > id(100), "the new id {next:?} is not larger than the mark at {}", id(100));
    let newest = put(store, &to, [saying("Newest")], at(1000)).await[0];
    let position = store.advance(&to, &Mark::NEWEST, None).await.expect("advance failed");
    assert_eq!(position, Some(newest), "`Mark::NEWEST` is at the newest id");

    // A mark that is ahead of the clock does not move the ids of the other mailbox ahead.
    put(store, &from, [saying("From a clock that is years ahead")], at(20 * 365 * DAY)).await;
    advanced(store, &from, "seen", Some(id(20 * 365 * DAY))).await;
    store.transfer(&from, &to, &Move::mailbox(), &at(2000).into()).await.expect("transfer failed");
    let newest = store.advance(&to, &Mark::NEWEST, None).await.expect("advance failed").expect("there are messages");
    assert!(!newest.is_ahead_of(at(2000)), "{newest}");
    assert_eq!(
        advanced(store, &to, "seen", None).await,
        Some(newest),
        "the mark is at the newest id of the second mailbox"
    );
}

/// With `Arrival::Unchanged`, a transfer within a mailbox gives new ids to messages ahead of the clock and moves such marks back.
pub async fn a_transfer_to_itself_repairs_a_mailbox(store: &Store) {
    let of = new_user();
    let early = put(store, &of, [saying("Early"), saying("Deleted")], at(100)).await;
    advanced(store, &of, "early", Some(early[0])).await;
    store.delete(&of, &MessageFilter::default().with_id(early[1])).await.expect("delete failed");
    mark_read(store, &of, &MessageFilter::default(), at(200)).await;
    let before = content(store, &of).await;
    let repair =
        async |now: Timestamp| store.transfer(&of, &of, &Move::mailbox(), &now.into()).await.expect("transfer failed");
    assert_eq!(repair(at(300)).await.len(), 1);
    assert_eq!(content(store, &of).await, before, "no id was ahead of the clock");
    let next = put(store, &of, [saying("Next")], at(50)).await[0];
    assert!(next > early[1], "the new id {next} is not larger than {}", early[1]);

    for is_deleted in [false, true] {
        let ahead = put(store, &of, [saying("Ahead"), saying("Newest")], at(10 * 365 * DAY)).await;
        advanced(store, &of, "ahead", Some(ahead[0])).await;
        if is_deleted {
            store.delete(&of, &MessageFilter::default().with_id(ahead[1])).await.expect("delete failed");
        }
        let right = at(10_000);
        let texts_before = texts(store, &of, &MessageFilter::default()).await;
        repair(right).await;
        let after = content(store, &of).await;
        assert_eq!(after[..2].iter().map(|message| message.id).collect::<Vec<_>>(), [early[0], next]);
        assert!(after.iter().all(|message| !message.id.is_ahead_of(right)), "{after:?}");
        assert_eq!(
            texts(store, &of, &MessageFilter::default()).await,
            texts_before,
            "the order of the messages has changed"
        );
        assert_eq!(advanced(store, &of, "early", None).await, Some(early[0]));
        let newest = after.last().map(|message| message.id);
        assert_eq!(advanced(store, &of, "ahead", None).await, newest, "the mark is moved back to the newest message");
        assert_eq!(store.advance(&of, &Mark::NEWEST, None).await.expect("advance failed"), newest);
        let later = put(store, &of, [saying("Later")], at(20_000)).await[0];
        assert_eq!(later, id(20_000), "the next id is the time of the clock again");
        store.delete(&of, &MessageFilter::default().created_after(at(1000))).await.expect("delete failed");
    }

    // In an empty mailbox, a mark that is ahead of the clock is removed.
    let of = new_user();
    put(store, &of, [saying("Ahead")], at(10 * 365 * DAY)).await;
    advanced(store, &of, "ahead", Some(id(10 * 365 * DAY))).await;
    store.delete(&of, &MessageFilter::default()).await.expect("delete failed");
    store.transfer(&of, &of, &Move::mailbox(), &at(10_000).into()).await.expect("transfer failed");
    assert_eq!(advanced(store, &of, "ahead", None).await, None);
    assert_eq!(put(store, &of, [saying("Next")], at(20_000)).await, [id(20_000)]);

    // Without ids ahead of the clock, the newest id stays, and `Arrival::AsNew` gives larger ids.
    let messages = [saying("One"), saying("Two")];
    let ids = put(store, &of, messages, at(50_000)).await;
    let two = Move::of(MessageFilter::default().with_id(ids[1])).as_new();
    let moved = store.transfer(&of, &of, &two, &at(30_000).into()).await.expect("transfer failed");
    assert_eq!(moved[0].to, Some(MessageId::new(ids[1].value() + 1)), "the new id is larger than all earlier ones");
}

/// A transfer that finds nothing to move changes nothing and returns nothing.
pub async fn transferring_nothing_changes_nothing(store: &Store) {
    let (of, nobody) = (new_user(), new_user());
    put(store, &of, ["Here", "Here too"].map(saying), at(0)).await;
    let before = content(store, &of).await;
    let none = Move::of(MessageFilter::default().with_ids([]));
    for (what, from) in [(Move::mailbox(), &nobody), (none.clone(), &of), (none.as_new(), &nobody)] {
        let moved = store.transfer(from, &of, &what, &now().into()).await.expect("transfer failed");
        assert_eq!(moved, [], "{what:?} was transferred");
        assert_eq!(content(store, &of).await, before, "{what:?} was transferred");
    }
}

/// If concurrent calls transfer the same messages, each message is moved by exactly one of them.
pub async fn concurrent_transfers_move_a_message_once(store: &Store) {
    const THREADS: usize = 6;
    for _ in 0..8 {
        let from = new_user();
        let targets = (0..THREADS).map(|_| new_user()).collect::<Vec<_>>();
        let mut given = (0..20).map(|number| format!("{number:02}")).collect::<Vec<_>>();
        put(store, &from, given.iter().map(saying), at(0)).await;
        let (mailbox, to) = (from.clone(), targets.clone());
        let moved =
            at_once(store, THREADS, async move |store, thread| all_to(store, &mailbox, &to[thread]).await).await;
        let mut found = Vec::new();
        for (of, moved) in targets.iter().zip(moved) {
            let texts = texts(store, of, &MessageFilter::default()).await;
            assert_eq!(texts.len(), moved.expect("transfer failed").len(), "the number of moved messages");
            found.extend(texts);
        }
        found.sort();
        given.sort();
        assert_eq!(found, given, "each message should be in exactly one mailbox");
        assert_eq!(count(store, &from).await, 0, "all messages have left the first mailbox");
    }
}

/// Concurrent transfers in both directions, with inserts at the same time, lose no message.
pub async fn transfers_in_both_directions_lose_nothing(store: &Store) {
    const THREADS: usize = 6;
    const TIMES: usize = 12;
    let of = new_user();
    for both in [[of.clone(), new_user()], [of.archive(), of.later()]] {
        let mailboxes = both.clone();
        at_once(store, THREADS, async move |store, thread| {
            let [one, other] = if thread % 2 == 0 { [0, 1] } else { [1, 0] }.map(|number| &mailboxes[number]);
            for time in 0..TIMES {
                if thread < 2 {
                    let both = [saying(format!("{thread}.{time}")), saying(format!("{thread}.{time}'"))];
                    put(store, one, both, at(0)).await;
                } else {
                    all_to(store, one, other).await.expect("transfer failed");
                }
            }
        })
        .await;
        let all = MessageFilter::default();
        let mut found = [texts(store, &both[0], &all).await, texts(store, &both[1], &all).await].concat();
        found.sort();
        let given = (0..2).flat_map(|thread| (0..TIMES).map(move |time| format!("{thread}.{time}")));
        let mut given = given.flat_map(|text| [format!("{text}'"), text]).collect::<Vec<_>>();
        given.sort();
        assert_eq!(found, given, "each message should be in exactly one mailbox");
    }
}

/// If the caller drops the future halfway, all of the messages are moved, or none.
pub async fn a_dropped_transfer_is_complete_or_absent(store: &Store) {
    let transfer = async |of: &Recipient| all_to(store, of, &new_user()).await;
    all_or_none(store, transfer, async |of: &Recipient| content(store, of).await.len()).await;
}

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// The time of the transfers, after the creation of all messages.
fn now() -> Timestamp {
    at(1_000_000)
}

/// Any selection of messages with any way to arrive.
fn what() -> impl Strategy<Value = Move> {
    let arrival = sample::select(vec![Arrival::Unchanged, Arrival::Unchanged, Arrival::AsNew]);
    let until = prop_oneof![
        2 => Just(Until::Kept),
        1 => Just(Until::Cleared),
        1 => Just(Until::Expiry),
        1 => moment().prop_map(Until::At),
        1 => moment().prop_map(Until::Wake),
    ];
    let filter = prop_oneof![1 => Just(MessageFilter::default()), 2 => filter()];
    (filter, arrival, until, any::<bool>()).prop_map(|(filter, arrival, until, unbound)| Move {
        arrival,
        unbound,
        ..Move::of(filter).until(until)
    })
}

async fn all_to(store: &Store, from: &Recipient, to: &Recipient) -> Result<Vec<Moved>, StoreError> {
    store.transfer(from, to, &Move::mailbox(), &Clock::from(now())).await
}

fn id(micros: i64) -> MessageId {
    MessageId::new(at(micros).as_micros())
}

async fn advanced(store: &Store, of: &Recipient, mark: &'static str, to: Option<MessageId>) -> Option<MessageId> {
    store.advance(of, &Mark::new(mark).expect("an invalid name of a mark"), to).await.expect("advance failed")
}
