//! Narrows a filter by the value of one parameter.

use std::mem;

use super::{
    search,
    value::{Numbers, integer, integers, invalid_choice, moment, numbers, parse_flag, plain_text, plain_texts},
};
use crate::{
    model::{Case, Level, LevelNames, LevelRange, MessageFilter, MessageId, TextLookup, TextTest},
    service::settings::{
        lookup::Lookup::{self, Endswith, Icontains, Iendswith, Iexact, In, Istartswith, Startswith},
        query_parameters::Kind,
    },
    texts::Phrase,
};

/// Narrows the filter by this value, which must not be empty.
///
/// # Errors
///
/// The text for the client, if the value is invalid.
pub(super) fn narrow(
    filter: &mut MessageFilter,
    kind: &Kind,
    lookup: Lookup,
    value: &str,
    names: &LevelNames,
) -> Result<(), Phrase> {
    match kind {
        Kind::Flag(field) => *field(filter) = parse_flag(value)?,
        Kind::LevelName(at_least) => {
            let level = names.level_named(value).ok_or_else(|| invalid_choice(value))?;
            *filter = at_least(mem::take(filter), level);
        }
        Kind::Number(field) => {
            if let Some(numbers) = numbers(value, lookup)? {
                narrow_levels(field(filter), &numbers);
            }
        }
        Kind::Text(field) => field(filter).extend(text_lookup(value, lookup)?),
        Kind::Moment(field) => {
            let moment = moment(value)?;
            match lookup {
                Lookup::After => field(filter).after = Some(moment),
                _ => field(filter).before = Some(moment),
            }
        }
        Kind::Search(field) => {
            let terms = search::remove_redundant_terms(search::terms(value)?);
            field(filter).extend(terms.into_iter().map(TextLookup::search));
        }
        Kind::Ids(field) => {
            if let Some(ids) = integers(value)? {
                let ids = ids.into_iter().filter_map(|id| i64::try_from(id).ok());
                *field(filter) = Some(ids.map(MessageId::new).collect());
            }
        }
        Kind::UpTo(created_before) => {
            let id = integer(value)?.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            let last = MessageId::new(i64::try_from(id).unwrap_or_default()).created();
            *filter = created_before(mem::take(filter), last);
        }
        // These select no messages.
        Kind::Ordering
        | Kind::Length
        | Kind::Offset
        | Kind::PageNumber
        | Kind::Cursor
        | Kind::Position
        | Kind::Group
        | Kind::SeenUpTo
        | Kind::UserTag
        | Kind::Future => {}
    }
    Ok(())
}

fn narrow_levels(range: &mut LevelRange, numbers: &Numbers) {
    let (lowest, highest) = (i128::from(i32::MIN), i128::from(i32::MAX));
    let level = |number: i128| i32::try_from(number).ok().map(Level::new);
    let end = |number: &i128| level((*number).clamp(lowest, highest));
    let mut narrowed = mem::take(range);
    match numbers {
        Numbers::OneOf(levels) => narrowed = narrowed.only(levels.iter().copied().filter_map(level)),
        Numbers::Between(min, max) => {
            if min.is_some_and(|min| min > highest) || max.is_some_and(|max| max < lowest) {
                narrowed = narrowed.only([]);
            }
            narrowed = min.as_ref().and_then(end).into_iter().fold(narrowed, LevelRange::at_least);
            narrowed = max.as_ref().and_then(end).into_iter().fold(narrowed, LevelRange::at_most);
        }
    }
    *range = narrowed;
}

/// Returns the test for a text, or `None` if the value is blank.
fn text_lookup(value: &str, lookup: Lookup) -> Result<Option<TextLookup>, Phrase> {
    let test = match lookup {
        In => plain_texts(value)?.map(TextTest::AnyOf),
        _ => plain_text(value)?.map(|text| {
            let text = text.to_owned();
            match lookup {
                Lookup::Contains | Icontains => TextTest::Contains(text),
                Startswith | Istartswith => TextTest::StartsWith(text),
                Endswith | Iendswith => TextTest::EndsWith(text),
                _ => TextTest::AnyOf(vec![text]),
            }
        }),
    };
    let case = match lookup {
        Iexact | Icontains | Istartswith | Iendswith => Case::Folded,
        _ => Case::Sensitive,
    };
    Ok(test.map(|test| TextLookup { test, case }))
}
