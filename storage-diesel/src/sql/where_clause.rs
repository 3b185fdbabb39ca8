//! Translates a `MessageFilter` into a WHERE clause for all methods of the store.

use std::collections::BTreeSet;

use actix_messages::{
    MessageFilter, Recipient,
    filter::{Case, Condition, LevelRange, TextLookup, TimeRange},
    store::{Mailboxes, RetentionCutoff, SweepPosition},
};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, IntoSql, NullableExpressionMethods, sql_types::Bool,
};

use super::{
    Backend, DIALECT,
    fragment::Fragment,
    rows::json_texts,
    table::messages::{self, dsl},
    text_lookup::{MESSAGE, TAGS, VIEW, passes, passes_all},
};

/// A condition on messages.
pub(super) type Predicate = Box<dyn BoxableExpression<messages::table, Backend, SqlType = Bool>>;

/// The maximum number of conditions in a prepared statement that a connection caches: the recipient and two others, or
/// the recipient and one lookup. Clients choose the conditions, and statements for all combinations would not fit into
/// memory.
const MOST_KEPT: usize = 3;

/// The maximum number of lookups in one condition on a text. Databases limit the depth of a condition.
const MOST_IN_ONE_TEST: usize = 100;

/// Selects the messages of the recipient that match the filter.
pub(super) fn selection(of: &Recipient, filter: &MessageFilter) -> Predicate {
    narrowed(All(vec![Box::new(dsl::recipient.eq(of.key()))]), filter)
}

/// Returns whether the filter has conditions that indexes can't answer.
pub(super) fn looks_into_texts(filter: &MessageFilter) -> bool {
    filter.conditions().any(|condition| {
        matches!(condition, Condition::Tag(_) | Condition::View(_) | Condition::Text(_) | Condition::Session(_))
    })
}

/// Selects the messages in these mailboxes that match the filter.
pub(super) fn selection_across(of: &Mailboxes, filter: &MessageFilter) -> Predicate {
    let of: Vec<Predicate> = match of {
        Mailboxes::All => Vec::new(),
        // A range of keys, so that only these mailboxes are read.
        Mailboxes::Users => vec![Box::new(Fragment::new().sql("recipient >= 'u:' AND recipient < 'u;'"))],
        Mailboxes::Visitors => vec![Box::new(Fragment::new().sql("recipient >= 'v:' AND recipient < 'v;'"))],
        Mailboxes::Archives => vec![Box::new(Fragment::new().sql("recipient >= 'a:' AND recipient < 'a;'"))],
        Mailboxes::Later => vec![Box::new(Fragment::new().sql("recipient >= 'l:' AND recipient < 'l;'"))],
        Mailboxes::Of(recipient) => vec![Box::new(dsl::recipient.eq(recipient.key()))],
    };
    narrowed(All(of), filter)
}

/// Adds the conditions of the filter that are [known](is_known).
fn narrowed(mut all: All, filter: &MessageFilter) -> Predicate {
    let mut lookups = 0;
    for condition in filter.conditions() {
        lookups += match condition {
            Condition::Tag(_) | Condition::View(_) => 1,
            Condition::Text(lookups) => lookups.len(),
            _ => 0,
        };
        if let Some(add_to) = translation(condition) {
            add_to(&mut all);
        }
    }
    // A lookup counts twice, since there are many kinds of lookups.
    if all.0.len() + lookups > MOST_KEPT || lookups > 1 {
        all.and(Box::new(Fragment::uncached()));
    }
    all.joined()
}

/// Returns whether all conditions of the filter have a translation to SQL. A later version of `actix-messages` may add
/// conditions that this crate does not know. `MessageFilter::matches` decides these.
pub(super) fn is_known(filter: &MessageFilter) -> bool {
    filter.conditions().all(|condition| translation(condition).is_some())
}

/// Adds the SQL of a condition to other conditions.
type Translation<'a> = Box<dyn FnOnce(&mut All) + 'a>;

/// Returns the translation of a condition, or `None` if the condition is unknown.
fn translation(condition: Condition<'_>) -> Option<Translation<'_>> {
    Some(match condition {
        Condition::Ids(ids) => Box::new(move |all| all.and(one_of("id", ids.iter().map(|id| id.value())))),
        Condition::Unread(true) => Box::new(|all| all.and(Box::new(dsl::read_at.is_null()))),
        Condition::Unread(false) => Box::new(|all| all.and(Box::new(dsl::read_at.is_not_null()))),
        Condition::Level(range) => Box::new(move |all| all.and_level(range)),
        Condition::Tag(lookup) => Box::new(move |all| all.and(Box::new(passes(&TAGS, lookup)))),
        Condition::View(lookup) => Box::new(move |all| all.and(Box::new(passes(&VIEW, lookup)))),
        Condition::Text(lookups) => Box::new(move |all| all.and_text(lookups)),
        Condition::Created(range) => Box::new(move |all| all.and_created(range)),
        Condition::Read(range) => Box::new(move |all| all.and_read(range)),
        Condition::Session(session) => Box::new(move |all| {
            // session IS NULL OR session = ?
            let bound_to_it = dsl::session.assume_not_null().eq(session.as_str().to_owned());
            all.and(Box::new(dsl::session.is_null().or(bound_to_it)));
        }),
        Condition::Keys(keys) => Box::new(move |all| all.and(key_in(keys))),
        // `coalesce` keeps the databases from using the index of `until`, which spans all mailboxes. With a plain
        // comparison, PostgreSQL reads the whole index as long as its statistics say that the index is empty.
        Condition::Due(now) => Box::new(move |all| {
            let is_due = Fragment::new().sql("coalesce(until <= ").bind_number(now.as_micros());
            all.and(Box::new(is_due.sql(", FALSE)")));
        }),
        _ => return None,
    })
}

/// Selects the messages after `from` and up to and including `to`, in the order of the primary key.
pub(super) fn between(from: Option<&SweepPosition>, to: Option<&SweepPosition>) -> Predicate {
    let mut all = All(Vec::new());
    for (position, comparison) in [(from, "(recipient, id) > ("), (to, "(recipient, id) <= (")] {
        if let Some(SweepPosition { recipient, id }) = position {
            let key = Fragment::new().sql(comparison).bind(recipient.key()).sql(", ").bind_number(id.value());
            all.and(Box::new(key.sql(")")));
        }
    }
    all.joined()
}

/// Selects the expired messages.
pub(super) fn expired(cutoff: &RetentionCutoff) -> Predicate {
    let RetentionCutoff {
        read_before,
        created_before,
        archived_created_before,
        visitors_created_before,
        idle_marks_before: _,
    } = cutoff;
    let mut any: Predicate = Box::new(false.into_sql::<Bool>());
    let in_inbox = || Fragment::new().sql("substr(recipient, 1, 2) IN ('u:', 'v:')");
    if let Some(moment) = read_before {
        // read_at IS NOT NULL AND read_at < ?
        let was_read = dsl::read_at.is_not_null().and(dsl::read_at.assume_not_null().lt(moment.as_micros()));
        any = Box::new(any.or(in_inbox().and(was_read)));
    }
    let in_archive = Fragment::new().sql("substr(recipient, 1, 4) IN ('a:u:', 'a:v:')");
    let of_a_visitor =
        Fragment::new().sql("(substr(recipient, 1, 2) = 'v:' OR substr(recipient, 1, 4) IN ('a:v:', 'l:v:'))");
    let places = [(in_inbox(), created_before), (in_archive, archived_created_before)];
    for (place, moment) in places.into_iter().chain([(of_a_visitor, visitors_created_before)]) {
        if let Some(moment) = moment {
            any = Box::new(any.or(place.and(dsl::id.lt(moment.as_micros()))));
        }
    }
    any
}

/// Conditions that must all hold.
struct All(Vec<Predicate>);

impl All {
    fn and(&mut self, condition: Predicate) {
        self.0.push(condition);
    }

    /// Joins the conditions to one as a balanced tree. Databases limit the depth of a condition, and conditions joined
    /// one by one would be as deep as their number.
    fn joined(mut self) -> Predicate {
        match self.0.len() {
            0 => Box::new(true.into_sql::<Bool>()),
            1 => self.0.remove(0),
            length => {
                let rest = Self(self.0.split_off(length / 2));
                Box::new(self.joined().and(rest.joined()))
            }
        }
    }

    fn and_level(&mut self, range: &LevelRange) {
        let LevelRange { min, max, only } = range;
        if let Some(min) = min {
            self.and(Box::new(dsl::level.ge(min.value())));
        }
        if let Some(max) = max {
            self.and(Box::new(dsl::level.le(max.value())));
        }
        if let Some(only) = only {
            self.and(one_of("level", only.iter().map(|level| i64::from(level.value()))));
        }
    }

    /// Adds the lookups. Several case-insensitive terms share one folding of the text.
    fn and_text(&mut self, lookups: &[TextLookup]) {
        let (folded, others) = lookups.iter().partition::<Vec<_>, _>(|lookup| lookup.case == Case::Folded);
        for lookup in others {
            self.and(Box::new(passes(&MESSAGE, lookup)));
        }
        for some in folded.chunks(MOST_IN_ONE_TEST) {
            self.and(Box::new(match some {
                [one] => passes(&MESSAGE, one),
                several => passes_all(DIALECT.message_folded_once, several),
            }));
        }
    }

    /// Compares the id, since it is the time of creation.
    fn and_created(&mut self, range: TimeRange) {
        let TimeRange { after, before } = range;
        if let Some(after) = after {
            self.and(Box::new(dsl::id.ge(after.as_micros())));
        }
        if let Some(before) = before {
            self.and(Box::new(dsl::id.le(before.as_micros())));
        }
    }

    /// Unread messages match no range, since a comparison with null is never true in SQL.
    fn and_read(&mut self, range: TimeRange) {
        let TimeRange { after, before } = range;
        if let Some(after) = after {
            self.and(Box::new(dsl::read_at.assume_not_null().ge(after.as_micros())));
        }
        if let Some(before) = before {
            self.and(Box::new(dsl::read_at.assume_not_null().le(before.as_micros())));
        }
    }
}

/// Selects the messages with one of these keys. Keys with NUL are skipped: no message has one, and PostgreSQL refuses
/// NUL in parameters.
fn key_in(keys: &BTreeSet<String>) -> Predicate {
    let start = Fragment::new().sql("key");
    let keys = keys.iter().filter(|key| !key.contains('\0')).cloned().collect::<Vec<_>>();
    Box::new(match &keys[..] {
        [key] => start.sql(" = ").bind(key),
        _ => {
            let [before, after] = DIALECT.in_json_texts;
            start.sql(before).bind(json_texts(&keys)).sql(after)
        }
    })
}

/// Selects the messages with one of these keys, in all places of these recipients.
pub(super) fn with_keys(of: &[Recipient], keys: &BTreeSet<String>) -> Predicate {
    let places = of.iter().flat_map(Recipient::places).map(|place| place.key()).collect::<Vec<_>>();
    let start = Fragment::new().sql("recipient");
    let of: Predicate = Box::new(match &places[..] {
        // From this list, a database that is sharded by recipient knows which shard to read.
        [inbox, archive, later] => {
            start.sql(" IN (").bind(inbox).sql(", ").bind(archive).sql(", ").bind(later).sql(")")
        }
        _ => {
            let [before, after] = DIALECT.in_json_texts;
            start.sql(before).bind(json_texts(&places)).sql(after)
        }
    });
    Box::new(of.and(key_in(keys)))
}

/// Selects the messages whose column is one of these numbers. Several numbers are one parameter, since databases limit
/// the number of parameters.
fn one_of(column: &'static str, numbers: impl Iterator<Item = i64>) -> Predicate {
    let numbers = numbers.collect::<Vec<_>>();
    let start = Fragment::new().sql(column);
    Box::new(match numbers[..] {
        [number] => start.sql(" = ").bind_number(number),
        _ => {
            // id IN (SELECT value FROM json_each(?))
            let [before, after] = DIALECT.in_json_numbers;
            start.sql(before).bind(serde_json::Value::from(numbers).to_string()).sql(after)
        }
    })
}
