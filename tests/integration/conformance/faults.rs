//! Stores with one fault each -> the law that finds it.

mod changing;
mod ending;
mod faulty;
mod inserting;
mod kinds;
mod reading;

use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_messages::store::{
    Mark,
    conformance::{Store, advance, claim, erase, run},
};

use self::faulty::{Advancing, Claiming, Erasing, Faulty};

/// The law does not hold on a store with this fault. Laws about random cases and about threads may need luck to notice,
/// so they get several tries.
#[track_caller]
fn found(what: &str, fault: impl Fn() -> Faulty, law: impl AsyncFn(&Store)) {
    let breaks = |_| catch_unwind(AssertUnwindSafe(|| run("verb", "law", async || fault(), &law))).is_err();
    assert!((0..30).any(breaks), "the law holds on a store with this fault: {what}");
}

#[test]
fn a_claim_that_does_not_just_move_is_found() {
    for claiming in [Claiming::CopiedUnread, Claiming::CopiedBackwards, Claiming::OnlyUnread] {
        let fault = || Faulty { claiming, ..Faulty::default() };
        found(&format!("{claiming:?}"), fault, claim::claiming_moves_every_message_as_it_is);
    }
    let fault = || Faulty { claiming: Claiming::Copied, ..Faulty::default() };
    found("copies", fault, claim::a_message_keeps_its_id_where_that_is_free);
    found("copies", fault, claim::claiming_nothing_changes_nothing);
    found("copies", fault, claim::of_two_that_claim_each_message_goes_to_one);
    found("copies", fault, claim::claims_in_both_directions_lose_nothing);
}

#[test]
fn marks_that_are_moved_elsewhere_are_found() {
    for (advancing, law) in [(Advancing::Back, "back"), (Advancing::After, "after")] {
        let fault = || Faulty { advancing, ..Faulty::default() };
        found(law, fault, advance::a_mark_goes_forward_and_never_back);
    }
    let fault = || Faulty { advancing: Advancing::Anywhere, ..Faulty::default() };
    found("anywhere", fault, advance::a_mark_never_passes_the_newest_id);
    found("not claimed", fault, advance::claiming_takes_marks_along);
    let fault = || Faulty { advancing: Advancing::LooksFirst, ..Faulty::default() };
    found("a look first", fault, advance::of_two_the_one_who_goes_further_counts);
    let mark: fn(&Mark) -> Mark = |mark| Mark::new(mark.as_str().to_lowercase()).unwrap();
    found("without case", || Faulty { mark, ..Faulty::default() }, advance::marks_are_apart);
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
    found("one by one", fault, erase::an_abandoned_erasure_is_whole);
    let fault = || Faulty { advancing: Advancing::LooksFirst, ..Faulty::default() };
    found("a look first", fault, erase::a_mark_that_is_moved_meanwhile_is_erased);
}
