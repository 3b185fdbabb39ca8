//! Ranges of levels and of times.

use std::collections::BTreeSet;

use crate::model::{Level, Timestamp};

/// A range of levels: the ends belong to it, and a missing end is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LevelRange {
    /// The lowest level.
    pub min: Option<Level>,
    /// The highest level.
    pub max: Option<Level>,
    /// The only levels, if not all levels of the range are meant.
    pub only: Option<BTreeSet<Level>>,
}

impl LevelRange {
    /// Whether a level is in the range.
    #[must_use]
    pub fn contains(&self, level: Level) -> bool {
        let Self { min, max, only } = self;
        min.is_none_or(|min| level >= min)
            && max.is_none_or(|max| level <= max)
            && only.as_ref().is_none_or(|only| only.contains(&level))
    }

    /// The part of the range from `level` on.
    #[must_use]
    pub fn at_least(mut self, level: Level) -> Self {
        self.min = self.min.max(Some(level));
        self
    }

    /// The part of the range up to `level`.
    #[must_use]
    pub fn at_most(mut self, level: Level) -> Self {
        self.max = Some(self.max.map_or(level, |max| max.min(level)));
        self
    }

    /// The part of the range that is among `levels`.
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

/// A range of time: the ends belong to it, and a missing end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeRange {
    /// The first moment.
    pub after: Option<Timestamp>,
    /// The last moment.
    pub before: Option<Timestamp>,
}

impl TimeRange {
    /// Whether a moment is in the range. A moment that never came (`None`) is only in the range that is open at both ends.
    #[must_use]
    pub fn contains(&self, moment: Option<Timestamp>) -> bool {
        let Self { after, before } = self;
        after.is_none_or(|after| moment.is_some_and(|moment| moment >= after))
            && before.is_none_or(|before| moment.is_some_and(|moment| moment <= before))
    }
}
