//! Lookups: the ways to compare a parameter with a message.

/// How a parameter is compared: `level__gte=30` and `level[gte]=30` are both a [`Lookup::Gte`] with 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Lookup {
    /// No suffix, or `exact`.
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
    /// The start of a time range, inclusive: `created_after`.
    After,
    /// The end of a time range, inclusive: `created_before`.
    Before,
}

impl Lookup {
    /// Returns the name of the lookup in a query string.
    pub(crate) const fn name(self) -> &'static str {
        self.declaration().0
    }

    /// Returns the second half of the sentence that describes a parameter. The first half is `Parameter::about`.
    #[cfg(any(feature = "openapi", test))]
    pub(crate) const fn predicate(self) -> &'static str {
        self.declaration().1
    }

    const fn declaration(self) -> (&'static str, &'static str) {
        match self {
            Self::Exact => ("exact", "equals the value"),
            Self::Gt => ("gt", "is greater than the value"),
            Self::Gte => ("gte", "is at least the value"),
            Self::Lt => ("lt", "is less than the value"),
            Self::Lte => ("lte", "is at most the value"),
            Self::Range => ("range", "is between the two values, inclusive"),
            Self::In => ("in", "is one of the values"),
            Self::Iexact => ("iexact", "equals the value, ignoring case"),
            Self::Contains => ("contains", "contains the value"),
            Self::Icontains => ("icontains", "contains the value, ignoring case"),
            Self::Startswith => ("startswith", "starts with the value"),
            Self::Istartswith => ("istartswith", "starts with the value, ignoring case"),
            Self::Endswith => ("endswith", "ends with the value"),
            Self::Iendswith => ("iendswith", "ends with the value, ignoring case"),
            Self::After => ("after", "at this time or later"),
            Self::Before => ("before", "at this time or earlier"),
        }
    }
}
