//! Switches parameters of a list off.

use std::collections::BTreeSet;

use super::{
    lookup::Lookup,
    query_parameters::{Filter, ORDER_KEYS, Parameter},
};
use crate::model::OrderKey;

/// Which filters a list has, with which lookups, and by what it can be ordered. A parameter of a filter that is
/// switched off is one that nobody knows: a list ignores it, and what changes a selection refuses it.
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

/// All filters, with all lookups, and every key to order by.
impl Default for ListFilters {
    fn default() -> Self {
        Self { off: BTreeSet::new(), keys: ORDER_KEYS.to_vec() }
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

    /// Whether clients may use this lookup of the parameter.
    pub(crate) fn admits(&self, parameter: &Parameter, lookup: Lookup) -> bool {
        parameter.filter.is_none_or(|filter| !self.off.contains(&(filter, lookup)))
    }

    /// By what clients can order.
    pub(crate) fn keys(&self) -> &[OrderKey] {
        &self.keys
    }
}
