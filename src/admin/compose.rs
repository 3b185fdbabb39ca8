//! The form for a new message -> the message and its recipients, or the errors of the fields.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::form::{Form, parse_tags};
use crate::{
    model::{Level, MessageAction, NewMessage, Recipient, Repeat, Timestamp},
    service::{question::query::moment, settings::config::MessagesConfig},
    texts::{Phrase, Text},
};

/// The maximum number of users that one message can be sent to.
pub(crate) const MAX_USERS: usize = 10_000;

/// The names of the fields for the label and the link of each action.
pub(crate) const ACTIONS: [[&str; 2]; NewMessage::MAX_ACTIONS] =
    [["label1", "href1"], ["label2", "href2"], ["label3", "href3"]];

/// The entered values and their errors.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) users: String,
    pub(crate) level: String,
    pub(crate) text: String,
    pub(crate) tags: String,
    pub(crate) view: String,
    pub(crate) title: String,
    /// The labels and links.
    pub(crate) actions: [[String; 2]; ACTIONS.len()],
    pub(crate) key: String,
    pub(crate) visible_from: String,
    pub(crate) expires_at: String,
    pub(crate) data: String,
    /// The fields with an error, and their errors.
    pub(crate) problems: Vec<(&'static str, Phrase)>,
}

impl Draft {
    /// Returns an empty draft to this user. `user` may be empty.
    pub(crate) fn to(user: &str, config: &MessagesConfig) -> Self {
        let level = config.delivery.minimum_level.max(Level::INFO).to_string();
        Self { users: user.to_owned(), level, ..Self::read(&Form::default()) }
    }

    pub(crate) fn read(form: &Form) -> Self {
        let field = |name| form.one(name).to_owned();
        Self {
            users: field("users"),
            level: field("level"),
            text: field("message"),
            tags: field("extra_tags"),
            view: field("view"),
            title: field("title"),
            actions: ACTIONS.map(|names| names.map(field)),
            key: field("key"),
            visible_from: field("visible_from"),
            expires_at: field("expires_at"),
            data: field("data"),
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
        let optional = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let message = optional(&self.title).into_iter().fold(message, NewMessage::title);
        let message = optional(&self.key).into_iter().fold(message, |message, key| message.key(key, Repeat::Replaces));
        let message = self.moment("visible_from", config).into_iter().fold(message, NewMessage::visible_from);
        let message = self.moment("expires_at", config).into_iter().fold(message, NewMessage::expires_at);
        let message = self.data().into_iter().fold(message, NewMessage::data);
        let message = self
            .actions()
            .into_iter()
            .fold(message, |message, MessageAction { label, href }| message.action(label, href));
        if let Err(invalid) = message.clone().check()
            && self.problem(invalid.field()).is_none()
        {
            self.problems.push((invalid.field(), invalid.problem()));
        }
        if self.problems.is_empty() { recipients.ok().map(|recipients| (recipients, message)) } else { None }
    }

    /// Returns the moment in a field, and records its error if it is invalid or has passed.
    fn moment(&mut self, field: &'static str, config: &MessagesConfig) -> Option<Timestamp> {
        let entered = if field == "expires_at" { &self.expires_at } else { &self.visible_from };
        if entered.trim().is_empty() {
            return None;
        }
        let read = moment(entered).and_then(|moment| match moment > config.delivery.clock.now() {
            true => Ok(moment),
            false => Err(Text::MomentPassed.into()),
        });
        read.map_err(|problem| self.problems.push((field, problem))).ok()
    }

    /// Returns the data, and records an error if it is not a JSON object.
    fn data(&mut self) -> Option<Map<String, Value>> {
        if self.data.trim().is_empty() {
            return None;
        }
        let read = serde_json::from_str(&self.data);
        read.map_err(|_| self.problems.push(("data", Text::AdminNoObject.into()))).ok()
    }

    /// Returns the actions, and records the errors of invalid ones. An action without a label and a link is left out.
    fn actions(&mut self) -> Vec<MessageAction> {
        let mut actions = Vec::new();
        for ([label_name, href_name], entered) in ACTIONS.into_iter().zip(&self.actions) {
            let [label, href] = entered.each_ref().map(|entered| entered.trim().to_owned());
            if label.is_empty() && href.is_empty() {
                continue;
            }
            let action = MessageAction { label, href };
            match action.check() {
                Ok(()) => actions.push(action),
                Err(invalid) => {
                    let name = if invalid.is_about_label() { label_name } else { href_name };
                    self.problems.push((name, invalid.problem()));
                }
            }
        }
        actions
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
