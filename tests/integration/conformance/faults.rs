//! A store with one fault -> the law that finds it.

mod changing;
mod ending;
mod faulty;
mod inserting;
mod kinds;
mod reading;

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_messages::{
    Message, Place, Recipient,
    store::{
        Mark,
        conformance::{Store, advance, due, erase, run, transfer},
    },
};

use self::faulty::{Advancing, Erasing, Faulty, Moving};

/// Asserts that the law fails on a store with this fault. Laws with random cases or threads do not find a fault every
/// time, so each law gets up to 30 tries.
#[track_caller]
fn found(what: &str, fault: impl Fn() -> Faulty, law: impl AsyncFn(&Store)) {
    let breaks = |_| catch_unwind(AssertUnwindSafe(|| run("verb", "law", async || fault(), &law))).is_err();
    assert!((0..30).any(breaks), "the law passes on a store with this fault: {what}");
}

#[test]
fn a_transfer_that_does_not_just_move_is_found() {
    let law = transfer::a_transfer_moves_exactly_what_the_filter_matches;
    for moving in [
        Moving::Copied,
        Moving::OnlyUnread,
        Moving::Everything,
        Moving::NeverAnew,
        Moving::WithoutEnd,
        Moving::StillBound,
        Moving::KeysReplace,
    ] {
        found(&format!("{moving:?}"), || Faulty { moving, ..Faulty::default() }, law);
    }
    let fault = |moving| move || Faulty { moving, ..Faulty::default() };
    let copied = fault(Moving::Copied);
    found("copies", copied, transfer::a_message_keeps_its_id_if_it_is_free);
    found("copies", copied, transfer::concurrent_transfers_move_a_message_once);
    found("copies", copied, transfer::transfers_in_both_directions_lose_nothing);
    found("never anew", fault(Moving::NeverAnew), transfer::new_arrivals_get_the_largest_ids);
    found("no end", fault(Moving::WithoutEnd), transfer::until_is_set_from_the_expiry_of_each_message);
    found("still bound", fault(Moving::StillBound), transfer::an_unbound_message_outlives_its_session);
    found("keys replace", fault(Moving::KeysReplace), transfer::a_message_whose_key_is_there_is_deleted);
    found("wrong ids", fault(Moving::WithWrongIds), transfer::an_id_that_is_ahead_is_replaced);
    found("wrong ids", fault(Moving::WithWrongIds), transfer::a_transfer_to_itself_repairs_a_mailbox);
    found("everything", fault(Moving::Everything), transfer::transferring_nothing_changes_nothing);
    for moving in [Moving::WithoutMarks, Moving::AlwaysWithMarks] {
        found(&format!("{moving:?}"), fault(moving), transfer::a_transfer_with_marks_takes_them_along);
    }
    let one_by_one = || Faulty { one_by_one: true, ..Faulty::default() };
    found("one by one", one_by_one, transfer::a_dropped_transfer_is_complete_or_absent);
}

#[test]
fn what_is_wrongly_due_is_found() {
    let wrong: [(&str, fn(&mut Vec<(Recipient, Message)>)); 3] = [
        ("not all", |due| due.truncate(1)),
        ("backwards", |due| due.reverse()),
        ("only the inbox", |due| due.retain(|(of, _)| of.place() == Place::Inbox)),
    ];
    for (what, due) in wrong {
        let fault = || Faulty { due, ..Faulty::default() };
        found(what, fault, due::due_messages_are_exactly_those_past_until);
    }
    let twice: fn(&mut Vec<(Recipient, Message)>) = |due| due.extend(due.first().cloned());
    found("twice", || Faulty { due: twice, ..Faulty::default() }, due::no_more_are_returned_than_asked_for);
    let fault = || Faulty { takes_due: true, ..Faulty::default() };
    found("taken", fault, due::asking_what_is_due_changes_nothing);
}

#[test]
fn marks_that_are_moved_elsewhere_are_found() {
    for (advancing, law) in [(Advancing::Back, "back"), (Advancing::After, "after")] {
        let fault = || Faulty { advancing, ..Faulty::default() };
        found(law, fault, advance::a_mark_goes_forward_and_never_back);
    }
    let fault = || Faulty { advancing: Advancing::Anywhere, ..Faulty::default() };
    found("anywhere", fault, advance::a_mark_never_passes_the_newest_id);
    let fault = || Faulty { advancing: Advancing::LooksFirst, ..Faulty::default() };
    found("a look first", fault, advance::concurrent_moves_of_a_mark_end_at_the_largest);
    let mark: fn(&Mark) -> Mark = |mark| Mark::new(mark.as_str().to_lowercase()).unwrap();
    found("without case", || Faulty { mark, ..Faulty::default() }, advance::marks_are_independent);
}

#[test]
fn an_erasure_that_leaves_or_takes_something_is_found() {
    for erasing in [Erasing::OnlyMessages, Erasing::AllPlaces] {
        let fault = || Faulty { erasing, ..Faulty::default() };
        found(&format!("{erasing:?}"), fault, erase::erasing_leaves_neither_a_message_nor_a_mark);
    }
    let fault = || Faulty { erasing: Erasing::OnlyMessages, ..Faulty::default() };
    found("only messages", fault, erase::an_erased_mailbox_is_as_a_new_one);
    let fault = || Faulty { one_by_one: true, ..Faulty::default() };
    found("one by one", fault, erase::a_dropped_erasure_is_complete_or_absent);
    let fault = || Faulty { advancing: Advancing::LooksFirst, ..Faulty::default() };
    found("a look first", fault, erase::a_mark_that_is_moved_meanwhile_is_erased);
}
