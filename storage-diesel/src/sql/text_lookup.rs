//! Translates the lookup of a text into a condition on a column.

use actix_messages::filter::{Case, TextLookup, TextTest};

use super::{DIALECT, fragment::Fragment, rows::json_texts};
use crate::database::TextOperand;

/// A text column for lookups, unchanged and case-folded. `lower` folds ASCII. The case-folded form of other texts is
/// stored in a separate column.
pub(super) struct TextColumn {
    as_it_is: TextOperand,
    folded: TextOperand,
}

/// The text of a message. In the collation of this column, `lower` folds only ASCII.
pub(super) const MESSAGE: TextColumn = TextColumn {
    as_it_is: TextOperand::plain("message"),
    folded: TextOperand::plain("coalesce(message_folded, lower(message))"),
};

/// The view on which a message was made.
pub(super) const VIEW: TextColumn = TextColumn {
    as_it_is: TextOperand::plain("view"),
    folded: TextOperand::plain("coalesce(view_folded, lower(view))"),
};

/// The tags of a message. At least one has to pass the lookup.
pub(super) const TAGS: TextColumn = TextColumn { as_it_is: DIALECT.any_tag, folded: DIALECT.any_folded_tag };

/// Returns the condition that the column passes a lookup.
pub(super) fn passes(column: &TextColumn, lookup: &TextLookup) -> Fragment {
    let operand = match lookup.case {
        Case::Sensitive => column.as_it_is,
        Case::Folded => column.folded,
    };
    passes_all(operand, &[lookup])
}

/// Returns the condition that the text passes all lookups.
pub(super) fn passes_all(operand: TextOperand, lookups: &[&TextLookup]) -> Fragment {
    let TextOperand { open, text, close } = operand;
    let mut condition = Fragment::new().sql(open);
    for (lookup, number) in lookups.iter().zip(1..) {
        condition = match without_nul(lookup.operand()) {
            None => condition.sql("1 = 0"),
            Some(test) => append_test(condition, text, test),
        };
        if number < lookups.len() {
            condition = condition.sql(" AND ");
        }
    }
    condition.sql(close)
}

/// Returns the test, or `None` if no text can pass it. No stored text contains NUL, and PostgreSQL refuses NUL in
/// parameters.
fn without_nul(test: TextTest) -> Option<TextTest> {
    match test {
        TextTest::AnyOf(texts) => {
            Some(TextTest::AnyOf(texts.into_iter().filter(|text| !text.contains('\0')).collect()))
        }
        TextTest::Contains(ref part) | TextTest::StartsWith(ref part) | TextTest::EndsWith(ref part) => {
            (!part.contains('\0')).then_some(test)
        }
    }
}

/// Appends the test of the text.
fn append_test(start: Fragment, text: &'static str, test: TextTest) -> Fragment {
    match test {
        // text = ?
        TextTest::AnyOf(texts) if texts.len() == 1 => start.sql(text).sql(" = ").bind(texts.concat()),
        // text IN (SELECT value FROM json_each(?))
        TextTest::AnyOf(texts) => {
            let [before, after] = DIALECT.in_json_texts;
            start.sql(text).sql(before).bind(json_texts(&texts)).sql(after)
        }
        // instr(text, ?) > 0
        TextTest::Contains(part) => start.sql(DIALECT.position).sql("(").sql(text).sql(", ").bind(part).sql(") > 0"),
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
    }
}
