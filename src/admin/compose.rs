//! The form for a new message -> the message and for whom it is; or what is wrong with it.

use std::collections::BTreeSet;

use super::form::{Form, tags_in};
use crate::{
    model::{Level, NewMessage, Recipient},
    service::settings::config::MessagesConfig,
};

/// The most users that one message is for.
pub(crate) const MOST_USERS: usize = 10_000;

/// What was entered, and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) users: String,
    pub(crate) level: String,
    pub(crate) text: String,
    pub(crate) tags: String,
    pub(crate) view: String,
    /// What is wrong with which field.
    pub(crate) problems: Vec<(&'static str, String)>,
}

impl Draft {
    /// An empty one for this user, if there is one already.
    pub(crate) fn to(user: &str, config: &MessagesConfig) -> Self {
        let level = config.delivery.minimum_level.max(Level::INFO).to_string();
        let [text, tags, view] = [const { String::new() }; 3];
        Self { users: user.to_owned(), level, text, tags, view, problems: Vec::new() }
    }

    pub(crate) fn read(form: &Form) -> Self {
        let field = |name| form.one(name).to_owned();
        Self {
            users: field("users"),
            level: field("level"),
            text: field("message"),
            tags: field("extra_tags"),
            view: field("view"),
            problems: Vec::new(),
        }
    }

    pub(crate) fn problem(&self, field: &str) -> Option<&str> {
        self.problems.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem.as_str())
    }

    /// The message and for whom it is, unless something is wrong; then all problems are noted at once.
    pub(crate) fn check(&mut self, config: &MessagesConfig) -> Option<(Vec<Recipient>, NewMessage)> {
        self.problems.clear();
        let recipients = self.recipients().map_err(|problem| self.problems.push(("users", problem)));
        let level = self.level(config).map_err(|problem| self.problems.push(("level", problem)));
        if self.text.trim().is_empty() {
            self.problems.push(("message", "This field may not be blank.".into()));
        }
        let message = NewMessage::new(level.unwrap_or(Level::INFO), &self.text);
        let message = message.tags(tags_in(&self.tags, &[])).view(self.view.trim());
        if let Err(invalid) = message.clone().check()
            && self.problem(invalid.field()).is_none()
        {
            self.problems.push((invalid.field(), invalid.problem()));
        }
        if self.problems.is_empty() { recipients.ok().map(|recipients| (recipients, message)) } else { None }
    }

    /// One user in each line; each once.
    fn recipients(&self) -> Result<Vec<Recipient>, String> {
        let lines = self.users.split('\n').map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let mut recipients = BTreeSet::new();
        for (at, line) in lines {
            let recipient = Recipient::user(line).map_err(|_| {
                let most = Recipient::MAX_USER_ID_BYTES;
                let given = line.len();
                format!(
                    "Line {} is no user's id: an id has at most {most} bytes and no control characters (this has {given} bytes).",
                    at + 1
                )
            })?;
            recipients.insert(recipient);
        }
        match recipients.len() {
            0 => Err("Say for whom it is.".into()),
            1..=MOST_USERS => Ok(recipients.into_iter().collect()),
            given => Err(format!("One message is for at most {MOST_USERS} users (these are {given}).")),
        }
    }

    fn level(&self, config: &MessagesConfig) -> Result<Level, String> {
        let level = self.level.trim().parse().map(Level::new).map_err(|_| "Choose a level.".to_owned())?;
        let minimum = config.delivery.minimum_level;
        if level < minimum {
            return Err(format!("Messages below level {minimum} are not stored."));
        }
        Ok(level)
    }
}
