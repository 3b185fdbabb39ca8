//! Ranges of levels and of times.

use std::collections::BTreeSet;

use crate::model::{Level, Timestamp};

/// A range of levels. It includes both ends. An end that is `None` is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LevelRange {
    /// The lowest level.
    pub min: Option<Level>,
    /// The highest level.
    pub max: Option<Level>,
    /// If set, the range includes only the levels in this set.
    pub only: Option<BTreeSet<Level>>,
}

impl LevelRange {
    /// Returns whether the range contains this level.
    #[must_use]
    pub fn contains(&self, level: Level) -> bool {
        let Self { min, max, only } = self;
        min.is_none_or(|min| level >= min)
            && max.is_none_or(|max| level <= max)
            && only.as_ref().is_none_or(|only| only.contains(&level))
    }

    /// Limits the range to `level` and the levels above it.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.min = self.min.max(Some(level));
        self
    }

    /// Limits the range to `level` and the levels below it.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.max = Some(self.max.map_or(level, |max| max.min(level)));
        self
    }

    /// Limits the range to the given levels.
    #[must_use]
    pub fn only(mut self, levels: impl IntoIterator<Item = Level>) -> Self {
        let levels = levels.into_iter().collect::<BTreeSet<_>>();
        self.only = Some(match self.only {
            Some(only) => only.intersection(&levels).copied().collect(),
            None => levels,
        });
        self
    }
}

/// A range of times. It includes both ends. An end that is `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The earliest time in the range.
    pub after: Option<Timestamp>,
    /// The latest time in the range.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    /// Returns whether the range contains this time. `None` means that the event never happened. It is only in the
    /// range that is open at both ends.
    #[must_use]
    pub fn contains(&self, moment: Option<Timestamp>) -> bool {
        let Self { after, before } = self;
        after.is_none_or(|after| moment.is_some_and(|moment| moment >= after))
            && before.is_none_or(|before| moment.is_some_and(|moment| moment <= before))
    }
}
