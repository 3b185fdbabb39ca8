//! Filters: which parameters of a list the application admits.

use std::collections::BTreeSet;

use crate::model::OrderKey;

/// Which filters a list has, with which lookups, and by what it can be ordered. A parameter of a filter that is
/// switched off is one that nobody knows: a list ignores it, and what changes a selection refuses it.
///
/// ```
/// use actix_messages::{Filter, ListFilters, Lookup, OrderKey};
///
/// let filters = ListFilters::default()
///     .without(Filter::Search)
///     .only_lookups(Filter::View, [Lookup::Exact, Lookup::In])
///     .ordered_by([OrderKey::Created]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFilters {
    off: BTreeSet<(Filter, Lookup)>,
    keys: Vec<OrderKey>,
}

/// A filter of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Filter {
    /// `unread`.
    Unread,
    /// `level_tag`.
    LevelTag,
    /// `level`, with lookups.
    Level,
    /// `extra_tags`, with lookups.
    ExtraTags,
    /// `view`, with lookups.
    View,
    /// `read_after` and `read_before`.
    Read,
    /// `created_after` and `created_before`.
    Created,
    /// `search`.
    Search,
}

/// How a parameter is compared: `level__gte=30` or `level[gte]=30` is [`Lookup::Gte`] of 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lookup {
    /// Without a suffix.
    Exact,
    /// `gt`.
    Gt,
    /// `gte`.
    Gte,
    /// `lt`.
    Lt,
    /// `lte`.
    Lte,
    /// `range`.
    Range,
    /// `in`.
    In,
    /// `iexact`.
    Iexact,
    /// `contains`.
    Contains,
    /// `icontains`.
    Icontains,
    /// `startswith`.
    Startswith,
    /// `istartswith`.
    Istartswith,
    /// `endswith`.
    Endswith,
    /// `iendswith`.
    Iendswith,
}

use Lookup::{
    Contains, Endswith, Exact, Gt, Gte, Icontains, Iendswith, Iexact, In, Istartswith, Lt, Lte, Range, Startswith,
};

const LEVEL_LOOKUPS: [Lookup; 7] = [Exact, Gt, Gte, Lt, Lte, In, Range];
const TEXT_LOOKUPS: [Lookup; 9] =
    [Exact, Iexact, Contains, Icontains, Startswith, Istartswith, Endswith, Iendswith, In];

impl Lookup {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Exact => "exact",
            Gt => "gt",
            Gte => "gte",
            Lt => "lt",
            Lte => "lte",
            Range => "range",
            In => "in",
            Iexact => "iexact",
            Contains => "contains",
            Icontains => "icontains",
            Startswith => "startswith",
            Istartswith => "istartswith",
            Endswith => "endswith",
            Iendswith => "iendswith",
        }
    }
}

impl Filter {
    /// The filter that has a parameter of this name, if any has.
    pub(crate) fn with_parameter(name: &str) -> Option<Self> {
        Some(match name {
            "unread" => Self::Unread,
            "level_tag" => Self::LevelTag,
            "level" => Self::Level,
            "extra_tags" => Self::ExtraTags,
            "view" => Self::View,
            "read_after" | "read_before" => Self::Read,
            "created_after" | "created_before" => Self::Created,
            "search" => Self::Search,
            _ => return None,
        })
    }

    /// The lookups that its parameters have.
    pub(crate) const fn lookups(self) -> &'static [Lookup] {
        match self {
            Self::Level => &LEVEL_LOOKUPS,
            Self::ExtraTags | Self::View => &TEXT_LOOKUPS,
            _ => &[Exact],
        }
    }
}

/// All filters, with all lookups, and every key to order by.
impl Default for ListFilters {
    fn default() -> Self {
        Self { off: BTreeSet::new(), keys: vec![OrderKey::Level, OrderKey::ReadAt, OrderKey::Created] }
    }
}

impl ListFilters {
    /// Switches this filter off.
    #[must_use]
    pub fn without(self, filter: Filter) -> Self {
        self.only_lookups(filter, [])
    }

    /// Leaves this filter only these of its lookups.
    #[must_use]
    pub fn only_lookups(mut self, filter: Filter, lookups: impl IntoIterator<Item = Lookup>) -> Self {
        let kept = lookups.into_iter().collect::<BTreeSet<_>>();
        self.off
            .extend(filter.lookups().iter().filter(|lookup| !kept.contains(lookup)).map(|lookup| (filter, *lookup)));
        self
    }

    /// Lets clients order by these keys alone. By default by all. Without any, `ordering` is switched off.
    #[must_use]
    pub fn ordered_by(mut self, keys: impl IntoIterator<Item = OrderKey>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// Whether the filter has this lookup.
    pub(crate) fn admits(&self, filter: Filter, lookup: Lookup) -> bool {
        filter.lookups().contains(&lookup) && !self.off.contains(&(filter, lookup))
    }

    /// By what clients can order.
    pub(crate) fn keys(&self) -> &[OrderKey] {
        &self.keys
    }
}
