//! Checks titles, data and links of messages: which are accepted, where the links lead, and how the messages are shown.

use actix_messages::{MessageData, NewMessage, error::InvalidMessage};
use actix_web::http::StatusCode;
use form_urlencoded::byte_serialize;
use serde_json::{Value, json};
use url::Url;

use super::{
    admin,
    promises::keep,
    site::{ADMIN, NOW, STAFF, Site, on_the_site},
    written::Written,
};

/// The page that shows the links.
const PAGE: &str = "https://site.example/inbox/today";

/// Tries an input. The first line is a title, the second line is data as JSON, and the others are links.
pub fn try_input(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let mut lines = text.splitn(3, '\n');
    let (title, data) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    // Links may contain any character, even a line break, so NUL separates them.
    let links = lines.next().into_iter().flat_map(|links| links.split('\0')).collect::<Vec<_>>();
    let data = serde_json::from_str::<Value>(data).ok();

    let mut message = NewMessage::new(20, "text");
    if check(message.clone().title(title)).is_ok() {
        message = message.title(title);
    } else {
        assert!(title.is_empty() || title.contains('\0') || title.chars().count() > 200, "the title was refused");
    }
    if let Some(data) = &data
        && data_is_as_it_was_given(data)
    {
        message = message.data(data);
    }
    for link in links {
        if check(message.clone().action("Open", link)).is_ok() {
            leads_to_a_safe_place(link);
            message = message.action("Open", link);
        }
    }
    on_the_site(|site| is_shown_as_it_is(site, &message));
}

fn check(message: NewMessage) -> Result<(), InvalidMessage> {
    // A fourth action is refused.
    message.check().map(|_| ())
}

/// Returns whether the data was accepted. Asserts that it was accepted exactly if it is within the limits.
fn data_is_as_it_was_given(data: &Value) -> bool {
    let json = data.to_string();
    let is_possible = data.is_object() && json.len() <= 4096 && depth(data) <= 32 && !has_nul(data);
    let Ok(kept) = MessageData::new(data) else {
        assert!(!is_possible, "the data {json} was refused");
        return false;
    };
    assert!(is_possible, "the data {json} was accepted");
    assert_eq!(Value::Object(kept.to_map()), *data, "the data has changed");
    let again = serde_json::from_str::<MessageData>(&json!({ "data": kept })["data"].to_string());
    assert_eq!(again.expect("data is JSON"), kept, "the data changes when it is read again");
    true
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

fn has_nul(value: &Value) -> bool {
    // NUL is the only character that JSON writes as `\u0000`, after an even number of backslashes.
    let json = value.to_string();
    json.match_indices("u0000").any(|(at, _)| {
        let backslashes = json[..at].bytes().rev().take_while(|byte| *byte == b'\\').count();
        backslashes % 2 == 1
    })
}

/// Asserts that a browser, which parses a link in this way, leaves the site only for the web or a mail.
fn leads_to_a_safe_place(link: &str) {
    let page = Url::parse(PAGE).expect("a page has a URL");
    // A browser does not follow a link that is not a URL.
    let Ok(url) = page.join(link) else { return };
    if link.starts_with('/') {
        assert_eq!(url.origin(), page.origin(), "the path {link:?} leads to {url}");
    } else {
        assert!(["http", "https", "mailto"].contains(&url.scheme()), "{link:?} leads to {url}");
        assert!(url.scheme() == "mailto" || Url::parse(link).is_ok(), "{link:?} depends on the page");
    }
    assert!(url.username().is_empty() && url.password().is_none(), "{link:?} hides its host behind a user");
}

fn is_shown_as_it_is(site: &Site, message: &NewMessage) {
    let id = site.add(STAFF, message.clone(), NOW);
    let target = format!("/{id}");
    let answer = keep(site, &Written { who: Some(STAFF), ..Written::get(3, target) }).expect("the path of a message");
    assert_eq!(answer.status, StatusCode::OK);
    let shown = answer.json().expect("a message is JSON");
    let expected = [
        ("title", message.title.as_ref().map(|title| json!(title))),
        ("data", message.data.as_ref().map(|data| json!(data))),
        ("actions", Some(json!(message.actions)).filter(|_| !message.actions.is_empty())),
    ];
    for (key, value) in expected {
        assert_eq!(shown.get(key), value.as_ref(), "{key}");
    }
    let row = byte_serialize(format!("{id}:u:{STAFF}").as_bytes()).collect::<String>();
    for page in [format!("/message?row={row}"), "/list".to_owned()] {
        let page = admin::keep(site, &Written { who: Some(STAFF), ..Written::get(ADMIN, page) });
        assert_eq!(page.map(|page| page.status), Some(StatusCode::OK));
    }
}
