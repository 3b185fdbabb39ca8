//! Following the pages of a list: each unread message is shown once, even if other clients change the mailbox.

use std::{cell::Cell, collections::BTreeSet};

use actix_messages::{
    MessageId, Selection,
    settings::{CursorKey, Pagination},
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    prop_assert, prop_assert_eq,
    test_runner::{Config, TestCaseError, TestRunner},
};

use super::{Site, User, link};
use crate::support::{TestStore, wait};

#[test]
fn each_unread_message_is_seen_once_in_memory() {
    walk_at_random(&TestStore::memory(), 96);
}

#[test]
fn each_unread_message_is_seen_once_in_sqlite() {
    walk_at_random(&TestStore::sqlite(), 16);
}

/// A change by another client between two pages. The number selects a message, modulo the number of messages.
#[derive(Debug, Clone, Copy)]
enum Meanwhile {
    Add,
    Read(usize),
    Unread(usize),
    Delete(usize),
}

/// The direction in which the client follows the pages.
#[derive(Debug, Clone, Copy)]
enum Walk {
    /// From the first page to the last.
    Forth,
    /// From the last page to the first. HEAD requests find the last page, so nothing is marked.
    Back,
}

fn walk_at_random(store: &TestStore, cases: u32) {
    let style = Pagination::Cursor(CursorKey::from_secret(b"a secret"));
    let site = Site::new(store, |messages| messages.pagination(style));
    let meanwhile = prop_oneof![
        2 => Just(Meanwhile::Add),
        1 => any::<usize>().prop_map(Meanwhile::Read),
        1 => any::<usize>().prop_map(Meanwhile::Unread),
        1 => any::<usize>().prop_map(Meanwhile::Delete),
    ];
    let walk = (prop_oneof![Just(Walk::Forth), Just(Walk::Back)], prop_oneof![Just("created"), Just("-created")]);
    let strategy = (walk, 1..4_usize, vec(any::<bool>(), 0..12), vec(vec(meanwhile, 0..4), 0..8));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let case = Cell::new(0);
    let outcome = runner.run(&strategy, |((walk, order), size, unread, steps)| {
        case.set(case.get() + 1);
        let user = site.user(&format!("user-{}", case.get()));
        let mut known = user.add_numbers(u32::try_from(unread.len()).unwrap());
        for (id, _) in known.iter().zip(&unread).filter(|(_, unread)| !**unread) {
            wait(only(&user, *id).mark_read()).unwrap();
        }
        // Messages that have been unread all the time, but were not shown yet.
        let steady = known.iter().zip(&unread).filter(|(_, unread)| **unread).map(|(id, _)| *id);
        let mut steady = steady.collect::<BTreeSet<_>>();
        let mut seen = BTreeSet::new();
        let mut steps = steps.into_iter();

        let start = format!("/messages/?unread=true&ordering={order}&page_size={size}");
        let mut at = Some(match walk {
            Walk::Forth => start,
            Walk::Back => end(&user, start),
        });
        while let Some(target) = at {
            let page = user.get(&target).expect(200).json();
            let results = page["results"].as_array().unwrap();
            prop_assert!(results.len() <= size);
            for message in results {
                let id = message["id"].as_i64().unwrap();
                prop_assert!(message["read_at"].is_null());
                prop_assert!(seen.insert(id), "{} was shown twice", id);
                steady.remove(&id);
            }
            for step in steps.next().unwrap_or_default() {
                happen(&user, step, &mut known, &mut steady);
            }
            let relation = if matches!(walk, Walk::Forth) { "next" } else { "previous" };
            at = link(&page, relation).map(str::to_owned);
        }
        prop_assert_eq!(steady, BTreeSet::new(), "these messages were never shown");
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap();
}

/// Finds the last page through the `Link` headers of HEAD requests, which mark nothing.
fn end(user: &User, mut at: String) -> String {
    loop {
        let answer = user.send("HEAD", &at, &[]).expect(200);
        let links = answer.header("link").unwrap_or_default();
        let next = links.split(", ").find_map(|link| link.strip_suffix(">; rel=\"next\"")?.strip_prefix('<'));
        match next {
            Some(next) => at = next.to_owned(),
            None => return at,
        }
    }
}

fn only(user: &User, id: i64) -> Selection {
    user.mailbox.all().narrow(|filter| filter.with_id(MessageId::new(id)))
}

fn happen(user: &User, step: Meanwhile, known: &mut Vec<i64>, steady: &mut BTreeSet<i64>) {
    let place = match step {
        Meanwhile::Add => return known.push(user.add("meanwhile")),
        Meanwhile::Read(place) | Meanwhile::Unread(place) | Meanwhile::Delete(place) => place,
    };
    let Some(place) = place.checked_rem(known.len()) else { return };
    let id = known[place];
    let selection = only(user, id);
    match step {
        Meanwhile::Add => {}
        Meanwhile::Read(_) => {
            steady.remove(&id);
            wait(selection.mark_read()).unwrap();
        }
        Meanwhile::Unread(_) => {
            wait(selection.mark_unread()).unwrap();
        }
        Meanwhile::Delete(_) => {
            steady.remove(&id);
            wait(selection.delete()).unwrap();
            known.remove(place);
        }
    }
}
