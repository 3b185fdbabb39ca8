//! Parses the parameters of a list or of a selection into a filter and an order.

mod moment;
mod narrow;
mod search;
mod value;

use std::{borrow::Cow, collections::BTreeSet, ptr};

use serde::Serialize;

pub(crate) use self::value::whole_number;
use self::{
    narrow::narrow,
    value::{no_choice, trim},
};
#[cfg(feature = "openapi")]
pub(crate) use self::{
    search::{MAX_SEARCH_CHARS, MAX_TERMS},
    value::MAX_ALTERNATIVES,
};
use super::query_string::{MAX_PARAMETERS, QueryString};
use crate::{
    model::{Direction, LevelNames, MessageFilter, MessageOrder},
    service::settings::{
        lookup::Lookup,
        parameter_switches::ListFilters,
        query_parameters::{FILTERS, GROUP, Kind, OF_LISTS, OF_SELECTIONS, ORDERING, Parameter, find, name_of_key},
    },
};

/// The parameters of a list or of a selection that are known, each once: the last of several counts.
#[derive(Debug, Default)]
pub(crate) struct ListQuery<'a>(Vec<Given<'a>>);

/// A parameter, and its value as it was sent.
#[derive(Debug, Clone, Copy)]
struct Given<'a> {
    parameter: &'static Parameter,
    lookup: Lookup,
    value: &'a str,
}

/// Whether peek is asked for the counts of each level: `group=level`.
pub(crate) fn peek_groups(query: &str) -> Result<bool, QueryError> {
    match form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == GROUP.name).last() {
        None => Ok(false),
        Some((_, value)) if value.is_empty() => Ok(false),
        Some((_, value)) if value == "level" => Ok(true),
        Some((_, value)) => Err(QueryError::field(GROUP.name, no_choice(&value))),
    }
}

impl<'a> ListQuery<'a> {
    /// Reads the query string of a list, which ignores parameters that it does not know.
    pub(crate) fn of_list(query: &'a QueryString<'_>, filters: &ListFilters) -> Result<Self, QueryError> {
        let mut read = Self::default();
        query
            .all()?
            .filter_map(|(name, value)| Given::of(name, value, filters, OF_LISTS))
            .for_each(|one| read.add(one));
        Ok(read)
    }

    /// Reads the query string of what changes a selection. There, a parameter that is not known, or means all messages
    /// by itself, is an error: without it, more would be selected than was meant.
    pub(crate) fn of_selection(
        query: &'a QueryString<'_>,
        filters: &ListFilters,
        names: &LevelNames,
    ) -> Result<Self, QueryError> {
        let (mut read, mut errors) = (Self::default(), FieldErrors::default());
        for (name, value) in query.all()? {
            let problem = match Given::of(name, value, filters, OF_SELECTIONS) {
                None => "Unknown parameter.",
                Some(one) => {
                    let is_empty = value.chars().all(|char| char == ',' || char.is_whitespace());
                    read.add(one);
                    match (one.means_all(names), is_empty) {
                        (false, _) => continue,
                        (true, true) => "This parameter may not be empty.",
                        (true, false) => "This means all messages.",
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

    /// The value of a parameter that has no lookups. An empty one counts as absent.
    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        let given = self.0.iter().find(|given| given.parameter.name == name)?;
        Some(given.value).filter(|value| !value.is_empty())
    }

    /// Which messages are meant.
    ///
    /// All invalid filters are answered at once, in the order of the original; an invalid search only where the
    /// filters are valid.
    pub(crate) fn filter(&self, names: &LevelNames) -> Result<MessageFilter, QueryError> {
        let (mut filter, mut errors, mut searched) = (MessageFilter::default(), FieldErrors::default(), Ok(()));
        for parameter in FILTERS.iter().chain(OF_SELECTIONS) {
            for lookup in parameter.lookups {
                let Some(given) = self.0.iter().find(|given| given.is(parameter, *lookup)) else { continue };
                match (given.narrow(&mut filter, names), &parameter.kind) {
                    (Ok(()), _) => {}
                    (Err(problem), Kind::Search(_)) => searched = Err(QueryError::Search(problem)),
                    // Both ends of a range have its name.
                    (Err(problem), Kind::Moment(_)) => errors.push(parameter.name, problem),
                    (Err(problem), _) => errors.push(parameter.spelled(*lookup), problem),
                }
            }
        }
        if errors.0.is_empty() { searched.map(|()| filter) } else { Err(QueryError::Fields(errors)) }
    }

    /// `ordering=level,-created`: unknown names are skipped.
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

impl<'a> Given<'a> {
    /// The parameter of this name, if the application admits it.
    fn of(name: &str, value: &'a str, filters: &ListFilters, others: &'static [Parameter]) -> Option<Self> {
        let (parameter, lookup) = find(name, FILTERS.iter().chain(others))?;
        filters.admits(parameter, lookup).then_some(Self { parameter, lookup, value })
    }

    fn is(&self, parameter: &Parameter, lookup: Lookup) -> bool {
        ptr::eq(self.parameter, parameter) && self.lookup == lookup
    }

    fn narrow(&self, filter: &mut MessageFilter, names: &LevelNames) -> Result<(), String> {
        // A parameter without a value counts as absent.
        if self.value.is_empty() {
            Ok(())
        } else {
            narrow(filter, &self.parameter.kind, self.lookup, self.value, names)
        }
    }

    /// Whether the parameter by itself leaves out no message.
    fn means_all(&self, names: &LevelNames) -> bool {
        let mut filter = MessageFilter::default();
        self.narrow(&mut filter, names).is_ok() && filter == MessageFilter::default()
    }
}

/// Why a query string is not valid, as the original answers it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// Parameters are.
    #[error("invalid filters")]
    Fields(FieldErrors),
    /// The search is.
    #[error("{0}")]
    Search(String),
    /// There are too many parameters: this number.
    #[error("Ensure the query string has at most {MAX_PARAMETERS} parameters (it has {0}).")]
    TooMany(usize),
}

impl QueryError {
    /// One parameter is wrong.
    pub(crate) fn field(name: &'static str, problem: impl Into<String>) -> Self {
        Self::Fields(FieldErrors(vec![(name.into(), problem.into())]))
    }
}

impl Serialize for QueryError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fields(errors) => errors.serialize(serializer),
            Self::Search(_) => serializer.collect_seq([self.to_string()]),
            Self::TooMany(_) => serializer.collect_map([("detail", self.to_string())]),
        }
    }
}

/// What is wrong with which parameter, in the order in which it was found.
#[derive(Debug, Default)]
pub struct FieldErrors(pub(crate) Vec<(Cow<'static, str>, String)>);

impl Serialize for FieldErrors {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A parameter that was sent twice may be wrong twice.
        let mut seen = BTreeSet::new();
        let first = self.0.iter().filter(|(field, _)| seen.insert(field));
        serializer.collect_map(first.map(|(field, problem)| (field, [problem])))
    }
}

impl FieldErrors {
    fn push(&mut self, field: impl Into<Cow<'static, str>>, problem: impl Into<String>) {
        let (field, problem) = (field.into(), problem.into());
        if self.0.last().is_none_or(|(last, _)| *last != field) {
            self.0.push((field, problem));
        }
    }
}
