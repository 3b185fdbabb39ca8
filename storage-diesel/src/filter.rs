//! `MessageFilter` -> WHERE: the one translation that list, count, mark and delete share.

use actix_messages::{Case, LevelRange, MessageFilter, MessageId, Recipient, TextLookup, TextTest, TimeRange};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, IntoSql, NullableExpressionMethods, sql_types::Bool,
};

use super::{A_FOLDED_TAG, A_TAG, Backend, IN_JSON_TEXTS, POSITION, condition::Condition, rows::json_texts};
use crate::schema::messages::{self, dsl};

/// A condition on messages.
pub(super) type Predicate = Box<dyn BoxableExpression<messages::table, Backend, SqlType = Bool>>;

/// The messages of the recipient that the filter means.
pub(super) fn selection(of: &Recipient, filter: &MessageFilter) -> Predicate {
    let MessageFilter { ids, unread, level, tags, view, created, read, search, session } = filter;
    let mut all = All(Box::new(dsl::recipient.eq(of.key())));
    if let Some(ids) = ids {
        all.and(among(ids.iter().copied()));
    }
    match unread {
        Some(true) => all.and(Box::new(dsl::read_at.is_null())),
        Some(false) => all.and(Box::new(dsl::read_at.is_not_null())),
        None => {}
    }
    all.and_level(level);
    for lookup in tags {
        all.and(lookup_in(&TAGS, lookup));
    }
    for lookup in view {
        all.and(lookup_in(&VIEW, lookup));
    }
    all.and_created(created);
    all.and_read(read);
    for term in search {
        let term = TextLookup { test: TextTest::Contains(term.clone()), case: Case::Folded };
        all.and(lookup_in(&MESSAGE, &term));
    }
    if let Some(session) = session {
        // session IS NULL OR session = ?
        let bound_here = dsl::session.assume_not_null().eq(session.as_str().to_owned());
        all.and(Box::new(dsl::session.is_null().or(bound_here)));
    }
    all.0
}

/// The conditions so far, all of which have to hold.
struct All(Predicate);

impl All {
    fn and(&mut self, condition: Predicate) {
        let so_far = std::mem::replace(&mut self.0, Box::new(true.into_sql::<Bool>()));
        self.0 = Box::new(so_far.and(condition));
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
            self.and(Box::new(dsl::level.eq_any(only.iter().map(|level| level.value()).collect::<Vec<_>>())));
        }
    }

    /// The id is the moment of creation.
    fn and_created(&mut self, range: &TimeRange) {
        let TimeRange { after, before } = range;
        if let Some(after) = after {
            self.and(Box::new(dsl::id.ge(after.as_micros())));
        }
        if let Some(before) = before {
            self.and(Box::new(dsl::id.le(before.as_micros())));
        }
    }

    /// In SQL, an unread message is in no range: a comparison with null does not hold.
    fn and_read(&mut self, range: &TimeRange) {
        let TimeRange { after, before } = range;
        if let Some(after) = after {
            self.and(Box::new(dsl::read_at.assume_not_null().ge(after.as_micros())));
        }
        if let Some(before) = before {
            self.and(Box::new(dsl::read_at.assume_not_null().le(before.as_micros())));
        }
    }
}

/// The messages with these ids.
fn among(ids: impl ExactSizeIterator<Item = MessageId>) -> Predicate {
    let mut ids = ids.map(MessageId::value).collect::<Vec<_>>();
    match ids.len() {
        1 => Box::new(dsl::id.eq(ids.remove(0))),
        _ => Box::new(dsl::id.eq_any(ids)),
    }
}

/// Whether a text passes a test.
fn lookup_in(column: &TextColumn, lookup: &TextLookup) -> Predicate {
    let TextOperand { open, text, close } = match lookup.case {
        Case::Sensitive => column.as_it_is,
        Case::Folded => column.folded,
    };
    let start = Condition::new().sql(open);
    let test = match lookup.operand() {
        // text = ?
        TextTest::AnyOf(texts) if texts.len() == 1 => start.sql(text).sql(" = ").bind(texts.concat()),
        // text IN (SELECT value FROM json_each(?))
        TextTest::AnyOf(texts) => {
            let [before, after] = IN_JSON_TEXTS;
            start.sql(text).sql(before).bind(json_texts(&texts)).sql(after)
        }
        // instr(text, ?) > 0
        TextTest::Contains(part) => start.sql(POSITION).sql("(").sql(text).sql(", ").bind(part).sql(") > 0"),
        // substr(text, 1, length(?)) = ?
        TextTest::StartsWith(part) => {
            start.sql("substr(").sql(text).sql(", 1, length(").bind(part.clone()).sql(")) = ").bind(part)
        }
        // length(text) >= length(?) AND substr(text, length(text) - length(?) + 1) = ?
        TextTest::EndsWith(part) => {
            let is_long_enough = start.sql("length(").sql(text).sql(") >= length(").bind(part.clone()).sql(")");
            let end = is_long_enough.sql(" AND substr(").sql(text).sql(", length(").sql(text);
            end.sql(") - length(").bind(part.clone()).sql(") + 1) = ").bind(part)
        }
    };
    Box::new(test.sql(close))
}

/// A column of text that is looked up, as it is and with its case folded. `lower` folds ASCII, and the column
/// beside it has whatever is beyond.
struct TextColumn {
    as_it_is: TextOperand,
    folded: TextOperand,
}

/// What is tested, and the SQL around the test.
#[derive(Clone, Copy)]
pub(super) struct TextOperand {
    pub(super) open: &'static str,
    pub(super) text: &'static str,
    pub(super) close: &'static str,
}

impl TextOperand {
    const fn plain(text: &'static str) -> Self {
        Self { open: "", text, close: "" }
    }
}

const MESSAGE: TextColumn = TextColumn {
    as_it_is: TextOperand::plain("message"),
    folded: TextOperand::plain("coalesce(message_folded, lower(message))"),
};

const VIEW: TextColumn = TextColumn {
    as_it_is: TextOperand::plain("view"),
    folded: TextOperand::plain("coalesce(view_folded, lower(view))"),
};

/// One of the tags has to pass.
const TAGS: TextColumn = TextColumn { as_it_is: A_TAG, folded: A_FOLDED_TAG };
