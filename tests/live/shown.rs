//! The content of a tab: the messages of a mailbox, as the events of a stream change them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ledger::parse;

/// The filter of a tab, as a query string.
pub(crate) const FILTERS: [&str; 7] =
    ["", "", "unread=true", "level=30", "extra_tags=urgent", "", "extra_tags=urgent&unread=true"];

/// The messages that a tab shows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) messages: BTreeMap<i64, Value>,
    pub(crate) summary: Value,
    /// The key of the mailbox.
    pub(crate) mailbox: Option<String>,
}

/// The messages that a tab has to fetch after an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fetch {
    Nothing,
    All,
    These(Vec<i64>),
}

/// Returns the ids in the data of an event.
pub(crate) fn ids(data: &Value) -> Vec<i64> {
    data["ids"].as_array().into_iter().flatten().filter_map(Value::as_i64).collect()
}

impl Shown {
    /// Applies an event. Returns what to fetch, or `None` if the event is not known.
    pub(crate) fn apply(&mut self, name: &str, data: &Value, filter: &str) -> Option<Fetch> {
        let shows_unread_only = filter.contains("unread=true");
        match name {
            "message" => {
                self.messages.insert(data["id"].as_i64()?, data.clone());
            }
            "read" if shows_unread_only => ids(data).iter().for_each(|id| drop(self.messages.remove(id))),
            "read" => self.set_read_at(&ids(data), &data["read_at"]),
            "unread" => {
                let hidden = ids(data).into_iter().filter(|id| !self.messages.contains_key(id)).collect::<Vec<_>>();
                if shows_unread_only && !hidden.is_empty() {
                    return Some(Fetch::These(hidden));
                }
                self.set_read_at(&ids(data), &Value::Null);
            }
            "tagged" => return Some(Fetch::These(ids(data))),
            "deleted" => ids(data).iter().for_each(|id| drop(self.messages.remove(id))),
            "summary" => {
                let mut summary = data.clone();
                let mailbox = summary.as_object_mut()?.remove("mailbox")?;
                self.mailbox = Some(mailbox.as_str()?.to_owned());
                self.summary = summary;
            }
            "resync" => return Some(Fetch::All),
            _ => return None,
        }
        Some(Fetch::Nothing)
    }

    fn set_read_at(&mut self, ids: &[i64], read_at: &Value) {
        for id in ids {
            if let Some(message) = self.messages.get_mut(id) {
                message["read_at"] = read_at.clone();
            }
        }
    }

    /// Replaces everything by a fetched inbox.
    pub(crate) fn replace(&mut self, fetched: Self) {
        *self = fetched;
    }

    /// Replaces these messages by those among them that were fetched.
    pub(crate) fn replace_these(&mut self, ids: &[i64], fetched: BTreeMap<i64, Value>) {
        ids.iter().for_each(|id| drop(self.messages.remove(id)));
        self.messages.extend(fetched);
    }

    /// Returns the numbers in the texts of the messages.
    pub(crate) fn numbers(&self) -> BTreeSet<usize> {
        let texts = self.messages.values().filter_map(|message| message["message"].as_str());
        texts.filter_map(parse).map(|(_, number)| number).collect()
    }

    /// Returns how this differs from the inbox.
    pub(crate) fn differences(&self, inbox: &Self) -> Vec<String> {
        let mut found = Vec::new();
        for (id, message) in &inbox.messages {
            match self.messages.get(id) {
                None => found.push(format!("missing: {}", short(message))),
                Some(shown) if shown != message => {
                    found.push(format!("outdated: shown {}, stored {}", short(shown), short(message)));
                }
                Some(_) => {}
            }
        }
        let gone = self.messages.iter().filter(|(id, _)| !inbox.messages.contains_key(id));
        found.extend(gone.map(|(_, message)| format!("not stored: {}", short(message))));
        if self.summary != inbox.summary {
            found.push(format!("summary {}, but {} in the inbox", self.summary, inbox.summary));
        }
        if self.mailbox != inbox.mailbox {
            found.push(format!("mailbox {:?}, but {:?} in the inbox", self.mailbox, inbox.mailbox));
        }
        found
    }
}

/// Returns the parts of a message that change, with the start of its text.
pub(crate) fn short(message: &Value) -> Value {
    let text = message["message"].as_str().unwrap_or_default().chars().take(24).collect::<String>();
    json!([message["id"], text, message["level"], message["read_at"], message["extra_tags"]])
}
