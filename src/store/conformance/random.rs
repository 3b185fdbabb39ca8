//! Random messages, filters, orders and pages, made so that the filters meet the messages.

use std::collections::BTreeSet;

use proptest::{char, collection, option, prelude::*, sample};

use super::fixtures::{at, checked};
use crate::model::{
    Case, Change, CheckedMessage, CheckedTags, Direction, Level, LevelRange, MessageFilter, MessageId, MessageOrder,
    NewMessage, OrderKey, PageRequest, Repeat, SessionId, TextLookup, TextTest, TimeRange, Timestamp, Total,
};

/// A message, when it is inserted, and when it is read, if it is.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) message: CheckedMessage,
    pub(super) now: Timestamp,
    pub(super) read: Option<Timestamp>,
}

/// What is put into a mailbox. Some of the messages have keys, each of which is there once.
pub(super) fn samples() -> impl Strategy<Value = Vec<Sample>> {
    let sample = (new_message(), option::of((key(), repeat())), until(), 0..6_i64, option::of(moment()));
    collection::vec(sample, 0..12).prop_map(|samples| {
        let mut keys = BTreeSet::new();
        let samples = samples.into_iter().map(|(message, key, until, now, read)| {
            let key = key.filter(|(key, _)| keys.insert(key.clone()));
            let message = key.into_iter().fold(message, |message, (key, repeat)| message.key(key, repeat));
            Sample { message: leaving(checked(message), until), now: at(now * 4), read }
        });
        samples.collect()
    })
}

/// A message with everything that a store may get wrong, but a key.
pub(super) fn message() -> impl Strategy<Value = CheckedMessage> {
    (new_message(), until()).prop_map(|(message, until)| leaving(checked(message), until))
}

fn new_message() -> impl Strategy<Value = NewMessage> {
    let parts = (level(), text(1), collection::vec(text(1), 0..4), text(0), option::of(session()), any::<bool>());
    parts.prop_map(|(level, text, tags, view, session, is_html)| {
        let message = NewMessage::new(level, text).tags(tags).view(view);
        let message = if is_html { message.safe_html() } else { message };
        session.into_iter().fold(message, NewMessage::session)
    })
}

fn leaving(message: CheckedMessage, until: Option<Timestamp>) -> CheckedMessage {
    until.into_iter().fold(message, CheckedMessage::until)
}

/// When a message leaves its mailbox: nothing in the contract moves it by the clock alone.
fn until() -> impl Strategy<Value = Option<Timestamp>> {
    option::of(moment())
}

fn key() -> impl Strategy<Value = String> {
    text(1).prop_filter("a reserved key", |key| !key.starts_with("g:"))
}

/// Samples without keys, for a second place of somebody.
pub(super) fn samples_without_keys() -> impl Strategy<Value = Vec<Sample>> {
    samples().prop_map(|mut samples| {
        samples.retain(|sample| sample.message.parts().key.is_none());
        samples
    })
}

/// What becomes of a message whose key is there already.
pub(super) fn repeat() -> impl Strategy<Value = Repeat> {
    sample::select(vec![Repeat::Ignored, Repeat::Replaces])
}

/// Any change. Tags differ in more than marks do, so they are tried more often.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let tags = || {
        let tags = collection::vec(text(1), 0..4);
        tags.prop_map(|tags| CheckedTags::new(tags).expect("a tag that breaks a limit"))
    };
    prop_oneof![
        1 => Just(Change::MarkRead),
        1 => Just(Change::MarkUnread),
        3 => tags().prop_map(Change::AddTags),
        2 => tags().prop_map(Change::RemoveTags),
        3 => tags().prop_map(Change::ReplaceTags),
    ]
}

/// A filter that means some of the messages, more often than none or all. Mostly it has one field or two, so that none
/// hides what another one does.
pub(super) fn filter() -> impl Strategy<Value = MessageFilter> {
    let ids = collection::btree_set((0..30_i64).prop_map(|micros| MessageId::new(at(micros).as_micros())), 1..20);
    let ids = prop_oneof![5 => ids, 1 => Just(BTreeSet::new())];
    // Texts differ in more than numbers do, so their fields are tried more often.
    let fields = sample::select(vec![0_u32, 1, 2, 3, 3, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10]);
    let which = prop_oneof![
        6 => fields.clone().prop_map(|one| 1 << one),
        3 => (fields.clone(), fields).prop_map(|(one, other)| 1 << one | 1 << other),
        1 => 0..1 << 11_u32,
    ];
    let texts = prop_oneof![lookups(), terms()];
    let keys = prop_oneof![9 => collection::btree_set(part(), 1..8), 1 => Just(BTreeSet::new())];
    let values = (
        ids,
        any::<bool>(),
        level_range(),
        lookups(),
        lookups(),
        time_range(),
        time_range(),
        texts,
        session(),
        (keys, any::<bool>()),
    );
    // Each field by its name and none by `..`, so that a new one can't be forgotten.
    (which, values).prop_map(
        |(which, (ids, unread, level, tags, view, created, read, text, session, (keys, odd_id)))| {
            let has = |field: u32| which >> field & 1 == 1;
            MessageFilter {
                ids: has(0).then_some(ids),
                unread: has(1).then_some(unread),
                level: only_if(has(2), level),
                tags: only_if(has(3), tags),
                view: only_if(has(4), view),
                created: only_if(has(5), created),
                read: only_if(has(6), read),
                text: only_if(has(7), text),
                session: has(8).then_some(session),
                odd_id: has(9).then_some(odd_id),
                keys: has(10).then_some(keys),
            }
        },
    )
}

fn only_if<T: Default>(given: bool, value: T) -> T {
    if given { value } else { T::default() }
}

/// An order by any keys in any directions.
pub(super) fn order() -> impl Strategy<Value = MessageOrder> {
    let key = sample::select(vec![OrderKey::Level, OrderKey::ReadAt, OrderKey::Created]);
    let direction = sample::select(vec![Direction::Ascending, Direction::Descending]);
    collection::vec((key, direction), 0..4).prop_map(|keys| {
        keys.into_iter().fold(MessageOrder::default(), |order, (key, direction)| order.then(key, direction))
    })
}

/// A page: inside of the selection, across its end, beyond it, empty, or all of it.
pub(super) fn page() -> impl Strategy<Value = PageRequest> {
    let limit = prop_oneof![6 => 0..8_u32, 1 => Just(u32::MAX)];
    let offset =
        prop_oneof![3 => Just(0_u64), 6 => 0..12_u64, 1 => sample::select(vec![1 << 40, i64::MAX as u64, u64::MAX])];
    let total = sample::select(vec![Total::Counted, Total::Skipped]);
    (order(), limit, offset, total).prop_map(|(order, limit, offset, total)| PageRequest {
        order,
        limit,
        offset,
        total,
    })
}

/// A moment at which a mailbox may be used, from before its first message to after its last.
pub(super) fn moment() -> impl Strategy<Value = Timestamp> {
    (-1..9_i64).prop_map(|step| at(step * 4))
}

/// One of a few sessions.
pub(super) fn session() -> impl Strategy<Value = SessionId> {
    sample::select((0..3).map(|number| SessionId::from_digest([number; 16])).collect::<Vec<_>>())
}

fn level() -> impl Strategy<Value = Level> {
    let usual = [Level::DEBUG, Level::INFO, Level::SUCCESS, Level::WARNING, Level::ERROR];
    let unusual = [i32::MIN, -1, 0, 27, i32::MAX].map(Level::new);
    sample::select([usual, unusual].concat())
}

fn level_range() -> impl Strategy<Value = LevelRange> {
    let only = prop_oneof![5 => collection::btree_set(level(), 1..8), 1 => Just(BTreeSet::new())];
    let only = option::of(only);
    (option::of(level()), option::of(level()), only).prop_map(|(min, max, only)| LevelRange { min, max, only })
}

fn time_range() -> impl Strategy<Value = TimeRange> {
    (option::of(end()), option::of(end())).prop_map(|(after, before)| TimeRange { after, before })
}

/// The end of a range of time: mostly among the moments at which messages are created and read.
fn end() -> impl Strategy<Value = Timestamp> {
    let beyond = [i64::MIN, 0, i64::MAX].map(Timestamp::from_micros).to_vec();
    prop_oneof![8 => (-2..30_i64).prop_map(at), 1 => sample::select(beyond)]
}

/// Tests of a text.
pub(super) fn lookups() -> impl Strategy<Value = Vec<TextLookup>> {
    let test = prop_oneof![
        collection::vec(part(), 0..4).prop_map(TextTest::AnyOf),
        part().prop_map(TextTest::Contains),
        part().prop_map(TextTest::StartsWith),
        part().prop_map(TextTest::EndsWith),
    ];
    let case = sample::select(vec![Case::Sensitive, Case::Folded]);
    collection::vec((test, case).prop_map(|(test, case)| TextLookup { test, case }), 1..3)
}

/// What a search looks for.
fn terms() -> impl Strategy<Value = Vec<TextLookup>> {
    collection::vec(part().prop_map(TextLookup::search), 1..3)
}

/// A text to look for. It may be empty, and may have NUL in it, which no message has.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => text(0),
        1 => (text(0), text(0)).prop_map(|(before, after)| format!("{before}\0{after}")),
    ]
}

/// A text of few enough pieces, out of few enough, that two of them are often equal or one in the other; and now and
/// then one of any characters whatever.
fn text(min_pieces: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![2 => sample::select(LETTERS), 1 => sample::select(SIGNS)];
    let pieces = collection::vec(piece, min_pieces..4).prop_map(|pieces| pieces.concat());
    let not_nul = char::any().prop_filter("NUL is in no message", |one| *one != '\0');
    let anything = collection::vec(not_nul, min_pieces..9).prop_map(String::from_iter);
    prop_oneof![5 => sample::select(LETTERS).prop_map(str::to_owned), 4 => pieces, 1 => anything]
}

/// Letters that are the same but for their case, and some that are not.
const LETTERS: &[&str] = &["k", "K", "\u{212a}", "ss", "SS", "ß", "ẞ", "Σ", "σ", "ς", "é", "É", "e\u{301}"];

/// Characters that mean something to a pattern, to a quoted text, to JSON, to a line or to a screen; letters whose case
/// is peculiar; and texts that could be taken for something else.
const SIGNS: &[&str] = &[
    "%",
    "_",
    "*",
    "?",
    "[",
    "]",
    "^",
    "\\",
    "'",
    "\"",
    "`",
    "$",
    "{",
    "}",
    ",",
    ":",
    ";",
    "--",
    " ",
    "\t",
    "\n",
    "\r",
    "\u{1}",
    "\u{1f}",
    "\u{7f}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{feff}",
    "\u{fffd}",
    "\u{10ffff}",
    "😀",
    "👩\u{200d}🚀",
    "i",
    "I",
    "ı",
    "İ",
    "ﬁ",
    "null",
    "true",
    "1",
    "01",
    "1e0",
    "\\n",
    "\\u0041",
];
