//! What do they want: the query string -> `MessageFilter` and `MessageOrder`.

mod moment;
mod search;
mod value;

use std::{borrow::Cow, collections::BTreeSet};

use form_urlencoded::Serializer;
use serde::{Deserialize, Serialize};

#[cfg(feature = "openapi")]
pub(crate) use self::value::MAX_ALTERNATIVES;
pub(crate) use self::value::{given, whole_number};
use self::value::{integer, integers, level_tag, no_choice, plain_text, plain_texts, time_range, trim, unread};
use crate::{
    model::{
        Case, Direction, Level, LevelNames, LevelRange, MessageFilter, MessageId, MessageOrder, OrderKey, TextLookup,
        TextTest,
    },
    service::settings::list_filters::{Filter, ListFilters},
};

/// The most parameters that a query string may have, which is Django's `DATA_UPLOAD_MAX_NUMBER_FIELDS`.
pub(crate) const MAX_PARAMETERS: usize = 1000;

/// The parameters of a list or of a selection, as they were sent. A parameter that is there without a value counts as
/// absent, and the last of several counts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ListQuery {
    unread: Option<String>,
    level_tag: Option<String>,
    level: LevelLookups,
    extra_tags: TextLookups,
    view: TextLookups,
    read_after: Option<String>,
    read_before: Option<String>,
    created_after: Option<String>,
    created_before: Option<String>,
    search: Option<String>,
    ordering: Option<String>,
    pub(crate) limit: Option<String>,
    pub(crate) offset: Option<String>,
    pub(crate) page: Option<String>,
    pub(crate) page_size: Option<String>,
    pub(crate) cursor: Option<String>,
    ids: Option<String>,
    up_to: Option<String>,
}

/// Whether peek is asked for the counts of each level: `group=level`.
pub(crate) fn peek_groups(query: &str) -> Result<bool, QueryError> {
    match form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "group").last() {
        None => Ok(false),
        Some((_, value)) if value.is_empty() => Ok(false),
        Some((_, value)) if value == "level" => Ok(true),
        Some((_, value)) => {
            let mut errors = FieldErrors::default();
            errors.push("group", no_choice(&value));
            Err(QueryError::Fields(errors))
        }
    }
}

/// The names and values of a query string, which are not too many: each of them costs.
fn parameters(query: &str) -> Result<form_urlencoded::Parse<'_>, QueryError> {
    let parameters = form_urlencoded::parse(query.as_bytes());
    match parameters.count() {
        0..=MAX_PARAMETERS => Ok(parameters),
        given => Err(QueryError::TooMany(given)),
    }
}

/// `level`, `level__gt`, .. or `level[gt]`, ..
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LevelLookups {
    exact: Option<String>,
    gt: Option<String>,
    gte: Option<String>,
    lt: Option<String>,
    lte: Option<String>,
    r#in: Option<String>,
    range: Option<String>,
}

/// `view`, `view__iexact`, .. or `view[iexact]`, ..
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TextLookups {
    exact: Option<String>,
    iexact: Option<String>,
    contains: Option<String>,
    icontains: Option<String>,
    startswith: Option<String>,
    istartswith: Option<String>,
    endswith: Option<String>,
    iendswith: Option<String>,
    r#in: Option<String>,
}

/// The parameters that have lookups.
const WITH_LOOKUPS: [&str; 3] = ["level", "extra_tags", "view"];

impl ListQuery {
    /// Reads the query string of a list, which ignores parameters that it does not know.
    pub(crate) fn of_list(query: &str, filters: &ListFilters) -> Result<Self, QueryError> {
        Self::read(parameters(query)?.filter_map(|(name, value)| Some((canonical(&name, filters, &OF_LISTS)?, value))))
    }

    /// Reads the query string of what changes a selection. There, a parameter that is not known, or means all messages
    /// by itself, is an error: without it, more would be selected than was meant.
    pub(crate) fn of_selection(query: &str, filters: &ListFilters, names: &LevelNames) -> Result<Self, QueryError> {
        let mut errors = FieldErrors::default();
        let mut known = Vec::new();
        for (name, value) in parameters(query)? {
            let problem = match canonical(&name, filters, &OF_SELECTIONS) {
                None => "Unknown parameter.",
                Some(parameter) => {
                    let alone = Self::read([(parameter.clone(), value.clone())])?;
                    let means_all = alone.filter(names).is_ok_and(|filter| filter == MessageFilter::default());
                    let is_empty = value.chars().all(|char| char == ',' || char.is_whitespace());
                    known.push((parameter, value));
                    match (means_all, is_empty) {
                        (false, _) => continue,
                        (true, true) => "This parameter may not be empty.",
                        (true, false) => "This means all messages.",
                    }
                }
            };
            errors.push(name.into_owned(), problem);
        }
        if errors.0.is_empty() { Self::read(known) } else { Err(QueryError::Fields(errors)) }
    }

    fn read<'a>(parameters: impl IntoIterator<Item = (String, Cow<'a, str>)>) -> Result<Self, QueryError> {
        let query = Serializer::new(String::new()).extend_pairs(parameters).finish();
        let config = serde_qs::Config::new().use_form_encoding(true);
        config.deserialize_str(&query).map_err(|_| QueryError::Unreadable)
    }

    /// Which messages are meant.
    ///
    /// All invalid filters are answered at once, in the order of the original; an invalid search only where the
    /// filters are valid.
    pub(crate) fn filter(&self, names: &LevelNames) -> Result<MessageFilter, QueryError> {
        let mut errors = FieldErrors::default();
        let mut filter = MessageFilter { unread: errors.take("unread", unread(&self.unread)), ..Default::default() };
        if let Some(level) = errors.take("level_tag", level_tag(&self.level_tag, names)) {
            filter.level = filter.level.at_least(level);
        }
        self.level.apply(&mut filter.level, &mut errors);
        filter.tags = self.extra_tags.lookups("extra_tags", &mut errors);
        filter.view = self.view.lookups("view", &mut errors);
        filter.read = errors.take("read", time_range(&self.read_after, &self.read_before));
        filter.created = errors.take("created", time_range(&self.created_after, &self.created_before));
        if let Some(ids) = errors.take("ids", integers(&self.ids)) {
            filter = filter.with_ids(ids.into_iter().filter_map(|id| i64::try_from(id).ok()).map(MessageId::new));
        }
        if let Some(id) = errors.take("up_to", integer(&self.up_to)) {
            let id = id.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
            filter = filter.created_before(MessageId::new(i64::try_from(id).unwrap_or_default()).created());
        }
        if !errors.0.is_empty() {
            return Err(QueryError::Fields(errors));
        }
        let terms = search::terms(given(&self.search).unwrap_or_default()).map_err(QueryError::Search)?;
        filter.text = search::necessary(terms).into_iter().map(TextLookup::search).collect();
        Ok(filter)
    }

    /// `ordering=level,-created`: names that are none are skipped.
    pub(crate) fn order(&self, filters: &ListFilters) -> MessageOrder {
        let terms = given(&self.ordering).unwrap_or_default().split(',').map(trim);
        terms.fold(MessageOrder::default(), |order, term| {
            let (name, direction) = match term.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (term, Direction::Ascending),
            };
            let key = match name {
                "level" => OrderKey::Level,
                "read_at" => OrderKey::ReadAt,
                "created" => OrderKey::Created,
                _ => return order,
            };
            if filters.keys().contains(&key) { order.then(key, direction) } else { order }
        })
    }
}

impl LevelLookups {
    fn apply(&self, range: &mut LevelRange, errors: &mut FieldErrors) {
        let Self { exact, gt, gte, lt, lte, r#in, range: between } = self;
        let mut number = |name, text| errors.take(name, integer(text));
        if let Some(level) = number("level", exact) {
            narrow(range, Some(level), Some(level));
        }
        if let Some(level) = number("level__gt", gt) {
            narrow(range, Some(level.saturating_add(1)), None);
        }
        if let Some(level) = number("level__gte", gte) {
            narrow(range, Some(level), None);
        }
        if let Some(level) = number("level__lt", lt) {
            narrow(range, None, Some(level.saturating_sub(1)));
        }
        if let Some(level) = number("level__lte", lte) {
            narrow(range, None, Some(level));
        }
        if let Some(levels) = errors.take("level__in", integers(r#in)) {
            let levels = levels.into_iter().filter_map(|level| i32::try_from(level).ok()).map(Level::new);
            *range = std::mem::take(range).only(levels);
        }
        match errors.take("level__range", integers(between)).as_deref() {
            None => {}
            Some([min, max]) => narrow(range, Some(*min), Some(*max)),
            Some(_) => errors.push("level__range", "Range query expects two values."),
        }
    }
}

/// Narrows a range of levels by numbers that may be beyond every level.
fn narrow(range: &mut LevelRange, min: Option<i128>, max: Option<i128>) {
    let (lowest, highest) = (i128::from(i32::MIN), i128::from(i32::MAX));
    let level = |number: i128| i32::try_from(number.clamp(lowest, highest)).ok().map(Level::new);
    let mut narrowed = std::mem::take(range);
    if min.is_some_and(|min| min > highest) || max.is_some_and(|max| max < lowest) {
        narrowed = narrowed.only([]);
    }
    if let Some(min) = min.and_then(level) {
        narrowed = narrowed.at_least(min);
    }
    if let Some(max) = max.and_then(level) {
        narrowed = narrowed.at_most(max);
    }
    *range = narrowed;
}

impl TextLookups {
    fn lookups(&self, field: &'static str, errors: &mut FieldErrors) -> Vec<TextLookup> {
        use Case::{Folded, Sensitive};
        use TextTest::{AnyOf, Contains, EndsWith, StartsWith};

        let Self { exact, iexact, contains, icontains, startswith, istartswith, endswith, iendswith, r#in } = self;
        let one = |text| AnyOf(vec![text]);
        let mut lookups = Vec::new();
        let mut add = |lookup: &str, text: &Option<String>, test: fn(String) -> TextTest, case| {
            if text.is_some()
                && let Some(text) = errors.take(format!("{field}{lookup}"), plain_text(text))
            {
                lookups.push(TextLookup { test: test(text.to_owned()), case });
            }
        };
        add("", exact, one, Sensitive);
        add("__iexact", iexact, one, Folded);
        add("__contains", contains, Contains, Sensitive);
        add("__icontains", icontains, Contains, Folded);
        add("__startswith", startswith, StartsWith, Sensitive);
        add("__istartswith", istartswith, StartsWith, Folded);
        add("__endswith", endswith, EndsWith, Sensitive);
        add("__iendswith", iendswith, EndsWith, Folded);
        if r#in.is_some()
            && let Some(texts) = errors.take(format!("{field}__in"), plain_texts(r#in))
        {
            lookups.push(TextLookup { test: AnyOf(texts), case: Sensitive });
        }
        lookups
    }
}

/// The parameters beside the filters.
const OF_LISTS: [&str; 6] = ["ordering", "limit", "offset", "page", "page_size", "cursor"];
const OF_SELECTIONS: [&str; 2] = ["ids", "up_to"];

/// The parameter in the one spelling that is deserialised: every lookup in brackets, `level` as `level[exact]` and
/// `level__gte` as `level[gte]`. `None` where the application does not admit it.
fn canonical(name: &str, filters: &ListFilters, others: &[&str]) -> Option<String> {
    let (field, lookup) = field_and_lookup(name);
    let admitted = Filter::with_parameter(field).and_then(|filter| {
        let lookup = filter.lookups().iter().find(|known| known.name() == lookup.unwrap_or("exact"))?;
        filters.admits(filter, *lookup).then_some(lookup.name())
    });
    match (admitted, WITH_LOOKUPS.contains(&field)) {
        (Some(lookup), true) => Some(format!("{field}[{lookup}]")),
        (Some(_), false) if lookup.is_none() => Some(field.to_owned()),
        _ => others.contains(&name).then(|| name.to_owned()),
    }
}

fn field_and_lookup(name: &str) -> (&str, Option<&str>) {
    let in_brackets = name.strip_suffix(']').and_then(|name| name.split_once('['));
    match in_brackets.or_else(|| name.split_once("__")) {
        Some((field, lookup)) => (field, Some(lookup)),
        None => (name, None),
    }
}

/// Why a query string is not valid, as the original answers it.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Parameters are.
    #[error("invalid filters")]
    Fields(FieldErrors),
    /// The search is.
    #[error("{0}")]
    Search(String),
    /// All of it is.
    #[error("Malformed query string.")]
    Unreadable,
    /// There are so many parameters.
    #[error("Ensure the query string has at most {MAX_PARAMETERS} parameters (it has {0}).")]
    TooMany(usize),
}

impl QueryError {
    /// One parameter is wrong.
    pub(crate) fn field(name: &'static str, problem: &'static str) -> Self {
        Self::Fields(FieldErrors(vec![(name.into(), problem.into())]))
    }
}

impl Serialize for QueryError {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fields(errors) => errors.serialize(serializer),
            Self::Search(_) => serializer.collect_seq([self.to_string()]),
            Self::Unreadable | Self::TooMany(_) => serializer.collect_map([("detail", self.to_string())]),
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
        self.0.push((field.into(), problem.into()));
    }

    /// The value; or, where there is none, an entry for its problem and what absence means.
    fn take<T: Default>(&mut self, field: impl Into<Cow<'static, str>>, value: Result<T, String>) -> T {
        value.unwrap_or_else(|problem| {
            self.push(field, problem);
            T::default()
        })
    }
}
