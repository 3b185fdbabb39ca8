//! Turns parameters of a list off.

use std::collections::BTreeSet;

use super::{
    lookup::Lookup,
    query_parameters::{Filter, ORDER_KEYS, Parameter},
};
use crate::model::OrderKey;

/// The filters, lookups and ordering keys that a list supports. The default is all of them.
///
/// The parameters of a filter that is turned off count as unknown. A list ignores unknown parameters, and a request
/// that changes a selection is refused because of them.
///
/// ```
/// use actix_messages::OrderKey;
/// use actix_messages::settings::{Filter, ListFilters, Lookup};
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

/// Supports all filters, all lookups and all ordering keys.
impl Default for ListFilters {
    fn default() -> Self {
        Self { off: BTreeSet::new(), keys: ORDER_KEYS.to_vec() }
    }
}

impl ListFilters {
    /// Turns this filter off.
    #[must_use]
    pub fn without(self, filter: Filter) -> Self {
        self.only_lookups(filter, [])
    }

    /// Limits this filter to the given lookups.
    #[must_use]
    pub fn only_lookups(mut self, filter: Filter, lookups: impl IntoIterator<Item = Lookup>) -> Self {
        let kept = lookups.into_iter().collect::<BTreeSet<_>>();
        self.off
            .extend(filter.lookups().iter().filter(|lookup| !kept.contains(lookup)).map(|lookup| (filter, *lookup)));
        self
    }

    /// Limits ordering to the given keys. By default clients may order by all keys. If `keys` is empty, `ordering` is
    /// turned off.
    #[must_use]
    pub fn ordered_by(mut self, keys: impl IntoIterator<Item = OrderKey>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// Returns whether clients may use this lookup of the parameter.
    pub(crate) fn admits(&self, parameter: &Parameter, lookup: Lookup) -> bool {
        parameter.filter.is_none_or(|filter| !self.off.contains(&(filter, lookup)))
    }

    /// Returns the keys that clients may order by.
    pub(crate) fn keys(&self) -> &[OrderKey] {
        &self.keys
    }
}
