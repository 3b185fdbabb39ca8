//! The form for a new message -> the message and its recipients, or the errors of the fields.

use std::collections::BTreeSet;

use super::form::{Form, parse_tags};
use crate::{
    model::{Level, NewMessage, Recipient},
    service::settings::config::MessagesConfig,
    texts::{Phrase, Text},
};

/// The maximum number of users that one message can be sent to.
pub(crate) const MAX_USERS: usize = 10_000;

/// The entered values and their errors.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) users: String,
    pub(crate) level: String,
    pub(crate) text: String,
    pub(crate) tags: String,
    pub(crate) view: String,
    /// The fields with an error, and their errors.
    pub(crate) problems: Vec<(&'static str, Phrase)>,
}

impl Draft {
    /// Returns an empty draft to this user. `user` may be empty.
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

    pub(crate) fn problem(&self, field: &str) -> Option<&Phrase> {
        self.problems.iter().find(|(name, _)| *name == field).map(|(_, problem)| problem)
    }

    /// Returns the recipients and the message. If a field is invalid, returns `None` and records the errors of all
    /// fields.
    pub(crate) fn check(&mut self, config: &MessagesConfig) -> Option<(Vec<Recipient>, NewMessage)> {
        self.problems.clear();
        let recipients = self.recipients().map_err(|problem| self.problems.push(("users", problem)));
        let level = self.level(config).map_err(|problem| self.problems.push(("level", problem)));
        if self.text.trim().is_empty() {
            self.problems.push(("message", Text::Blank.into()));
        }
        let message = NewMessage::new(level.unwrap_or(Level::INFO), &self.text);
        let message = message.tags(parse_tags(&self.tags, &[])).view(self.view.trim());
        if let Err(invalid) = message.clone().check()
            && self.problem(invalid.field()).is_none()
        {
            self.problems.push((invalid.field(), invalid.problem()));
        }
        if self.problems.is_empty() { recipients.ok().map(|recipients| (recipients, message)) } else { None }
    }

    /// Returns the users, one per line, without duplicates.
    fn recipients(&self) -> Result<Vec<Recipient>, Phrase> {
        let lines = self.users.split('\n').map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
        let mut recipients = BTreeSet::new();
        for (at, line) in lines {
            let recipient = Recipient::user(line).map_err(|_| {
                Phrase::of_limit(Text::AdminInvalidLine, Recipient::MAX_USER_ID_BYTES, line.len()).with("line", at + 1)
            })?;
            recipients.insert(recipient);
        }
        match recipients.len() {
            0 => Err(Text::AdminNoUser.into()),
            1..=MAX_USERS => Ok(recipients.into_iter().collect()),
            given => Err(Phrase::of_limit(Text::AdminTooManyUsers, MAX_USERS, given)),
        }
    }

    fn level(&self, config: &MessagesConfig) -> Result<Level, Phrase> {
        let level = self.level.trim().parse().map(Level::new).map_err(|_| Text::AdminNoLevel)?;
        let minimum = config.delivery.minimum_level;
        if level < minimum {
            return Err(Phrase::from(Text::AdminLevelTooLow).with("level", minimum));
        }
        Ok(level)
    }
}
