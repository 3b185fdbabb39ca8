//! Narrows a filter by the value of one parameter.

use super::{
    search,
    value::{flag, integer, integers, moment, no_choice, numbers, plain_text, plain_texts},
};
use crate::{
    model::{Case, LevelNames, MessageFilter, MessageId, TextLookup, TextTest},
    service::settings::{
        lookup::Lookup::{self, Endswith, Icontains, Iendswith, Iexact, In, Istartswith, Startswith},
        query_parameters::Kind,
    },
};

/// Narrows the filter by this value, which is not empty.
///
/// # Errors
///
/// The problem with the value, for the client.
pub(super) fn narrow(
    filter: &mut MessageFilter,
    kind: &Kind,
    lookup: Lookup,
    value: &str,
    names: &LevelNames,
) -> Result<(), String> {
    match kind {
        Kind::Flag(field) => *field(filter) = flag(value)?,
        Kind::LevelName(field) => {
            let level = names.level_named(value).ok_or_else(|| no_choice(value))?;
            let range = field(filter);
            *range = std::mem::take(range).at_least(level);
        }
        Kind::Number(narrow) => {
            if let Some(numbers) = numbers(value, lookup)? {
                narrow(filter, &numbers);
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
            let terms = search::necessary(search::terms(value)?);
            field(filter).extend(terms.into_iter().map(TextLookup::search));
        }
        Kind::Ids(field) => {
            if let Some(ids) = integers(value)? {
                let ids = ids.into_iter().filter_map(|id| i64::try_from(id).ok());
                *field(filter) = Some(ids.map(MessageId::new).collect());
            }
        }
        Kind::UpTo(field) => {
            let id = integer(value)?.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            let last = MessageId::new(i64::try_from(id).unwrap_or_default()).created();
            let range = field(filter);
            range.before = Some(range.before.map_or(last, |before| before.min(last)));
        }
        // These choose a page, not messages.
        Kind::Ordering | Kind::Length | Kind::Offset | Kind::PageNumber | Kind::Cursor | Kind::Group => {}
    }
    Ok(())
}

/// The test of a text, if there is anything to test it for.
fn text_lookup(value: &str, lookup: Lookup) -> Result<Option<TextLookup>, String> {
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
