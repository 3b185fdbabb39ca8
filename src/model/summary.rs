//! Summaries: what a badge needs to know of a selection, without its messages.

use std::collections::BTreeMap;

use super::Level;

/// How many messages of each level a selection has.
///
/// ```
/// use std::collections::BTreeMap;
/// use actix_messages::{Level, Summary};
///
/// let summary = Summary::new(BTreeMap::from([(Level::INFO, 3), (Level::ERROR, 1)]));
/// assert_eq!(summary.count(), 4);
/// assert_eq!(summary.max_level(), Some(Level::ERROR));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Summary {
    /// How many there are of each level that there is one of.
    pub by_level: BTreeMap<Level, u64>,
}

impl Summary {
    /// A summary with these numbers of messages by level. A level without messages is left out.
    #[must_use]
    pub const fn new(by_level: BTreeMap<Level, u64>) -> Self {
        Self { by_level }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_level.values().sum()
    }

    /// The highest level among them; `None` where there are none.
    #[must_use]
    pub fn max_level(&self) -> Option<Level> {
        self.by_level.last_key_value().map(|(level, _)| *level)
    }
}

/// Counts messages by their levels.
impl FromIterator<Level> for Summary {
    fn from_iter<Levels: IntoIterator<Item = Level>>(levels: Levels) -> Self {
        let mut summary = Self::default();
        for level in levels {
            *summary.by_level.entry(level).or_default() += 1;
        }
        summary
    }
}
