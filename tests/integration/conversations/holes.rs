//! The placeholders of a recording -> the values of this run, and back.

use std::collections::HashMap;

use chrono::{SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use crate::support::Client;

/// The kinds of placeholders: `{kind}` or `{kind:argument}`.
const KINDS: [&str; 8] = ["i", "csrf", "user", "id", "created", "read_at", "time", "rep"];

/// The ids, times and names of one run.
#[derive(Debug)]
pub(super) struct Holes {
    run: usize,
    /// In the order of first appearance.
    pub(super) ids: Vec<i64>,
    /// In the order of first appearance.
    pub(super) times: Vec<String>,
    /// The last time seen in this field of the message with this id.
    pub(super) last: HashMap<(&'static str, i64), Option<String>>,
    /// Each value that was filled in, with its placeholder.
    filled: Vec<(String, String)>,
}

impl Holes {
    pub(super) fn new(run: usize) -> Self {
        Self { run, ids: Vec::new(), times: Vec::new(), last: HashMap::new(), filled: Vec::new() }
    }

    /// Fills the placeholders of a text. `i` counts the repetitions of a step from 1.
    pub(super) fn fill(&mut self, text: &str, client: &Client, i: usize) -> Result<String, String> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            filled.push_str(&rest[..start]);
            rest = &rest[start..];
            let Some((hole, kind, argument)) = hole_at_start(rest) else {
                filled.push('{');
                rest = &rest[1..];
                continue;
            };
            let value = self.value(kind, argument, client, i)?;
            if matches!(kind, "user" | "time" | "created" | "read_at") && !value.is_empty() {
                self.remember(&value, hole);
            }
            filled.push_str(&value);
            rest = &rest[hole.len()..];
        }
        Ok(filled + rest)
    }

    /// Fills the placeholders of all strings in the JSON.
    pub(super) fn fill_all(&mut self, value: &Value, client: &Client, i: usize) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => self.fill(text, client, i)?.into(),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.fill_all(item, client, i)).collect::<Result<_, _>>()?)
            }
            Value::Object(map) => {
                let mut fill = |(name, value): (&String, &Value)| Ok((name.clone(), self.fill_all(value, client, i)?));
                Value::Object(map.iter().map(&mut fill).collect::<Result<_, String>>()?)
            }
            other => other.clone(),
        })
    }

    /// Puts the placeholders back in place of the values, also of URL-encoded values.
    pub(super) fn unfill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (value, hole) in &self.filled {
            let quoted = quote(value, "");
            for form in [value, &quoted, &quote(value, "/"), &quoted.replace("%20", "+")] {
                if form.len() > 6 {
                    text = text.replace(form, hole);
                }
            }
        }
        let chars = text.chars().count();
        match text.chars().next() {
            Some(first) if chars > 100 && text.chars().all(|char| char == first) => format!("{{rep:{first}*{chars}}}"),
            _ => text,
        }
    }

    fn remember(&mut self, value: &str, hole: &str) {
        match self.filled.iter_mut().find(|(known, _)| known == value) {
            Some((_, known)) => hole.clone_into(known),
            None => self.filled.push((value.to_owned(), hole.to_owned())),
        }
    }

    fn value(&self, kind: &str, argument: &str, client: &Client, i: usize) -> Result<String, String> {
        Ok(match kind {
            "i" => i.to_string(),
            "csrf" => client.cookie("csrftoken").unwrap_or_default(),
            "user" => format!("{argument}-{:08x}", self.run),
            "rep" => {
                let (unit, count) = argument.rsplit_once('*').ok_or("no number of repetitions")?;
                unit.repeat(count.parse().map_err(|_| "no number of repetitions")?)
            }
            "time" => moment(argument).ok_or_else(|| format!("bad time placeholder: {argument}"))?,
            _ => self.message(kind, argument)?,
        })
    }

    /// The id of the message with this number, in ASCII or other digits, or one of its times.
    fn message(&self, kind: &str, argument: &str) -> Result<String, String> {
        let (number, style) = argument.split_once(':').unwrap_or((argument, ""));
        let id = number.parse::<usize>().ok().and_then(|number| self.ids.get(number.checked_sub(1)?));
        let id = *id.ok_or_else(|| format!("no message {argument} seen yet in this conversation"))?;
        Ok(match (kind, style) {
            ("created", _) => self.last.get(&("created", id)).cloned().flatten().unwrap_or_default(),
            ("read_at", _) => self.last.get(&("read_at", id)).cloned().flatten().unwrap_or_default(),
            (_, "fullwidth") => in_digits(id, '０'),
            (_, "arabic") => in_digits(id, '٠'),
            _ => id.to_string(),
        })
    }
}

/// The placeholder at the start of the text: the whole placeholder, its kind and its argument.
fn hole_at_start(text: &str) -> Option<(&str, &str, &str)> {
    let inner = text.strip_prefix('{')?;
    let inner = &inner[..inner.find(['{', '}'])?];
    let end = inner.len() + 1;
    let (kind, argument) = inner.split_once(':').unwrap_or((inner, ""));
    (text[end..].starts_with('}') && KINDS.contains(&kind)).then(|| (&text[..=end], kind, argument))
}

/// A time such as `now`, `now-1h` or `now+2d|%Y-%m-%d`, in ISO 8601 or in the given format. `%f` means microseconds.
fn moment(argument: &str) -> Option<String> {
    let (spec, format) = argument.split_once('|').unwrap_or((argument, ""));
    let shift = spec.strip_prefix("now")?;
    let mut moment = Utc::now();
    if !shift.is_empty() {
        let (number, unit) = shift.split_at_checked(shift.len() - 1)?;
        let number = number.parse::<i64>().ok()?;
        moment += match unit {
            "s" => TimeDelta::seconds(number),
            "m" => TimeDelta::minutes(number),
            "h" => TimeDelta::hours(number),
            "d" => TimeDelta::days(number),
            _ => return None,
        };
    }
    Some(match format {
        "" => moment.to_rfc3339_opts(SecondsFormat::Micros, false),
        format => moment.format(&format.replace("%f", "%6f")).to_string(),
    })
}

fn in_digits(id: i64, zero: char) -> String {
    let digit = |char: char| char::from_u32(u32::from(zero) + char.to_digit(10).unwrap()).unwrap();
    id.to_string().chars().map(digit).collect()
}

/// URL-encodes a text, except for ASCII letters and digits, `_.-~`, and the characters in `safe`.
pub(super) fn quote(text: &str, safe: &str) -> String {
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~".contains(&byte) || safe.as_bytes().contains(&byte);
    let escape = |byte: u8| if is_safe(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(escape).collect()
}
