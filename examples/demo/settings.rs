//! Settings by environment variables, under the names that drf-messages and Django give them.

use std::env;

use actix_messages::{
    Level, LevelNames, MessagesConfig,
    settings::{Access, AfterReading, PageSize, SessionScoping, UnreadDeletion},
};

/// The settings that the environment makes.
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

/// A variable that says nothing that it can say.
#[derive(Debug)]
pub struct SettingsError {
    name: String,
    expected: &'static str,
}

impl std::fmt::Display for SettingsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the variable {} has to be {}", self.name, self.expected)
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Reads the environment.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable and what it can be.
    pub fn from_environment() -> Result<Self, SettingsError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] names the variable and what it can be.
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
                    level_names(&json).ok_or_else(|| refused("MESSAGE_TAGS", "a JSON object of names by level"))
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

    /// Puts them in force.
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

/// `{"50": "critical"}`, in addition to the names that the levels have anyway.
fn level_names(json: &str) -> Option<LevelNames> {
    let named = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(json).ok()?;
    named.into_iter().try_fold(LevelNames::default(), |names, (level, name)| {
        Some(names.with(level.parse::<i32>().map(Level::new).ok()?, name.as_str()?))
    })
}
