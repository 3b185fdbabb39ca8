//! Delivery: the store, and the rules for the messages that go into it.

use std::{fmt, sync::Arc};

use crate::{
    model::{Clock, Level, LevelNames, NewMessage},
    store::MessageStore,
};

/// The store, and the rules that hold in all of its mailboxes.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) store: Arc<dyn MessageStore>,
    pub(crate) clock: Clock,
    pub(crate) minimum_level: Level,
    pub(crate) level_names: Arc<LevelNames>,
}

/// Why a message is not stored, although nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Skipped {
    Empty,
    BelowMinimum,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::BelowMinimum => "its level is below the minimum",
        })
    }
}

impl Delivery {
    pub(crate) fn new(store: Arc<dyn MessageStore>) -> Self {
        Self { store, clock: Clock::default(), minimum_level: Level::INFO, level_names: Arc::default() }
    }

    /// Returns why this message is not stored; `None` if it is.
    pub(crate) fn skips(&self, message: &NewMessage) -> Option<Skipped> {
        if message.text.is_empty() {
            return Some(Skipped::Empty);
        }
        (message.level < self.minimum_level).then_some(Skipped::BelowMinimum)
    }

    /// Logs that a message is not stored.
    pub(crate) fn log_skipped(&self, message: &NewMessage, view: &str, reason: Skipped) {
        let (level, minimum) = (message.level.value(), self.minimum_level.value());
        tracing::debug!(view, level, minimum, "message skipped: {reason}");
    }
}
