//! Declares each query parameter once, for parsing, `ListFilters`, OpenAPI and the labels of the admin.

use std::{borrow::Cow, collections::BTreeSet, slice};

use super::{
    access::Action,
    lookup::Lookup::{
        self, After, Before, Contains, Endswith, Exact, Gt, Gte, Icontains, Iendswith, Iexact, In, Istartswith, Lt,
        Lte, Range, Startswith,
    },
};
use crate::{
    model::{Level, LevelRange, MessageFilter, MessageId, OrderKey, TextLookup, TimeRange, Timestamp},
    texts::Text,
};

// The names of the parameters that choose the order and the page.
pub(crate) const ORDERING: &str = "ordering";
pub(crate) const LIMIT: &str = "limit";
pub(crate) const OFFSET: &str = "offset";
pub(crate) const PAGE: &str = "page";
pub(crate) const PAGE_SIZE: &str = "page_size";
pub(crate) const CURSOR: &str = "cursor";
pub(crate) const AFTER: &str = "after";

const PLAIN: &[Lookup] = &[Exact];
const OF_NUMBERS: &[Lookup] = &[Exact, Gt, Gte, Lt, Lte, In, Range];
const OF_TEXTS: &[Lookup] = &[Exact, Iexact, Contains, Icontains, Startswith, Istartswith, Endswith, Iendswith, In];
const OF_MOMENTS: &[Lookup] = &[After, Before];

/// A parameter, with its lookups.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) lookups: &'static [Lookup],
    pub(crate) kind: Kind,
    /// A sentence without its period. If the parameter has several lookups, `Lookup::predicate` completes the sentence.
    #[cfg_attr(not(feature = "openapi"), allow(dead_code, reason = "only OpenAPI shows it"))]
    pub(crate) about: &'static str,
    /// The name in the admin; `None` if the admin does not name it.
    #[cfg_attr(not(feature = "admin"), allow(dead_code, reason = "only the admin shows it"))]
    pub(crate) label: Option<Text>,
    /// The filter that turns the parameter off; `None` if the application can't turn it off.
    pub(crate) filter: Option<Filter>,
}

/// The values that a parameter takes, and the part of a filter that they narrow.
#[derive(Debug)]
pub(crate) enum Kind {
    /// `true`, `false`, `1`, `0`, or `unknown`.
    Flag(fn(&mut MessageFilter) -> &mut Option<bool>),
    /// The name of a level.
    LevelName(fn(MessageFilter, Level) -> MessageFilter),
    /// Integers.
    Number(fn(&mut MessageFilter) -> &mut LevelRange),
    /// Texts.
    Text(fn(&mut MessageFilter) -> &mut Vec<TextLookup>),
    /// A date, or a date and a time.
    Moment(fn(&mut MessageFilter) -> &mut TimeRange),
    /// Words and phrases.
    Search(fn(&mut MessageFilter) -> &mut Vec<TextLookup>),
    /// Ids of messages.
    Ids(fn(&mut MessageFilter) -> &mut Option<BTreeSet<MessageId>>),
    /// The id of the last message in a range.
    UpTo(fn(MessageFilter, Timestamp) -> MessageFilter),
    /// Keys to order by.
    Ordering,
    /// A page size.
    Length,
    /// The number of messages to skip.
    Offset,
    /// A page number, or `last`.
    PageNumber,
    /// A position in a list.
    Cursor,
    /// The position of a stream.
    Position,
    /// `level`.
    Group,
    /// The id of the last message that was seen.
    SeenUpTo,
    /// A tag that users may set. It may be repeated.
    UserTag,
    /// A moment in the future.
    Future,
}

macro_rules! filters {
    ($($filter:ident { $name:literal, $lookups:expr, $kind:expr, $about:literal, label: $label:ident })*) => {
        /// A filter of a list, which [`ListFilters`](super::parameter_switches::ListFilters) can turn off.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Filter {
            $(#[doc = concat!("The parameter `", $name, "`.")] $filter,)*
        }

        /// The parameters that narrow a list. If several are invalid, their errors are reported in this order.
        pub(crate) static FILTERS: &[Parameter] = &[$(Parameter {
            name: $name,
            lookups: $lookups,
            kind: $kind,
            about: $about,
            label: Some(Text::$label),
            filter: Some(Filter::$filter),
        },)*];
    };
}

filters! {
    Unread {
        "unread", PLAIN, Kind::Flag(|filter| &mut filter.unread),
        "The message is unread (`true`) or read (`false`)", label: AdminUnread
    }
    LevelTag {
        "level_tag", PLAIN, Kind::LevelName(MessageFilter::at_least),
        "The level is at least the level with this name", label: AdminLevelFrom
    }
    Level {
        "level", OF_NUMBERS, Kind::Number(|filter| &mut filter.level),
        "The level", label: AdminLevel
    }
    ExtraTags {
        "extra_tags", OF_TEXTS, Kind::Text(|filter| &mut filter.tags),
        "One of the tags", label: AdminTag
    }
    View {
        "view", OF_TEXTS, Kind::Text(|filter| &mut filter.view),
        "The view that created the message", label: AdminView
    }
    Read {
        "read", OF_MOMENTS, Kind::Moment(|filter| &mut filter.read),
        "The message was first read", label: AdminRead
    }
    Created {
        "created", OF_MOMENTS, Kind::Moment(|filter| &mut filter.created),
        "The message was created", label: AdminCreated
    }
    Search {
        "search", PLAIN, Kind::Search(|filter| &mut filter.text),
        "The text contains all of these words and quoted phrases, ignoring case", label: AdminSearch
    }
}

/// The additional parameters of requests that change a selection.
pub(crate) static OF_SELECTIONS: &[Parameter] = &[
    Parameter::plain("ids", Kind::Ids(|filter| &mut filter.ids), "The message has one of these ids"),
    Parameter::plain("up_to", Kind::UpTo(MessageFilter::created_before), "The message has this id or an earlier one"),
];

/// The additional parameters of lists.
pub(crate) static OF_LISTS: &[Parameter] = &[
    Parameter::plain(ORDERING, Kind::Ordering, "The keys to order the list by, each with `-` for descending order"),
    Parameter::plain(LIMIT, Kind::Length, "The page size"),
    Parameter::plain(OFFSET, Kind::Offset, "The number of messages before the page"),
    Parameter::plain(PAGE_SIZE, Kind::Length, "The page size"),
    Parameter::plain(PAGE, Kind::PageNumber, "The page number, starting at 1, or `last`"),
    Parameter::plain(CURSOR, Kind::Cursor, "The position in the list, taken from `next` or `previous`"),
];

/// The parameters of the inbox besides the filters.
pub(crate) static OF_INBOX: &[Parameter] = &[
    Parameter::plain("ids", Kind::Ids(|filter| &mut filter.ids), "The message has one of these ids"),
    Parameter::plain("before", Kind::UpTo(created_earlier), "The message is older than the one with this id"),
    Parameter::plain(LIMIT, Kind::Length, "The number of messages. It may be 0"),
];

/// The parameter of the request that marks messages as seen.
pub(crate) static OF_SEEN: &[Parameter] =
    &[Parameter::plain("up_to", Kind::SeenUpTo, "The user has seen this message and the earlier ones")];

/// The parameters of the request that changes the tags of a message.
pub(crate) static OF_TAGS: &[Parameter] = &[
    Parameter::plain("add", Kind::UserTag, "The tags to add to the message"),
    Parameter::plain("remove", Kind::UserTag, "The tags to remove from the message"),
];

/// The parameters of a stream besides the filters.
pub(crate) static OF_STREAMS: &[Parameter] = &[Parameter::plain(
    AFTER,
    Kind::Position,
    "The position from which the stream continues, taken from `at` or `id:`",
)];

fn created_earlier(filter: MessageFilter, moment: Timestamp) -> MessageFilter {
    filter.created_before(Timestamp::from_micros(moment.as_micros().saturating_sub(1)))
}

/// The parameter of peek.
pub(crate) static GROUP: Parameter = Parameter::plain("group", Kind::Group, "Adds the count of each level (`level`)");

/// The parameter of requests that snooze messages, besides those that select the messages.
pub(crate) static UNTIL: Parameter =
    Parameter::plain("until", Kind::Future, "The moment at which the messages come back");

/// Returns the parameters of an action that changes messages, besides those that select the messages.
pub(crate) fn besides_selection(action: Action) -> &'static [Parameter] {
    match action {
        Action::Snooze | Action::SnoozeSelection => slice::from_ref(&UNTIL),
        _ => &[],
    }
}

/// The maximum number of days from now to [`UNTIL`].
pub(crate) const MAX_DAYS_AHEAD: u32 = 366;

/// The keys that order a list.
pub(crate) const ORDER_KEYS: [OrderKey; 3] = [OrderKey::Level, OrderKey::ReadAt, OrderKey::Created];

/// Returns the name of a key in `ordering`.
pub(crate) const fn name_of_key(key: OrderKey) -> &'static str {
    match key {
        OrderKey::Level => "level",
        OrderKey::ReadAt => "read_at",
        OrderKey::Created => "created",
    }
}

impl Filter {
    pub(crate) fn lookups(self) -> &'static [Lookup] {
        FILTERS.iter().find(|parameter| parameter.filter == Some(self)).map_or(&[], |parameter| parameter.lookups)
    }
}

impl Parameter {
    /// Declares a parameter that has no lookups, and that the application can't turn off.
    const fn plain(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, lookups: PLAIN, kind, about, label: None, filter: None }
    }

    /// Returns whether the name takes a lookup as a suffix.
    pub(crate) const fn has_lookups(&self) -> bool {
        self.lookups.len() > 1
    }

    /// Returns the name with the lookup, as in OpenAPI and links: `level`, `level__gte`, `created_after`.
    pub(crate) fn spelled(&self, lookup: Lookup) -> Cow<'static, str> {
        match lookup {
            Exact => self.name.into(),
            After | Before => format!("{}_{}", self.name, lookup.name()).into(),
            _ => format!("{}__{}", self.name, lookup.name()).into(),
        }
    }

    /// Returns the lookup of this parameter that has this spelling.
    fn lookup(&self, spelling: Spelling<'_>) -> Option<Lookup> {
        let Spelling { field, suffix } = spelling;
        let rest = field.strip_prefix(self.name)?;
        self.lookups.iter().copied().find(|lookup| match (lookup, suffix) {
            (After | Before, None) => rest.strip_prefix('_') == Some(lookup.name()),
            (After | Before, Some(_)) => false,
            (Exact, None) => rest.is_empty(),
            (_, None) => false,
            (lookup, Some(suffix)) => rest.is_empty() && self.has_lookups() && lookup.name() == suffix,
        })
    }
}

/// Returns the parameter with this name, and its lookup.
///
/// A lookup is written with underscores or in brackets: `level__gte` and `level[gte]` are the same. So are `level`,
/// `level__exact` and `level[exact]`.
pub(crate) fn find(
    name: &str,
    among: impl IntoIterator<Item = &'static Parameter>,
) -> Option<(&'static Parameter, Lookup)> {
    let spelling = Spelling::of(name);
    among.into_iter().find_map(|parameter| Some((parameter, parameter.lookup(spelling)?)))
}

/// A name, split into the field and the suffix.
#[derive(Clone, Copy)]
struct Spelling<'a> {
    field: &'a str,
    suffix: Option<&'a str>,
}

impl<'a> Spelling<'a> {
    fn of(name: &'a str) -> Self {
        let in_brackets = name.strip_suffix(']').and_then(|name| name.split_once('['));
        match in_brackets.or_else(|| name.split_once("__")) {
            Some((field, suffix)) => Self { field, suffix: Some(suffix) },
            None => Self { field: name, suffix: None },
        }
    }
}
