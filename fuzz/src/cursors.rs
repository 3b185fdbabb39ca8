//! Follows the cursors of a list, and tries cursors that were never issued.

use std::collections::{BTreeMap, BTreeSet};

use actix_messages::MessageId;
use actix_web::http::{Method, StatusCode};
use serde_json::Value;

use super::{
    promises::keep,
    requests::below,
    site::{CURSORS, Site, on_the_site},
    written::Written,
};

/// The maximum number of pages of a mailbox of the site.
const MOST_PAGES: usize = 20;

/// Tries an input of two lines. The first line is a query without a cursor. The second line modifies cursors: a
/// position and the text to put there, as in `7 AAAA`.
pub fn try_input(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let (query, change) = text.split_once('\n').unwrap_or((text, ""));
    let Some(query) = without_cursor(query) else { return };
    on_the_site(|site| {
        let mut issued = BTreeSet::new();
        let Some(forth) = walk(site, format!("/?{query}"), "next", &mut issued) else { return };
        each_message_is_met_once(site, &query, &forth);
        there_and_back_is_the_same(site, &forth, &mut issued);
        only_what_was_issued_is_a_cursor(site, &query, change, &issued);
    });
}

/// Returns the query, unless it contains a cursor or is invalid.
fn without_cursor(query: &str) -> Option<String> {
    let names_one = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "cursor");
    // The text after `#` is not a part of the query.
    (!names_one && !query.contains('#') && Written::get(CURSORS[1], format!("/?{query}")).uri("").is_some())
        .then(|| query.to_owned())
}

struct Walk {
    /// The ids of each page.
    pages: Vec<Vec<MessageId>>,
    /// The target of the last page.
    last: String,
}

/// Follows the links of this relation to the last page. Returns `None` if the first page is refused.
fn walk(site: &Site, first: String, relation: &str, issued: &mut BTreeSet<String>) -> Option<Walk> {
    let mut walk = Walk { pages: Vec::new(), last: first };
    loop {
        let answer = keep(site, &Written::get(CURSORS[1], walk.last.as_str()))?;
        if walk.pages.is_empty() && answer.status != StatusCode::OK {
            return None;
        }
        assert_eq!(answer.status, StatusCode::OK, "a link does not lead to a page: {}", walk.last);
        let page = answer.json().unwrap_or_default();
        walk.pages.push(ids(&page));
        assert!(walk.pages.len() <= MOST_PAGES, "a walk does not end: {:?}", walk.pages);
        issued.extend(["next", "previous"].into_iter().filter_map(|relation| cursor_in(page[relation].as_str()?)));
        match page[relation].as_str() {
            Some(link) => walk.last = below(link, CURSORS[1]),
            None => return Some(walk),
        }
    }
}

fn ids(page: &Value) -> Vec<MessageId> {
    let results = page["results"].as_array().expect("a page has results");
    results.iter().map(|message| MessageId::new(message["id"].as_i64().expect("a message has an id"))).collect()
}

/// Asserts that the walk returns exactly the messages that the same filters select without pagination.
fn each_message_is_met_once(site: &Site, query: &str, walk: &Walk) {
    let met = walk.pages.concat();
    assert_eq!(met.iter().collect::<BTreeSet<_>>().len(), met.len(), "a message occurs twice: {:?}", walk.pages);
    let mut whole = Written::get(0, format!("/?{query}&limit=50&offset=0"));
    whole.method = Method::HEAD;
    let answer = keep(site, &whole).expect("a valid target with one more parameter");
    assert_eq!(answer.status, StatusCode::OK, "cursor pagination accepts a query that others refuse");
    assert_eq!(ids(&answer.json().unwrap_or_default()), met, "the walk returns another list");
}

fn there_and_back_is_the_same(site: &Site, forth: &Walk, issued: &mut BTreeSet<String>) {
    let back = walk(site, forth.last.clone(), "previous", issued).expect("the page was there before");
    let met = |pages: &[Vec<MessageId>]| pages.iter().flatten().copied().collect::<BTreeSet<_>>();
    assert_eq!(met(&back.pages), met(&forth.pages), "the way back returns other messages");
}

/// Asserts that a cursor is refused if it is modified, invented, or from another key.
fn only_what_was_issued_is_a_cursor(site: &Site, query: &str, change: &str, issued: &BTreeSet<String>) {
    let (at, put) = change.split_once(' ').unwrap_or(("", change));
    let at = at.parse::<usize>().unwrap_or_default();
    let mut tried = BTreeMap::from([(put.to_owned(), CURSORS[1])]);
    for cursor in issued {
        let (start, end) = (at.min(cursor.len()), at.saturating_add(put.len()).min(cursor.len()));
        tried.insert(format!("{}{put}{}", &cursor[..start], &cursor[end..]), CURSORS[1]);
        tried.insert(format!("{}{put}{}", &cursor[..start], &cursor[start..]), CURSORS[1]);
        tried.insert(cursor[..start].to_owned(), CURSORS[1]);
        tried.insert(format!("{cursor}="), CURSORS[1]);
        let elsewhere = send(site, CURSORS[0], query, cursor);
        assert_eq!(elsewhere, StatusCode::NOT_FOUND, "a cursor of another key is accepted");
    }
    for (cursor, settings) in tried {
        if !cursor.is_empty() && !issued.contains(&cursor) {
            assert_eq!(send(site, settings, query, &cursor), StatusCode::NOT_FOUND, "{cursor} was never issued");
        }
    }
}

fn send(site: &Site, settings: usize, query: &str, cursor: &str) -> StatusCode {
    let cursor = form_urlencoded::byte_serialize(cursor.as_bytes()).collect::<String>();
    let answer = keep(site, &Written::get(settings, format!("/?{query}&cursor={cursor}")));
    answer.expect("a valid target with one more parameter").status
}

fn cursor_in(link: &str) -> Option<String> {
    let (_, query) = link.split_once('?')?;
    form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "cursor").map(|(_, value)| value.into_owned())
}
