//! Stores with one fault each -> the law that finds it.

mod faulty;
mod kinds;

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
};

use actix_messages::{
    Clock, MessageFilter, MessageId, MessageOrder, NewMessage, Page, PageRequest, Recipient, Summary, TextFormat,
    Timestamp,
    filter::{Case, TextTest},
    store::conformance::{
        Store, advance, change, claim, delete, end_session, erase, insert, list, run, summarize, sweep,
    },
    store::{Change, CheckedMessage, CheckedTags, Kept, Mark, RetentionCutoff, SessionEnd, SweepStep},
};

use self::faulty::{Advancing, Claiming, Delivery, Erasing, Faulty, Forgets, altered};

/// The law does not hold on a store with this fault. Laws about random cases and about threads may need luck to notice,
/// so they get several tries.
#[track_caller]
fn found(what: &str, fault: impl Fn() -> Faulty, law: impl AsyncFn(&Store)) {
    let breaks = |_| catch_unwind(AssertUnwindSafe(|| run("verb", "law", async || fault(), &law))).is_err();
    assert!((0..30).any(breaks), "the law holds on a store with this fault: {what}");
}

#[test]
fn a_field_of_a_filter_that_is_forgotten_is_found() {
    let forgetful: [(&str, fn(&mut MessageFilter)); 10] = [
        ("a condition that the store does not know", |filter| filter.odd_id = None),
        ("ids", |filter| filter.ids = None),
        ("unread", |filter| filter.unread = None),
        ("level", |filter| filter.level = Default::default()),
        ("tags", |filter| filter.tags.clear()),
        ("view", |filter| filter.view.clear()),
        ("created", |filter| filter.created = Default::default()),
        ("read", |filter| filter.read = Default::default()),
        ("text", |filter| filter.text.clear()),
        ("session", |filter| filter.session = None),
    ];
    for (field, filter) in forgetful {
        found(field, || Faulty { filter, ..Faulty::default() }, list::a_list_has_exactly_what_the_filter_matches);
        let fault = || Faulty { changed: filter, ..Faulty::default() };
        found(field, fault, change::a_change_is_applied_to_exactly_what_the_filter_matches);
        found(field, fault, delete::deleting_deletes_exactly_what_the_filter_matches);
    }
}

#[test]
fn a_filter_that_is_nearly_right_is_found() {
    let nearly_right: [(&str, fn(&mut MessageFilter)); 9] = [
        ("a term in ASCII only", |filter| {
            for lookup in &mut filter.text {
                if let TextTest::Contains(term) = &mut lookup.test {
                    term.retain(|one| one.is_ascii());
                }
            }
        }),
        ("one term", |filter| filter.text.truncate(1)),
        ("no case in texts", |filter| filter.text.iter_mut().for_each(|lookup| lookup.case = Case::Folded)),
        ("one tag", |filter| filter.tags.truncate(1)),
        ("case matters", |filter| filter.view.iter_mut().for_each(|lookup| lookup.case = Case::Sensitive)),
        ("case does not matter", |filter| filter.view.iter_mut().for_each(|lookup| lookup.case = Case::Folded)),
        ("no level is any", |filter| filter.level.only = filter.level.only.take().filter(|only| !only.is_empty())),
        ("no id is any", |filter| filter.ids = filter.ids.take().filter(|ids| !ids.is_empty())),
        ("a range without its end", |filter| {
            filter.created.before = filter.created.before.map(|end| Timestamp::from_micros(end.as_micros() - 1));
        }),
    ];
    for (what, filter) in nearly_right {
        found(what, || Faulty { filter, ..Faulty::default() }, list::a_list_has_exactly_what_the_filter_matches);
    }
    let filter: fn(&mut MessageFilter) = |filter| {
        for lookup in &mut filter.tags {
            if let TextTest::StartsWith(start) = &lookup.test {
                lookup.test = TextTest::Contains(start.clone());
            }
        }
    };
    let fault = || Faulty { filter, ..Faulty::default() };
    found("the start is anywhere", fault, list::nothing_in_a_text_is_a_pattern);
}

#[test]
fn a_message_that_is_not_kept_as_it_was_given_is_found() {
    fn again(given: &CheckedMessage, tags: Vec<String>, text: &str, view: &str) -> CheckedMessage {
        let again = NewMessage::new(given.level, text).tags(tags).view(view);
        let again = if given.format == TextFormat::SafeHtml { again.safe_html() } else { again };
        given.parts().1.cloned().into_iter().fold(again, NewMessage::session).check().unwrap()
    }
    fn with_tags(given: &CheckedMessage, alter: fn(&mut Vec<String>)) -> CheckedMessage {
        again(given, altered(&given.tags, alter), &given.text, &given.view)
    }
    let lossy: [(&str, fn(CheckedMessage) -> CheckedMessage); 6] = [
        ("tags without repetition", |given| with_tags(&given, Vec::dedup)),
        ("tags in order", |given| with_tags(&given, |tags| tags.sort())),
        ("texts escaped twice", |given| {
            again(&given, given.tags.clone(), &given.text.replace('\\', "\\\\"), &given.view)
        }),
        ("views without blanks", |given| again(&given, given.tags.clone(), &given.text, given.view.trim_end())),
        ("no sessions", |given| {
            let again = NewMessage::new(given.level, &given.text).tags(&given.tags).view(&given.view);
            if given.format == TextFormat::SafeHtml { again.safe_html() } else { again }.check().unwrap()
        }),
        ("no format", |given| {
            let again = NewMessage::new(given.level, &given.text).tags(&given.tags).view(&given.view);
            given.parts().1.cloned().into_iter().fold(again, NewMessage::session).check().unwrap()
        }),
    ];
    for (what, message) in lossy {
        let fault = || Faulty { message, ..Faulty::default() };
        found(what, fault, insert::an_inserted_message_is_listed_as_it_was_given);
    }
}

#[test]
fn a_wrong_page_is_found() {
    let wrong: [(&str, fn(&mut PageRequest)); 3] = [
        ("no offset", |page| page.offset = 0),
        ("one too many", |page| page.limit = page.limit.saturating_add(1)),
        ("a page beyond the end is the last one", |page| page.offset = page.offset.min(5)),
    ];
    for (what, page) in wrong {
        found(what, || Faulty { page, ..Faulty::default() }, list::a_page_is_the_part_after_the_offset);
    }
    let page: fn(&mut PageRequest) = |page| page.order = MessageOrder::default();
    found("no order", || Faulty { page, ..Faulty::default() }, list::a_list_is_in_the_order_asked_for);
    let answer: fn(&mut Page) = |page| page.total = Some(page.messages.len() as u64);
    let fault = || Faulty { answer, ..Faulty::default() };
    found("the total of the page", fault, list::the_total_is_the_size_of_the_whole_selection);
}

#[test]
fn a_wrong_summary_is_found() {
    let summary: fn(&mut Summary) = |summary| summary.by_level.retain(|level, _| *level >= 0.into());
    let fault = || Faulty { summary, ..Faulty::default() };
    found("no level below 0", fault, summarize::a_summary_counts_exactly_what_a_list_has);
}

#[test]
fn recipients_that_are_confused_are_found() {
    let confused: [(&str, fn(&Recipient) -> Recipient); 2] = [
        ("without case", |of| of.key().to_lowercase().parse().unwrap()),
        ("without blanks", |of| of.key().replace(' ', "").parse().unwrap()),
    ];
    for (what, recipient) in confused {
        found(what, || Faulty { recipient, ..Faulty::default() }, insert::a_mailbox_is_its_recipients_alone);
    }
}

#[test]
fn times_in_milliseconds_are_found() {
    let clock: fn(&Clock) -> Clock = |clock| {
        let clock = clock.clone();
        Clock::new(move || Timestamp::from_micros(clock.now().as_micros() / 1000 * 1000))
    };
    let fault = || Faulty { clock, ..Faulty::default() };
    found("milliseconds", fault, insert::an_id_is_the_moment_of_the_clock);
    found("milliseconds", fault, change::first_reading_wins);
}

#[test]
fn a_newest_id_that_is_forgotten_is_found() {
    for forgets in [Forgets::IfDeleted, Forgets::IfEmptied] {
        let fault = || Faulty { forgets: Some(forgets), ..Faulty::default() };
        found(&format!("{forgets:?}"), fault, insert::after_the_newest_was_deleted_no_smaller_id_is_given);
    }
}

#[test]
fn an_insert_in_parts_is_found() {
    found("parts", || Faulty { batch: 100, ..Faulty::default() }, insert::all_are_inserted_or_none);
}

#[test]
fn a_message_that_does_not_get_to_many_as_one_is_found() {
    let fault = || Faulty { delivery: Delivery::UnderOneId, ..Faulty::default() };
    found("one id", fault, insert::a_message_for_many_has_an_id_of_its_own_in_each_mailbox);
    let fault = || Faulty { delivery: Delivery::Backdated, ..Faulty::default() };
    found("an id below others", fault, insert::a_message_for_many_has_an_id_of_its_own_in_each_mailbox);
    let fault = || Faulty { delivery: Delivery::OneAfterTheOther, ..Faulty::default() };
    found("one after the other", fault, insert::a_message_for_many_is_in_all_mailboxes_at_once);
    let recipients: fn(&mut Vec<Recipient>) = |recipients| recipients.truncate(2730);
    let fault = || Faulty { recipients, ..Faulty::default() };
    found("only the first", fault, insert::a_message_may_be_for_thousands);
    let recipients: fn(&mut Vec<Recipient>) = |recipients| recipients.truncate(1);
    let fault = || Faulty { recipients, ..Faulty::default() };
    found("only one", fault, insert::concurrent_inserts_lose_nothing_and_share_no_id);
}

#[test]
fn a_look_before_a_change_is_found() {
    let fault = || Faulty { looks_first: true, ..Faulty::default() };
    found("a look first", fault, change::of_two_that_mark_one_gets_the_id);
    found("a look first", fault, delete::of_two_that_delete_one_gets_the_id);
    found("a look first", fault, change::of_two_that_add_tags_both_do);
}

#[test]
fn a_change_of_one_message_after_the_other_is_found() {
    let fault = || Faulty { one_by_one: true, ..Faulty::default() };
    found("one by one", fault, change::an_abandoned_change_is_whole);
    found("one by one", fault, delete::an_abandoned_deletion_is_whole);
    found("one by one", fault, claim::an_abandoned_claim_is_whole);
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

#[test]
fn an_end_of_a_session_that_deletes_others_is_found() {
    let kept: [(&str, fn(&Kept) -> Kept); 4] = [
        ("keeps nothing", |_| Kept::none()),
        ("keeps everything", |_| Kept::All),
        ("keeps an id in any mailbox", |kept| match kept {
            Kept::All => Kept::All,
            Kept::Only(these) => {
                let recipients = these.iter().map(|(of, _)| of.clone()).collect::<BTreeSet<_>>();
                let everywhere = |id: MessageId| recipients.iter().map(move |of| (of.clone(), id)).collect::<Vec<_>>();
                Kept::Only(these.iter().flat_map(|(_, id)| everywhere(*id)).collect())
            }
        }),
        ("deletes what is all to be kept", |kept| match kept {
            Kept::All => Kept::none(),
            Kept::Only(_) => kept.clone(),
        }),
    ];
    for (what, kept) in kept {
        found(what, || Faulty { kept, ..Faulty::default() }, end_session::what_is_to_be_kept_stays);
    }
}

#[test]
fn an_end_of_a_session_that_says_something_else_is_found() {
    let end: fn(&mut SessionEnd) = |end| end.mailboxes.clear();
    let fault = || Faulty { end, ..Faulty::default() };
    found("no mailboxes", fault, end_session::the_end_of_a_session_returns_the_mailboxes);
    let end: fn(&mut SessionEnd) = |end| drop(end.mailboxes.pop_first());
    let fault = || Faulty { end, ..Faulty::default() };
    found("not all mailboxes", fault, end_session::the_end_of_a_session_returns_the_mailboxes);
    let end: fn(&mut SessionEnd) = |end| end.deleted += 1;
    let fault = || Faulty { end, ..Faulty::default() };
    found("one more", fault, end_session::the_end_of_a_session_deletes_what_is_bound_to_it);
}

#[test]
fn an_end_of_a_session_that_leaves_messages_bound_is_found() {
    let fault = || Faulty { stays_bound: true, ..Faulty::default() };
    found("still bound", fault, end_session::what_is_to_be_kept_stays);
    // It looks where messages were inserted, and not where they were claimed.
    found("not looked for", fault, end_session::the_end_of_a_session_finds_what_has_been_changed);
}

#[test]
fn a_sweep_that_deletes_other_messages_is_found() {
    let wrong: [(&str, fn(&mut RetentionCutoff)); 5] = [
        ("nothing that was read", |cutoff| cutoff.read_before = None),
        ("nothing that is old", |cutoff| cutoff.created_before = None),
        ("no visitors", |cutoff| cutoff.visitors_created_before = None),
        ("users as visitors", |cutoff| {
            cutoff.created_before = cutoff.created_before.max(cutoff.visitors_created_before);
        }),
        ("the moment itself", |cutoff| {
            cutoff.created_before = cutoff.created_before.map(|end| Timestamp::from_micros(end.as_micros() + 1));
        }),
    ];
    for (what, cutoff) in wrong {
        found(what, || Faulty { cutoff, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    }
    let cutoff: fn(&mut RetentionCutoff) = |cutoff| {
        if *cutoff == RetentionCutoff::default() {
            cutoff.created_before = Some(Timestamp::from_micros(i64::MAX));
        }
    };
    found("all", || Faulty { cutoff, ..Faulty::default() }, sweep::where_nothing_has_expired_nothing_is_deleted);
}

#[test]
fn a_step_of_a_sweep_that_is_not_one_is_found() {
    let at_most: fn(u32) -> u32 = |_| u32::MAX;
    found("all", || Faulty { at_most, ..Faulty::default() }, sweep::one_step_deletes_no_more_than_it_looks_at);
    found("all", || Faulty { at_most, ..Faulty::default() }, sweep::one_step_looks_at_no_more_than_it_is_told);
    let swept: fn(&mut SweepStep) = |swept| swept.next = None;
    found("the first", || Faulty { swept, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    let swept: fn(&mut SweepStep) = |swept| swept.deleted = 0;
    found("no count", || Faulty { swept, ..Faulty::default() }, sweep::sweeping_deletes_exactly_what_has_expired);
    let swept: fn(&mut SweepStep) = |swept| swept.mailboxes.clear();
    found("no mailboxes", || Faulty { swept, ..Faulty::default() }, sweep::a_sweep_returns_the_mailboxes);
    let swept: fn(&mut SweepStep) = |swept| swept.mailboxes.extend(Recipient::user("another"));
    found("another mailbox", || Faulty { swept, ..Faulty::default() }, sweep::a_sweep_returns_the_mailboxes);
    let swept: fn(&mut SweepStep) = |swept| swept.deleted += 1;
    found("a count", || Faulty { swept, ..Faulty::default() }, sweep::where_nothing_has_expired_nothing_is_deleted);
}
