//! Faults of `list` and `summarize`, and of filters.

use actix_messages::{
    MessageFilter, MessageOrder, Page, PageRequest, Summary, Timestamp,
    filter::{Case, TextTest},
    store::conformance::{change, delete, list, summarize},
};

use super::{faulty::Faulty, found};

#[test]
fn a_field_of_a_filter_that_is_forgotten_is_found() {
    let forgetful: [(&str, fn(&mut MessageFilter)); 12] = [
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
        ("keys", |filter| filter.keys = None),
        ("due", |filter| filter.due = None),
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
