//! Checks the guarantees that hold for the response to any request.

use std::collections::BTreeMap;

use actix_messages::{Message, MessageId, MessageState, settings::AfterReading};
use actix_web::http::{Method, StatusCode};
use serde_json::Value;

use super::{
    site::{Answer, Messages, PEOPLE, Policy, SECRETS, Site, TRUSTED, policy},
    written::Written,
};

/// The header of a response that marks no messages, since no user will see it.
const LEFT_UNREAD: &str = "messages-left-unread";

/// Sends the request, and panics if the response or the change of the mailboxes violates a guarantee.
pub fn keep(site: &Site, written: &Written) -> Option<Answer> {
    let before = site.mailboxes();
    let answer = site.send(written)?;
    let after = site.mailboxes();
    an_answer_is_one(written, &answer);
    nobody_sees_what_is_not_theirs(written, &answer);
    an_unsafe_request_of_another_site_is_refused(written, &answer);
    for ((who, before), after) in PEOPLE.into_iter().zip(&before).zip(&after) {
        if Some(who) == written.who {
            only_what_was_asked_is_changed(written, &answer, before, after);
        } else {
            assert_eq!(before, after, "the mailbox of {who} changed");
        }
    }
    Some(answer)
}

fn an_answer_is_one(written: &Written, answer: &Answer) {
    let Answer { status, body, .. } = answer;
    let is_expected = status.is_success() || status.is_client_error() || *status == StatusCode::NOT_MODIFIED;
    assert!(is_expected, "status {status}");
    let has_body = answer.json().is_some();
    assert!(has_body || body.is_empty(), "a body that is not JSON");
    assert!(has_body || !status.is_client_error(), "an error response without a body");
    for name in ["vary", "cache-control"] {
        assert!(answer.header(name).is_some(), "a response without {name}");
    }
    assert!(*status != StatusCode::METHOD_NOT_ALLOWED || answer.header("allow").is_some(), "405 without Allow");
    if *status == StatusCode::OK && written.method == Method::GET && answer.header(LEFT_UNREAD).is_none() {
        assert!(answer.header("etag").is_some(), "a response without an entity tag");
    }
}

/// Asserts that no response contains the texts of another user, unless the request itself contains them.
fn nobody_sees_what_is_not_theirs(written: &Written, answer: &Answer) {
    let body = String::from_utf8_lossy(&answer.body);
    for (who, secret) in PEOPLE.into_iter().zip(SECRETS).filter(|(who, _)| Some(*who) != written.who) {
        assert!(!body.contains(secret) || written.says(secret), "a text of {who} is in a response");
        let headers = answer.headers.iter().map(|(_, value)| String::from_utf8_lossy(value.as_bytes()));
        assert!(
            !headers.into_iter().any(|value| value.contains(secret)) || written.says(secret),
            "a text of {who} is in a header"
        );
    }
}

/// Asserts that unsafe requests from other sites are refused. A browser marks requests from other sites and from
/// sibling sites with `Sec-Fetch-Site`, and names their origin in `Origin`.
fn an_unsafe_request_of_another_site_is_refused(written: &Written, answer: &Answer) {
    if is_of_another_site(written) && !written.method.is_safe() {
        assert!(answer.status.is_client_error(), "an unsafe request of another site was accepted");
    }
}

fn is_of_another_site(written: &Written) -> bool {
    let is_cross_site = matches!(written.only_header("sec-fetch-site"), Some(b"cross-site" | b"same-site"))
        || !written.has_header("sec-fetch-site")
            && written.only_header("origin").is_some_and(|origin| origin == b"null" || origin.ends_with(b".invalid"))
            && !written.has_header("host")
            && !written.has_header("forwarded")
            && !written.headers.iter().any(|(name, _)| name.as_str().starts_with("x-forwarded"))
            && !written.target.contains("://");
    // The origin may have upper-case letters.
    let is_trusted = written.settings == 8
        && written
            .only_header("origin")
            .and_then(|origin| origin.get(..TRUSTED.len()))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(TRUSTED.as_bytes()));
    is_cross_site && !is_trusted && !written.has_several("origin")
}

fn only_what_was_asked_is_changed(written: &Written, answer: &Answer, before: &Messages, after: &Messages) {
    let changes = Changes::between(before, after);
    let Policy { after: after_reading, deletes_unread } = policy(written.settings);
    let count = || answer.json().and_then(|body| body["count"].as_u64()).map(|count| count as usize);
    match (written.method.as_str(), answer.status) {
        ("GET", StatusCode::OK) => {
            let shown = shown(&answer.json().expect("a list is JSON"));
            for (id, read_at) in &shown {
                let message = before.get(id).unwrap_or_else(|| panic!("{id} is shown but does not exist"));
                assert_eq!(*read_at, message.read_at().map(|moment| moment.to_string()), "{id} is not shown as it was");
            }
            let is_left = answer.header(LEFT_UNREAD).is_some();
            assert!(
                is_left || shown.is_empty() || after_reading == AfterReading::Nothing || !is_of_another_site(written),
                "a request of another site marked messages as read"
            );
            if is_left {
                assert!(changes.is_nothing(), "a response that no user sees changed {changes:?}");
                return;
            }
            let unread = shown.keys().filter(|id| before[id].is_unread()).copied().collect();
            match after_reading {
                AfterReading::Nothing => assert!(changes.is_nothing(), "reading changed {changes:?}"),
                AfterReading::Mark => {
                    assert_eq!(
                        changes,
                        Changes { read: unread, ..Changes::default() },
                        "the marked messages are not the shown ones"
                    );
                }
                AfterReading::Delete => {
                    let gone = shown.into_keys().collect();
                    assert_eq!(
                        changes,
                        Changes { gone, ..Changes::default() },
                        "the deleted messages are not the shown ones"
                    );
                }
                other => panic!("no guarantee is defined for {other:?}"),
            }
        }
        ("DELETE", StatusCode::NO_CONTENT | StatusCode::OK) => {
            let gone = changes.gone.clone();
            assert_eq!(changes, Changes { gone: gone.clone(), ..Changes::default() }, "deleting made other changes");
            let expected = if answer.status == StatusCode::OK { count() } else { Some(1) };
            assert_eq!(Some(gone.len()), expected, "the reported number of deleted messages is wrong");
            let were_read = gone.iter().all(|id| !before[id].is_unread());
            assert!(were_read || deletes_unread, "unread messages are deleted");
        }
        ("POST", StatusCode::OK) => {
            let Changes { read, unread, .. } = changes.clone();
            let is_one_way = changes == Changes { read: read.clone(), ..Changes::default() }
                || changes == Changes { unread: unread.clone(), ..Changes::default() };
            assert!(is_one_way, "marking made other changes: {changes:?}");
            assert_eq!(Some(read.len() + unread.len()), count(), "the reported number of marked messages is wrong");
        }
        _ => assert!(changes.is_nothing(), "a request that must not change anything changed {changes:?}"),
    }
}

/// Returns the messages in a body, with the times at which they were read.
fn shown(body: &Value) -> BTreeMap<MessageId, Option<String>> {
    let list = body["results"].as_array().or_else(|| body.as_array());
    let messages = list.map_or_else(|| vec![body], |list| list.iter().collect());
    let messages = messages.into_iter().filter_map(|message| {
        let id = message.get("id")?.as_i64().map(MessageId::new)?;
        Some((id, message["read_at"].as_str().map(str::to_owned)))
    });
    messages.collect()
}

/// The changes of one or several mailboxes, by kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    pub read: Vec<MessageId>,
    pub unread: Vec<MessageId>,
    pub gone: Vec<MessageId>,
    pub new: Vec<MessageId>,
    pub otherwise: Vec<MessageId>,
}

impl Changes {
    pub fn between(before: &Messages, after: &Messages) -> Self {
        let mut changes = Self::default();
        for (id, message) in before {
            let Some(now) = after.get(id) else {
                changes.gone.push(*id);
                continue;
            };
            if *now
                != (Message {
                    state: MessageState { read_at: now.read_at(), ..message.state.clone() },
                    ..message.clone()
                })
            {
                changes.otherwise.push(*id);
            } else if now != message {
                let kind = match (message.read_at(), now.read_at()) {
                    (None, Some(_)) => &mut changes.read,
                    (Some(_), None) => &mut changes.unread,
                    _ => &mut changes.otherwise,
                };
                kind.push(*id);
            }
        }
        changes.new.extend(after.keys().filter(|id| !before.contains_key(id)));
        changes
    }

    pub fn and(mut self, other: Self) -> Self {
        self.read.extend(other.read);
        self.unread.extend(other.unread);
        self.gone.extend(other.gone);
        self.new.extend(other.new);
        self.otherwise.extend(other.otherwise);
        self
    }

    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}
