//! Parses the parameters of a list or of a selection into a filter and an order.

mod moment;
mod narrow;
mod search;
mod seen;
mod tags;
mod value;

use std::{borrow::Cow, ptr, time::Duration};

use self::{
    narrow::narrow,
    value::{invalid_choice, trim},
};
#[cfg(feature = "openapi")]
pub(crate) use self::{
    search::{MAX_SEARCH_CHARS, MAX_TERMS},
    value::MAX_ALTERNATIVES,
};
pub(crate) use self::{
    seen::seen_up_to,
    tags::TagQuery,
    value::{moment, whole_number},
};
use super::query_string::{MAX_PARAMETERS, MAX_STREAM_QUERY_BYTES, QueryString};
use crate::{
    model::{Direction, LevelNames, MessageFilter, MessageOrder, Timestamp},
    service::settings::{
        lookup::Lookup,
        parameter_switches::ListFilters,
        query_parameters::{
            FILTERS, GROUP, Kind, MAX_DAYS_AHEAD, OF_INBOX, OF_SELECTIONS, ORDERING, Parameter, UNTIL, find,
            name_of_key,
        },
    },
    texts::{Phrase, Text},
};

/// The known parameters of a list or of a selection. If a parameter was sent several times, the last value counts.
#[derive(Debug, Default)]
pub(crate) struct ListQuery<'a>(Vec<Given<'a>>);

/// A parameter and its value as it was sent.
#[derive(Debug, Clone, Copy)]
struct Given<'a> {
    parameter: &'static Parameter,
    lookup: Lookup,
    value: &'a str,
}

/// Returns whether peek is asked for the count of each level: `group=level`.
pub(crate) fn is_grouped_by_level(query: &str) -> Result<bool, QueryError> {
    match form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == GROUP.name).last() {
        None => Ok(false),
        Some((_, value)) if value.is_empty() => Ok(false),
        Some((_, value)) if value == "level" => Ok(true),
        Some((_, value)) => Err(QueryError::field(GROUP.name, invalid_choice(&value))),
    }
}

impl<'a> ListQuery<'a> {
    /// Reads the filters and `others` from a query string. Unknown parameters are ignored, except for lists that
    /// are written in brackets, such as `level__in[]`: the request would list and mark more messages than intended.
    pub(crate) fn of(
        query: &'a QueryString<'_>,
        filters: &ListFilters,
        others: &'static [Parameter],
    ) -> Result<Self, QueryError> {
        let (mut read, mut errors) = (Self::default(), FieldErrors::default());
        for (name, value) in query.all()? {
            if let Some(one) = Given::of(name, value, filters, others) {
                read.add(one);
                continue;
            }
            let list = name_of_list(name).and_then(|name| Given::of(name, value, filters, others));
            if list.is_some_and(|list| list.lookup == Lookup::In) {
                errors.push(name.to_owned(), Text::UnknownParameter);
            }
        }
        if errors.0.is_empty() { Ok(read) } else { Err(QueryError::Fields(errors)) }
    }

    /// Returns the query without the parameters that only some endpoints have.
    pub(crate) fn only_filters(&self) -> Self {
        Self(self.0.iter().filter(|given| given.parameter.filter.is_some()).copied().collect())
    }

    /// Reads the query string of a request that changes a selection. `own` are parameters that select nothing.
    ///
    /// An unknown parameter is an error here, and so is a parameter that alone would select all messages. If they were
    /// ignored, the request would change more messages than intended.
    pub(crate) fn of_selection(
        query: &'a QueryString<'_>,
        filters: &ListFilters,
        names: &LevelNames,
        own: &'static [Parameter],
    ) -> Result<Self, QueryError> {
        let (mut read, mut errors) = (Self::default(), FieldErrors::default());
        for (name, value) in query.all()? {
            if let Some(parameter) = own.iter().find(|parameter| parameter.name == name) {
                read.add(Given { parameter, lookup: Lookup::Exact, value });
                continue;
            }
            let problem = match Given::of(name, value, filters, OF_SELECTIONS) {
                None => Text::UnknownParameter,
                Some(one) => {
                    let is_empty = value.chars().all(|char| char == ',' || char.is_whitespace());
                    read.add(one);
                    match (one.selects_everything(names), is_empty) {
                        (false, _) => continue,
                        (true, true) => Text::EmptyParameter,
                        (true, false) => Text::SelectsAll,
                    }
                }
            };
            errors.push(name.to_owned(), problem);
        }
        if errors.0.is_empty() { Ok(read) } else { Err(QueryError::Fields(errors)) }
    }

    fn add(&mut self, one: Given<'a>) {
        match self.0.iter_mut().find(|known| known.is(one.parameter, one.lookup)) {
            Some(known) => *known = one,
            None => self.0.push(one),
        }
    }

    /// Returns the value of a parameter that has no lookups. An empty value counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        let given = self.0.iter().find(|given| given.parameter.name == name)?;
        Some(given.value).filter(|value| !value.is_empty())
    }

    /// Returns the moment of [`UNTIL`], which must be after `now`, and at most [`MAX_DAYS_AHEAD`] days after it.
    pub(crate) fn until(&self, now: Timestamp) -> Result<Timestamp, QueryError> {
        let refused = |problem: Phrase| QueryError::field(UNTIL.name, problem);
        let value = self.value(UNTIL.name).ok_or_else(|| refused(Text::MomentMissing.into()))?;
        let until = moment(value).map_err(refused)?;
        if until <= now {
            return Err(refused(Text::MomentPassed.into()));
        }
        if until > now + Duration::from_secs(u64::from(MAX_DAYS_AHEAD) * 24 * 60 * 60) {
            return Err(refused(Phrase::from(Text::MomentTooFar).with("limit", MAX_DAYS_AHEAD)));
        }
        Ok(until)
    }

    /// Returns the filter for the messages that are asked for.
    ///
    /// All invalid filters are reported together, in the order in which drf-messages reports them. An invalid search
    /// is reported only if the filters are valid.
    pub(crate) fn filter(&self, names: &LevelNames) -> Result<MessageFilter, QueryError> {
        let (mut filter, mut errors, mut searched) = (MessageFilter::default(), FieldErrors::default(), Ok(()));
        for parameter in FILTERS.iter().chain(OF_SELECTIONS).chain(OF_INBOX) {
            for lookup in parameter.lookups {
                let Some(given) = self.0.iter().find(|given| given.is(parameter, *lookup)) else { continue };
                match (given.narrow(&mut filter, names), &parameter.kind) {
                    (Ok(()), _) => {}
                    (Err(problem), Kind::Search(_)) => searched = Err(QueryError::Search(problem)),
                    // The errors of both ends of a range are reported under the name of the range.
                    (Err(problem), Kind::Moment(_)) => errors.push(parameter.name, problem),
                    (Err(problem), _) => errors.push(parameter.spelled(*lookup), problem),
                }
            }
        }
        if errors.0.is_empty() { searched.map(|()| filter) } else { Err(QueryError::Fields(errors)) }
    }

    /// Returns the order that `ordering` asks for, such as `level,-created`. Unknown names are skipped.
    pub(crate) fn order(&self, filters: &ListFilters) -> MessageOrder {
        let terms = self.value(ORDERING).unwrap_or_default().split(',').map(trim);
        terms.fold(MessageOrder::default(), |order, term| {
            let (name, direction) = match term.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (term, Direction::Ascending),
            };
            match filters.keys().iter().find(|key| name_of_key(**key) == name) {
                Some(key) => order.then(*key, direction),
                None => order,
            }
        })
    }
}

/// Returns the name in front of the brackets of a list: `level__in` for `level__in[]` and `level__in[0]`.
fn name_of_list(name: &str) -> Option<&str> {
    let (name, index) = name.strip_suffix(']')?.rsplit_once('[')?;
    index.bytes().all(|byte| byte.is_ascii_digit()).then_some(name)
}

impl<'a> Given<'a> {
    /// Returns the parameter with this name and its value, if the application admits it.
    fn of(name: &str, value: &'a str, filters: &ListFilters, others: &'static [Parameter]) -> Option<Self> {
        let (parameter, lookup) = find(name, FILTERS.iter().chain(others))?;
        filters.admits(parameter, lookup).then_some(Self { parameter, lookup, value })
    }

    fn is(&self, parameter: &Parameter, lookup: Lookup) -> bool {
        ptr::eq(self.parameter, parameter) && self.lookup == lookup
    }

    fn narrow(&self, filter: &mut MessageFilter, names: &LevelNames) -> Result<(), Phrase> {
        // A parameter without a value counts as absent.
        if self.value.is_empty() {
            Ok(())
        } else {
            narrow(filter, &self.parameter.kind, self.lookup, self.value, names)
        }
    }

    /// Returns whether the parameter alone would select all messages.
    fn selects_everything(&self, names: &LevelNames) -> bool {
        let mut filter = MessageFilter::default();
        self.narrow(&mut filter, names).is_ok() && filter == MessageFilter::default()
    }
}

/// The reason why a query string is invalid.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Some parameters are invalid.
    #[error("invalid filters")]
    Fields(FieldErrors),
    /// The search is invalid.
    #[error("{0}")]
    Search(Phrase),
    /// The query string has too many parameters. The value is their number.
    #[error("{}", too_many_parameters(*.0))]
    TooMany(usize),
    /// The query string of a stream is too long. The value is its length in bytes.
    #[error("{}", query_too_long(*.0))]
    TooLong(usize),
}

impl QueryError {
    /// Creates the error for one invalid parameter.
    pub(crate) fn field(name: &'static str, problem: impl Into<Phrase>) -> Self {
        Self::Fields(FieldErrors(vec![(name.into(), problem.into())]))
    }
}

/// Returns the text for the query string of a stream that is too long.
pub(crate) fn query_too_long(given: usize) -> Phrase {
    Phrase::of_limit(Text::QueryTooLong, MAX_STREAM_QUERY_BYTES, given)
}

/// Returns the text for a query string with too many parameters.
pub(crate) fn too_many_parameters(given: usize) -> Phrase {
    Phrase::of_limit(Text::TooManyParameters, MAX_PARAMETERS, given)
}

/// The invalid parameters and their errors, in the order in which they were found.
#[derive(Debug, Default)]
pub struct FieldErrors(pub(crate) Vec<(Cow<'static, str>, Phrase)>);

impl FieldErrors {
    fn push(&mut self, field: impl Into<Cow<'static, str>>, problem: impl Into<Phrase>) {
        let (field, problem) = (field.into(), problem.into());
        if self.0.last().is_none_or(|(last, _)| *last != field) {
            self.0.push((field, problem));
        }
    }
}
