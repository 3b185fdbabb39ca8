//! The directory: random mailboxes and filters -> the messages found across mailboxes, on every store.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use actix_messages::{
    Direction, Level, MemoryStore, Message, MessageFilter, MessageOrder, NewMessage, OrderKey, PageRequest, Recipient,
    SessionId, Summary, Timestamp,
    store::{Change, Insertion, Mailboxes, MessageDirectory},
};
use actix_messages_diesel::DieselStore;
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::select,
    test_runner::{Config, TestRunner},
};

use crate::support::{ids_of, postgres, wait};

/// A message, its recipients, and whether it is read.
#[derive(Debug, Clone)]
struct Sample {
    of: Vec<u8>,
    level: i32,
    text: &'static str,
    now: i64,
    is_read: bool,
}

/// One of three users and three visitors of this case. The id of the last user looks like the key of a visitor.
fn recipient(case: u64, number: u8) -> Recipient {
    let session = || SessionId::from_digest((u128::from(case) << 8 | u128::from(number)).to_be_bytes());
    match number {
        0 | 1 => Recipient::user(format_args!("directory-{case}-{number}")).unwrap(),
        2 => Recipient::user(format_args!("v:{case}")).unwrap(),
        _ => Recipient::visitor(session()),
    }
}

fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let texts = select(vec!["Straße", "STRASSE", "100%", "a_b"]);
    let sample = (vec(0..6_u8, 1..4), select(vec![10, 20, 25, 27, 40]), texts, 0..6_i64, any::<bool>());
    let sample = sample.prop_map(|(mut of, level, text, now, is_read)| {
        of.sort_unstable();
        of.dedup();
        Sample { of, level, text, now, is_read }
    });
    vec(sample, 0..12)
}

fn filter() -> impl Strategy<Value = MessageFilter> {
    let text = select(vec!["strasse", "%", "_", "A"]);
    let parts = (option::of(any::<bool>()), option::of(select(vec![20, 27])), option::of(text), option::of(0..6_i64));
    parts.prop_map(|(unread, level, text, created)| {
        let mut filter = MessageFilter::default();
        filter.unread = unread;
        filter = level.into_iter().fold(filter, |filter, level| filter.at_least(Level::new(level)));
        filter = text.into_iter().fold(filter, MessageFilter::containing);
        created.into_iter().fold(filter, |filter, micros| filter.created_after(at(micros)))
    })
}

fn mailboxes() -> impl Strategy<Value = fn(u64, u8) -> Mailboxes> {
    let kinds: [fn(u64, u8) -> Mailboxes; 7] = [
        |_, _| Mailboxes::All,
        |_, _| Mailboxes::Users,
        |_, _| Mailboxes::Visitors,
        |_, _| Mailboxes::Archives,
        |_, _| Mailboxes::Later,
        |case, number| Mailboxes::Of(recipient(case, number)),
        |case, number| Mailboxes::Of(recipient(case, number).archive()),
    ];
    select(kinds.to_vec())
}

fn page() -> impl Strategy<Value = PageRequest> {
    let key = select(vec![OrderKey::Level, OrderKey::ReadAt, OrderKey::Created]);
    let direction = select(vec![Direction::Ascending, Direction::Descending]);
    let order = vec((key, direction), 0..3).prop_map(|keys| {
        keys.into_iter().fold(MessageOrder::default(), |order, (key, direction)| order.then(key, direction))
    });
    let limit = prop_oneof![3 => 0..8_u32, 1 => Just(u32::MAX)];
    let offset = prop_oneof![3 => Just(0_u64), 3 => 0..10_u64, 1 => Just(u64::MAX)];
    (order, limit, offset).prop_map(|(order, limit, offset)| PageRequest {
        order,
        offset,
        ..PageRequest::first(limit).counted()
    })
}

const fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(1_767_225_599_123_457 + micros * 3)
}

fn a_page_has_exactly_what_the_filter_matches(store: Arc<dyn MessageDirectory>) {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96);
    let last_case = Cell::new(u64::from(std::process::id()) << 32);
    let given = (samples(), filter(), mailboxes(), 0..6_u8, page());
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&given, |(samples, filter, kind, number, page)| {
        let case = last_case.get() + 1;
        last_case.set(case);
        wait(found_as_defined(&*store, case, &samples, filter, &kind(case, number), &page))
    });
    outcome.unwrap();
}

async fn found_as_defined(
    store: &dyn MessageDirectory,
    case: u64,
    samples: &[Sample],
    filter: MessageFilter,
    of: &Mailboxes,
    page: &PageRequest,
) -> Result<(), TestCaseError> {
    let mark = format!("case {case}");
    let mut content = BTreeMap::<Recipient, Vec<Message>>::new();
    for Sample { of, level, text, now, is_read } in samples {
        let of = of.iter().map(|number| recipient(case, *number)).collect::<Vec<_>>();
        let message = NewMessage::new(*level, *text).tag(&mark).check().unwrap();
        let inserted = store.insert(Insertion::new(of.clone(), [message.clone()]), &at(*now).into()).await.unwrap();
        for (of, id) in of.into_iter().zip(ids_of(inserted)) {
            let mut stored = message.clone().stored_as(id);
            if *is_read {
                store.change(&of, &MessageFilter::default().with_id(id), &Change::MarkRead, at(9)).await.unwrap();
                stored.state.read_at = Some(at(9).max(id.created()));
            }
            content.entry(of).or_default().push(stored);
        }
    }
    // Messages of other tests in the same store do not have this tag.
    let filter = filter.tagged(mark);
    let mut expected = content
        .into_iter()
        .filter(|(recipient, _)| of.contain(recipient))
        .flat_map(|(recipient, messages)| messages.into_iter().map(move |message| (recipient.clone(), message)))
        .filter(|(_, message)| filter.matches(message))
        .collect::<Vec<_>>();
    let summary = expected.iter().map(|(_, message)| message.level).collect::<Summary>();
    prop_assert_eq!(store.summarize_across(of, &filter).await.unwrap(), summary);

    expected.sort_by(|(of, a), (other, b)| page.order.compare(a, b).then_with(|| of.key().cmp(&other.key())));
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let expected = expected.into_iter().skip(offset).take(page.limit as usize).collect::<Vec<_>>();
    prop_assert_eq!(store.list_across(of, &filter, page).await.unwrap(), expected);
    Ok(())
}

#[test]
fn a_page_has_exactly_what_the_filter_matches_in_memory() {
    a_page_has_exactly_what_the_filter_matches(Arc::new(MemoryStore::new()));
}

#[test]
fn a_page_has_exactly_what_the_filter_matches_on_sqlite() {
    a_page_has_exactly_what_the_filter_matches(Arc::new(DieselStore::open(":memory:").unwrap()));
}

#[test]
fn a_page_has_exactly_what_the_filter_matches_on_postgres() {
    let Some(url) = postgres() else { return };
    a_page_has_exactly_what_the_filter_matches(Arc::new(DieselStore::open(url).unwrap()));
}
