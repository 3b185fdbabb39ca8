//! A recording -> requests to a server, and their responses in the form of recordings.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::{
    differences,
    holes::{Holes, quote},
    recording::{Recording, Step},
};
use crate::support::{Client, Response, TestApp};

/// The fields of a message that are times.
const TIMES: [&str; 2] = ["created", "read_at"];
/// The headers that are compared.
const HEADERS: [&str; 3] = ["Content-Type", "Allow", "Location"];

/// One run of a recording.
pub(super) struct Replay<'a> {
    app: &'a TestApp,
    clients: BTreeMap<String, Client>,
    holes: Holes,
}

impl<'a> Replay<'a> {
    /// The number of the run makes the names of its users unique.
    pub(super) fn new(app: &'a TestApp, run: usize) -> Self {
        Self { app, clients: BTreeMap::new(), holes: Holes::new(run) }
    }

    /// Returns the differences from the recording.
    pub(super) fn run(mut self, recording: &Recording) -> Vec<String> {
        let mut differences = Vec::new();
        for (step, number) in recording.steps.iter().zip(1..) {
            let actual = self.repeat(step).unwrap_or_else(|problem| json!({ "status": 0, "text": problem }));
            let found = differences::of_step(step, &actual);
            if !found.is_empty() {
                let Step { r#as, method, path, query, .. } = step;
                differences.push(format!("    step {number} {as}: {method} {path} {query}"));
                differences.extend(found.into_iter().map(|difference| format!("        {difference}")));
            }
        }
        differences
    }

    /// Sends a step. For a repeated step, only the success is recorded.
    fn repeat(&mut self, step: &Step) -> Result<Value, String> {
        let Some(times) = step.repeat else { return self.send(step, 1) };
        let mut status = Value::Null;
        for i in 1..=times {
            let reply = self.send(step, i)?;
            status = reply["status"].clone();
            if status.as_u64() >= Some(300) {
                return Ok(reply);
            }
        }
        Ok(json!({ "status": status, "json": { "id": "..." } }))
    }

    fn send(&mut self, step: &Step, i: usize) -> Result<Value, String> {
        let Self { app, clients, holes } = self;
        let client = clients.entry(step.r#as.clone()).or_insert_with(|| app.visitor());
        for name in &step.drop_cookies {
            client.drop_cookie(name);
        }
        let mut call = client.request(&step.method, target(step, holes, client, i)?).header("Accept", "*/*");
        if let Some(body) = &step.body {
            call = call.json(&holes.fill_all(body, client, i)?);
        }
        if let Some(token) = client.cookie("csrftoken").filter(|_| step.csrf) {
            call = call.header("X-CSRFToken", &token);
        }
        for (name, value) in &step.headers {
            call = match value.as_str() {
                Some(value) => call.header(name, &holes.fill(value, client, i)?),
                None => call.without(name),
            };
        }
        let response = call.try_send().map_err(|error| error.to_string())?;
        Ok(self.reply(step, &response))
    }

    /// The response in the form of recordings.
    fn reply(&mut self, step: &Step, response: &Response) -> Value {
        let mut reply = Map::from_iter([("status".to_owned(), response.status.into())]);
        let header = |name: &str| Some((name.to_owned(), response.header(&name.to_ascii_lowercase())?.into()));
        reply.insert("headers".into(), Value::Object(HEADERS.into_iter().filter_map(header).collect()));
        let kind = response.header("content-type").unwrap_or_default();
        let is_json = kind.split(';').next().is_some_and(|kind| kind.trim().to_ascii_lowercase().ends_with("json"));
        let (field, value) = if response.body.is_empty() {
            ("empty", true.into())
        } else if !is_json {
            ("text", String::from_utf8_lossy(&response.body).into_owned().into())
        } else {
            match serde_json::from_slice(&response.body) {
                Ok(value) => ("json", self.normal(&value)),
                Err(error) => ("text", format!("not JSON: {error}").into()),
            }
        };
        reply.insert(field.into(), value);
        if let Some(Value::Object(map)) = reply.get_mut("json").filter(|_| step.is_driver()) {
            map.remove("user");
        }
        Value::Object(reply)
    }

    /// The JSON of a response, with ids as `#1`, times as `<t1>`, and placeholders in place of their values.
    fn normal(&mut self, value: &Value) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.normal(item)).collect(),
            Value::Object(map) => self.normal_object(map),
            Value::String(text) => self.holes.unfill(text).into(),
            other => other.clone(),
        }
    }

    fn normal_object(&mut self, map: &Map<String, Value>) -> Value {
        if let Some(id) = map.get("id").and_then(Value::as_i64) {
            if !self.holes.ids.contains(&id) {
                self.holes.ids.push(id);
            }
            for field in TIMES {
                if let Some(time) = map.get(field) {
                    self.holes.last.insert((field, id), time.as_str().map(str::to_owned));
                }
            }
        }
        let mut normal =
            map.iter().map(|(key, value)| (key.clone(), self.normal_field(key, value))).collect::<Map<_, _>>();
        let time = |field: &str| DateTime::parse_from_rfc3339(map.get(field)?.as_str()?).ok();
        if let Some((created, read_at)) = time("created").zip(time("read_at"))
            && read_at < created
        {
            normal.insert("read_at".into(), "read before it was created".into());
        }
        Value::Object(normal)
    }

    fn normal_field(&mut self, key: &str, value: &Value) -> Value {
        match (key, value) {
            ("id", Value::Number(id)) => {
                let at = self.holes.ids.iter().position(|known| Some(*known) == id.as_i64());
                format!("#{}", at.map_or(0, |at| at + 1)).into()
            }
            ("created" | "read_at", Value::String(time)) if is_rfc_3339(time) => {
                let times = &mut self.holes.times;
                let at = times.iter().position(|known| known == time).unwrap_or_else(|| {
                    times.push(time.clone());
                    times.len() - 1
                });
                format!("<t{}>", at + 1).into()
            }
            ("next" | "previous", Value::String(url)) => self.link(url).into(),
            _ => self.normal(value),
        }
    }

    /// A link with `<base>` in place of the server's address.
    fn link(&self, url: &str) -> String {
        let link = match url.split_once("://") {
            None => url.to_owned(),
            Some((scheme, rest)) => {
                let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
                if host == self.app.address().to_string() {
                    format!("<base>{path}")
                } else {
                    format!("<{scheme}://{host}>{path}")
                }
            }
        };
        self.holes.unfill(&link)
    }
}

/// The path and the query of a step, URL-encoded.
fn target(step: &Step, holes: &mut Holes, client: &Client, i: usize) -> Result<String, String> {
    let mut target = quote(&holes.fill(&step.path, client, i)?, "/%?=&:.,~@!$'()*+;-_");
    for (name, value) in step.query() {
        let value = match holes.fill_all(&value, client, i)? {
            Value::String(text) => text,
            other => other.to_string(),
        };
        target.push(if target.contains('?') { '&' } else { '?' });
        target.push_str(&format!("{}={}", quote(&name, ""), quote(&value, "")));
    }
    Ok(target)
}

/// Whether the text is a date and a time with `T` and a time zone.
fn is_rfc_3339(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && !text.ends_with('z') && DateTime::parse_from_rfc3339(text).is_ok()
}
