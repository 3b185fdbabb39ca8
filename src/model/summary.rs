//! Summaries of a selection, which count its messages by level.

use std::collections::BTreeMap;

use super::Level;

/// The number of messages of each level in a selection.
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
    /// The number of messages of each level. Levels without messages are left out.
    pub by_level: BTreeMap<Level, u64>,
}

impl Summary {
    /// Creates a summary from the number of messages of each level. Leave out levels without messages.
    #[must_use]
    pub const fn new(by_level: BTreeMap<Level, u64>) -> Self {
        Self { by_level }
    }

    /// Returns the number of messages.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.by_level.values().sum()
    }

    /// Returns the highest level of the messages, or `None` if the selection is empty.
    #[must_use]
    pub fn max_level(&self) -> Option<Level> {
        self.by_level.last_key_value().map(|(level, _)| *level)
    }
}

/// Counts messages by level.
impl FromIterator<Level> for Summary {
    fn from_iter<Levels: IntoIterator<Item = Level>>(levels: Levels) -> Self {
        let mut summary = Self::default();
        for level in levels {
            *summary.by_level.entry(level).or_default() += 1;
        }
        summary
    }
}
