//! Levels: how much a message matters, as numbers with names.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much a message matters: a number, larger is more severe.
///
/// The five constants are those of `django.contrib.messages`. Any other number is legal; it has an empty name
/// unless the application gives it one in [`LevelNames`].
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
    /// 10: for developers; below the default minimum level.
    pub const DEBUG: Self = Self(10);
    /// 20: for the user's information.
    pub const INFO: Self = Self(20);
    /// 25: an action succeeded.
    pub const SUCCESS: Self = Self(25);
    /// 30: a failure may be near.
    pub const WARNING: Self = Self(30);
    /// 40: an action failed.
    pub const ERROR: Self = Self(40);

    /// The level with this number.
    #[must_use]
    pub const fn new(value: i32) -> Self {
        Self(value)
    }

    /// Its number.
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

/// What the levels are called: the `level_tag` of the wire.
///
/// The default has the five names of Django; [`with`](Self::with) adds to them, or renames, as Django's
/// `MESSAGE_TAGS` does.
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
    /// Gives `level` a name, or another name. An empty name takes its name away.
    #[must_use]
    pub fn with(mut self, level: impl Into<Level>, name: impl Into<String>) -> Self {
        let (level, name) = (level.into(), name.into());
        match self.0.iter_mut().find(|(known, _)| *known == level) {
            Some((_, known)) => *known = name,
            None => self.0.push((level, name)),
        }
        self
    }

    /// The name of `level`; empty where it has none.
    #[must_use]
    pub fn name_of(&self, level: Level) -> &str {
        self.0.iter().find(|(known, _)| *known == level).map_or("", |(_, name)| name)
    }

    /// The levels that have a name, the lowest first.
    #[cfg(any(feature = "admin", feature = "openapi"))]
    pub(crate) fn named(&self) -> Vec<(Level, &str)> {
        let named = self.0.iter().filter(|(_, name)| !name.is_empty());
        let mut named = named.map(|(level, name)| (*level, name.as_str())).collect::<Vec<_>>();
        named.sort_unstable();
        named
    }

    /// The level called `name`, in exactly this spelling. Where several share it, the one named last.
    #[must_use]
    pub fn level_named(&self, name: &str) -> Option<Level> {
        self.0.iter().rev().find(|(_, known)| known == name).map(|(level, _)| *level)
    }
}

impl Default for LevelNames {
    /// debug 10, info 20, success 25, warning 30, error 40.
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
