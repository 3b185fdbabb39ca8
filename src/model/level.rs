//! Levels: how severe a message is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The severity of a message, as a number. A larger number is more severe.
///
/// The five constants have the values of `django.contrib.messages`. Any other number is valid, too. It has an empty
/// name, unless the application names it in [`LevelNames`].
///
/// ```
/// use actix_messages::Level;
///
/// assert!(Level::WARNING > Level::SUCCESS);
/// assert_eq!(Level::new(27).value(), 27);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Level(i32);

impl Level {
    /// 10: for developers. It is below the default minimum level.
    pub const DEBUG: Self = Self(10);
    /// 20: information for the user.
    pub const INFO: Self = Self(20);
    /// 25: an action succeeded.
    pub const SUCCESS: Self = Self(25);
    /// 30: a failure may happen soon.
    pub const WARNING: Self = Self(30);
    /// 40: an action failed.
    pub const ERROR: Self = Self(40);

    /// Creates a level from its number.
    #[must_use]
    pub const fn new(value: i32) -> Self {
        Self(value)
    }

    /// Returns the number of the level.
    #[must_use]
    pub const fn value(self) -> i32 {
        self.0
    }
}

impl From<i32> for Level {
    fn from(value: i32) -> Self {
        Self(value)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The names of the levels. The JSON of a message has the name of its level as `level_tag`.
///
/// The default has the five names of Django. [`with`](Self::with) adds or changes a name, like `MESSAGE_TAGS` in
/// Django.
///
/// ```
/// use actix_messages::{Level, LevelNames};
///
/// let names = LevelNames::default().with(Level::new(50), "critical");
/// assert_eq!(names.name_of(Level::ERROR), "error");
/// assert_eq!(names.name_of(Level::new(50)), "critical");
/// assert_eq!(names.name_of(Level::new(27)), "");
/// assert_eq!(names.level_named("critical"), Some(Level::new(50)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelNames(Vec<(Level, String)>);

impl LevelNames {
    /// Gives `level` a name, or changes its name. An empty name removes it.
    #[must_use]
    pub fn with(mut self, level: impl Into<Level>, name: impl Into<String>) -> Self {
        let (level, name) = (level.into(), name.into());
        match self.0.iter_mut().find(|(known, _)| *known == level) {
            Some((_, known)) => *known = name,
            None => self.0.push((level, name)),
        }
        self
    }

    /// Returns the name of `level`, or an empty string if it has no name.
    #[must_use]
    pub fn name_of(&self, level: Level) -> &str {
        self.0.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
    }

    /// Returns the levels that have a name, in ascending order.
    #[cfg(any(feature = "admin", feature = "openapi"))]
    pub(crate) fn named(&self) -> Vec<(Level, &str)> {
        let named = self.0.iter().filter(|(_, name)| !name.is_empty());
        let mut named = named.map(|(level, name)| (*level, name.as_str())).collect::<Vec<_>>();
        named.sort_unstable();
        named
    }

    /// Returns the level with exactly this name. If several levels share the name, returns the one that was added last.
    /// A level that is renamed keeps its place in this order.
    #[must_use]
    pub fn level_named(&self, name: &str) -> Option<Level> {
        self.0.iter().rev().find(|(_, known)| known == name).map(|(level, _)| *level)
    }
}

impl Default for LevelNames {
    /// Names 10 `debug`, 20 `info`, 25 `success`, 30 `warning` and 40 `error`.
    fn default() -> Self {
        Self(vec![
            (Level::DEBUG, "debug".into()),
            (Level::INFO, "info".into()),
            (Level::SUCCESS, "success".into()),
            (Level::WARNING, "warning".into()),
            (Level::ERROR, "error".into()),
        ])
    }
}
