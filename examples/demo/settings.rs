//! Reads settings from environment variables, with the names from drf-messages and Django.

use std::env;

use actix_messages::{
    Level, LevelNames, MessagesConfig,
    settings::{Access, AfterReading, PageSize, SessionScoping, UnreadDeletion},
};

/// The settings from environment variables.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    minimum_level: Option<i32>,
    level_names: Option<LevelNames>,
    page_size: Option<PageSize>,
    allow_delete_unread: bool,
    delete_read: bool,
    use_sessions: bool,
    signed_in_only: bool,
}

/// The value of a variable is invalid.
#[derive(Debug)]
pub struct SettingsError {
    name: String,
    expected: &'static str,
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the variable {} must be {}", self.name, self.expected)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the settings from the environment.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] if a value is invalid. It names the variable and the values that are possible.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// Reads the settings from a function that returns the value of a variable.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] if a value is invalid. It names the variable and the values that are possible.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let read = |name: &str| variable(name).filter(|value| !value.is_empty());
        let refused = |name: &str, expected| SettingsError { name: name.to_owned(), expected };
        let flag = |name: &str| match read(name).as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(_) => Err(refused(name, "0 or 1")),
        };
        let integer = |name: &str| {
            read(name).map(|value| value.parse::<i32>().map_err(|_| refused(name, "an integer"))).transpose()
        };
        Ok(Self {
            minimum_level: integer("MESSAGE_LEVEL")?,
            level_names: read("MESSAGE_TAGS")
                .map(|json| {
                    level_names(&json).ok_or_else(|| refused("MESSAGE_TAGS", "a JSON object that maps levels to names"))
                })
                .transpose()?,
            page_size: match read("PAGE_SIZE").as_deref() {
                None => None,
                Some("none") => Some(PageSize::Unlimited),
                Some(size) => Some(PageSize::Limited(
                    size.parse().map_err(|_| refused("PAGE_SIZE", "a number of messages, or `none`"))?,
                )),
            },
            allow_delete_unread: flag("MESSAGES_ALLOW_DELETE_UNREAD")?,
            delete_read: flag("MESSAGES_DELETE_READ")?,
            use_sessions: flag("MESSAGES_USE_SESSIONS")?,
            signed_in_only: match read("PERMISSION").as_deref() {
                None | Some("AllowAny") => false,
                Some("IsAuthenticated") => true,
                Some(_) => return Err(refused("PERMISSION", "AllowAny or IsAuthenticated")),
            },
        })
    }

    /// Applies the settings to a configuration.
    #[must_use]
    pub fn apply(self, mut messages: MessagesConfig) -> MessagesConfig {
        if let Some(level) = self.minimum_level {
            messages = messages.minimum_level(level);
        }
        if let Some(names) = self.level_names {
            messages = messages.level_names(names);
        }
        if let Some(size) = self.page_size {
            messages = messages.page_size(size);
        }
        if self.allow_delete_unread {
            messages = messages.unread_deletion(UnreadDeletion::Allow);
        }
        if self.delete_read {
            messages = messages.after_reading(AfterReading::Delete);
        }
        if self.use_sessions {
            messages = messages.session_scoping(SessionScoping::Separate);
        }
        if self.signed_in_only {
            messages = messages.access(Access::SignedIn);
        }
        messages
    }
}

/// Parses names such as `{"50": "critical"}`. They are added to the default names.
fn level_names(json: &str) -> Option<LevelNames> {
    let named = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).ok()?;
    named.into_iter().try_fold(LevelNames::default(), |names, (level, name)| {
        Some(names.with(level.parse::<i32>().map(Level::new).ok()?, name.as_str()?))
    })
}
