//! Lookups: the ways to compare a parameter with a message.

/// How a parameter is compared: `level__gte=30` or `level[gte]=30` is [`Lookup::Gte`] of 30.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
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
    /// The first moment of a range: `created_after`.
    After,
    /// The last moment of a range: `created_before`.
    Before,
}

impl Lookup {
    /// The name that a query string has for it.
    pub(crate) const fn name(self) -> &'static str {
        self.declaration().0
    }

    /// The second half of a sentence that begins with the subject of a parameter.
    #[cfg(any(feature = "openapi", test))]
    pub(crate) const fn predicate(self) -> &'static str {
        self.declaration().1
    }

    const fn declaration(self) -> (&'static str, &'static str) {
        match self {
            Self::Exact => ("exact", "is this"),
            Self::Gt => ("gt", "is above this"),
            Self::Gte => ("gte", "is at least this"),
            Self::Lt => ("lt", "is below this"),
            Self::Lte => ("lte", "is at most this"),
            Self::Range => ("range", "is between these two, ends included"),
            Self::In => ("in", "is one of these"),
            Self::Iexact => ("iexact", "is this, whatever its case"),
            Self::Contains => ("contains", "contains this"),
            Self::Icontains => ("icontains", "contains this, whatever its case"),
            Self::Startswith => ("startswith", "starts with this"),
            Self::Istartswith => ("istartswith", "starts with this, whatever its case"),
            Self::Endswith => ("endswith", "ends with this"),
            Self::Iendswith => ("iendswith", "ends with this, whatever its case"),
            Self::After => ("after", "then or later"),
            Self::Before => ("before", "then or earlier"),
        }
    }
}
