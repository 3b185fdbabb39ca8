//! Faults of `change` and `delete`.

use actix_messages::store::{
    Change, CheckedTags,
    conformance::{change, delete},
};

use super::{faulty::Faulty, found};

#[test]
fn a_look_before_a_change_is_found() {
    let fault = || Faulty { looks_first: true, ..Faulty::default() };
    found("a look first", fault, change::concurrent_marking_returns_an_id_once);
    found("a look first", fault, delete::concurrent_deletions_return_an_id_once);
    found("a look first", fault, change::concurrent_tags_are_all_added);
}

#[test]
fn a_change_of_one_message_after_the_other_is_found() {
    let fault = || Faulty { one_by_one: true, ..Faulty::default() };
    found("one by one", fault, change::a_dropped_change_is_complete_or_absent);
    found("one by one", fault, delete::a_dropped_deletion_is_complete_or_absent);
    found("one by one", fault, change::tags_beyond_the_limit_are_refused);
}

#[test]
fn tags_that_are_left_out_where_they_are_too_many_are_found() {
    let fault = || Faulty { adds_what_fits: true, ..Faulty::default() };
    found("what fits", fault, change::tags_beyond_the_limit_are_refused);
}

#[test]
fn tags_that_are_not_just_added_are_found() {
    let altering: [(&str, fn(&mut Vec<String>)); 3] = [
        ("without repetition", Vec::dedup),
        ("in order", |tags| tags.sort()),
        ("without case", |tags| tags.iter_mut().for_each(|tag| *tag = tag.to_lowercase())),
    ];
    for (what, tags) in altering {
        let fault = || Faulty { tags, ..Faulty::default() };
        found(what, fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
    }
    let tags: fn(&mut Vec<String>) = |tags| tags.reverse();
    found("backwards", || Faulty { tags, ..Faulty::default() }, change::added_tags_stand_after_the_others);
    let fault = || Faulty { tagged_is_read: true, ..Faulty::default() };
    found("they are read", fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
    let fault = || Faulty { forgets_to_fold: true, ..Faulty::default() };
    found("they are not folded", fault, change::new_tags_are_found_as_the_others_are);
}

#[test]
fn tags_that_should_replace_others_and_are_added_are_found() {
    let fault = || Faulty { only_adds: true, ..Faulty::default() };
    found("added", fault, change::tags_that_replace_others_are_the_only_ones);
    found("added", fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
}

#[test]
fn tags_that_are_not_just_removed_are_found() {
    let removed: [(&str, fn(&[String]) -> Change); 2] = [
        ("without case", |tags| {
            let both = tags.iter().flat_map(|tag| [tag.clone(), tag.to_uppercase()]);
            Change::RemoveTags(CheckedTags::new(both).unwrap())
        }),
        ("only one of them", |tags| Change::RemoveTags(CheckedTags::new(tags.iter().take(1)).unwrap())),
    ];
    for (what, removed) in removed {
        let fault = || Faulty { removed, ..Faulty::default() };
        found(what, fault, change::removed_tags_are_gone);
        found(what, fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
    }
}

#[test]
fn messages_that_stay_read_are_found() {
    let fault = || Faulty { stays_read: true, ..Faulty::default() };
    found("read", fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
    found("read", fault, change::a_message_marked_as_unread_is_read_again);
}
