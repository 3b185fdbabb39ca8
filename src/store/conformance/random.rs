//! Generates random messages, filters, orders and pages. The filters often match the messages.

use std::collections::BTreeSet;

use proptest::{char, collection, option, prelude::*, sample};
use serde_json::{Map, Value};

use super::fixtures::{at, checked};
use crate::model::{
    Case, Change, CheckedMessage, CheckedTags, Direction, Level, LevelRange, MessageFilter, MessageId, MessageOrder,
    NewMessage, OrderKey, PageRequest, Repeat, SessionId, TextLookup, TextTest, TimeRange, Timestamp, Total,
};

/// A message, the time of its insertion, and the time of reading if it is read.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) message: CheckedMessage,
    pub(super) now: Timestamp,
    pub(super) read: Option<Timestamp>,
}

/// Messages for a mailbox. Some have keys, and each key occurs once.
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

/// A message with all parts except a key.
pub(super) fn message() -> impl Strategy<Value = CheckedMessage> {
    (new_message(), until()).prop_map(|(message, until)| leaving(checked(message), until))
}

fn new_message() -> impl Strategy<Value = NewMessage> {
    let parts = (level(), text(1), collection::vec(text(1), 0..4), text(0), option::of(session()), any::<bool>());
    let more = (
        option::of(text(1)),
        option::of(data()),
        collection::vec((text(1), href()), 0..=NewMessage::MAX_ACTIONS),
        option::weighted(0.3, moment()),
    );
    (parts, more).prop_map(|((level, text, tags, view, session, is_html), (title, data, actions, expiry))| {
        let message = NewMessage::new(level, text).tags(tags).view(view);
        let message = if is_html { message.safe_html() } else { message };
        let message = session.into_iter().fold(message, NewMessage::session);
        let message = title.into_iter().fold(message, NewMessage::title);
        let message = data.into_iter().fold(message, NewMessage::data);
        let message = expiry.into_iter().fold(message, NewMessage::expires_at);
        actions.into_iter().fold(message, |message, (label, href)| message.action(label, href))
    })
}

/// An object with values of all types.
fn data() -> impl Strategy<Value = Map<String, Value>> {
    object(prop_oneof![
        3 => scalar(),
        1 => collection::vec(scalar(), 0..3).prop_map(Value::Array),
        1 => object(scalar()).prop_map(Value::Object),
    ])
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    collection::btree_map(text(0), value, 0..3).prop_map(|members| members.into_iter().collect())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        2 => any::<f64>().prop_map(Value::from),
        3 => text(0).prop_map(Value::from),
    ]
}

/// A link of any kind, with any characters that a link may contain.
fn href() -> impl Strategy<Value = String> {
    let start = sample::select(vec!["/", "/a/", "https://example.com/", "HTTP://[::1]:80?", "mailto:alice@"]);
    let is_possible = |char: &char| !(char.is_control() || char.is_whitespace() || ['/', '\\'].contains(char));
    (start, text(0))
        .prop_map(move |(start, end)| format!("{start}{}", end.chars().filter(is_possible).collect::<String>()))
}

fn leaving(message: CheckedMessage, until: Option<Timestamp>) -> CheckedMessage {
    until.into_iter().fold(message, CheckedMessage::until)
}

/// The `until` of a message. No verb moves or deletes a message because that time has passed.
fn until() -> impl Strategy<Value = Option<Timestamp>> {
    option::of(moment())
}

fn key() -> impl Strategy<Value = String> {
    text(1).prop_filter("a reserved key", |key| !key.starts_with("g:"))
}

/// Samples without keys, for a second place of the same recipient.
pub(super) fn samples_without_keys() -> impl Strategy<Value = Vec<Sample>> {
    samples().prop_map(|mut samples| {
        samples.retain(|sample| sample.message.parts().key.is_none());
        samples
    })
}

/// The handling of a message whose key the recipient already has.
pub(super) fn repeat() -> impl Strategy<Value = Repeat> {
    sample::select(vec![Repeat::Ignored, Repeat::Replaces])
}

/// Any change. Changes of tags are more frequent, because they have more variants.
pub(super) fn change() -> impl Strategy<Value = Change> {
    let tags = || {
        let tags = collection::vec(text(1), 0..4);
        tags.prop_map(|tags| CheckedTags::new(tags).expect("an invalid tag"))
    };
    prop_oneof![
        1 => Just(Change::MarkRead),
        1 => Just(Change::MarkUnread),
        3 => tags().prop_map(Change::AddTags),
        2 => tags().prop_map(Change::RemoveTags),
        3 => tags().prop_map(Change::ReplaceTags),
    ]
}

/// A filter that often matches some of the messages, and seldom none or all. It mostly has one or two conditions, so
/// that one condition does not hide a fault in another.
pub(super) fn filter() -> impl Strategy<Value = MessageFilter> {
    let ids = collection::btree_set((0..30_i64).prop_map(|micros| MessageId::new(at(micros).as_micros())), 1..20);
    let ids = prop_oneof![5 => ids, 1 => Just(BTreeSet::new())];
    // The fields with texts are more frequent, because texts have more variants.
    let fields = sample::select(vec![0_u32, 1, 2, 3, 3, 3, 4, 4, 5, 6, 7, 7, 8, 9, 10, 11]);
    let which = prop_oneof![
        6 => fields.clone().prop_map(|one| 1 << one),
        3 => (fields.clone(), fields).prop_map(|(one, other)| 1 << one | 1 << other),
        1 => 0..1 << 12_u32,
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
        (keys, moment(), any::<bool>()),
    );
    // All fields are listed instead of `..`, so that a new field can't be forgotten.
    (which, values).prop_map(
        |(which, (ids, unread, level, tags, view, created, read, text, session, (keys, due, odd_id)))| {
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
                due: has(11).then_some(due),
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

/// A page within the selection, across its end, beyond it, an empty page, or the whole selection.
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

/// A time of use of a mailbox, from before its first message to after its last.
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

/// The end of a range of times, mostly within the times of creating and reading messages.
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

/// The terms of a search.
fn terms() -> impl Strategy<Value = Vec<TextLookup>> {
    collection::vec(part().prop_map(TextLookup::search), 1..3)
}

/// A text to look for. It may be empty, and it may contain NUL, which no message contains.
fn part() -> impl Strategy<Value = String> {
    prop_oneof![
        9 => text(0),
        1 => (text(0), text(0)).prop_map(|(before, after)| format!("{before}\0{after}")),
    ]
}

/// A text of a few pieces from a small set, so that two texts are often equal or one contains the other. Some texts
/// have arbitrary characters.
fn text(min_pieces: usize) -> impl Strategy<Value = String> {
    let piece = prop_oneof![2 => sample::select(LETTERS), 1 => sample::select(SIGNS)];
    let pieces = collection::vec(piece, min_pieces..4).prop_map(|pieces| pieces.concat());
    let not_nul = char::any().prop_filter("messages contain no NUL", |one| *one != '\0');
    let anything = collection::vec(not_nul, min_pieces..9).prop_map(String::from_iter);
    prop_oneof![5 => sample::select(LETTERS).prop_map(str::to_owned), 4 => pieces, 1 => anything]
}

/// Letters that differ only in case, and some that look similar but differ.
const LETTERS: &[&str] = &["k", "K", "\u{212a}", "ss", "SS", "ß", "ẞ", "Σ", "σ", "ς", "é", "É", "e\u{301}"];

/// Characters with a special meaning in a pattern, a quoted text, JSON, a line or a terminal, letters with unusual case
/// rules, and texts that could be parsed as another type.
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
