//! Summaries: what a badge needs to know of a selection, without its messages.

use crate::Level;

/// How many messages a selection has, and how severe they get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// How many there are.
    pub count: u64,
    /// The highest level among them; `None` where there are none.
    pub max_level: Option<Level>,
}
