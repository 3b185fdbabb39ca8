//! Sends a sequence of requests to the admin, one for each line: `a GET /list?level=20` is sent by a staff user, and
//! `a POST /change row=1:u:bob&action=delete&confirmed=yes` submits a form.

use std::collections::BTreeSet;

use actix_messages::Recipient;
use actix_web::http::{Method, StatusCode};

use super::{
    promises::Changes,
    site::{ADMIN, Answer, Messages, STAFF, Site, on_the_site},
    written::Written,
};

/// The maximum number of requests. Further lines are ignored.
const MOST: usize = 4;
/// The elements of the pages. No content of a message or a request may add another element or attribute.
const ELEMENTS: &str = "a article bdi body button caption code dd details div dl dt fieldset form h1 h2 head header html \
                        input label legend li link main meta nav option p section select span strong summary table tbody \
                        td textarea th thead time title tr ul";
const ATTRIBUTES: &str = "action aria-current aria-describedby aria-hidden aria-invalid aria-label aria-sort \
                          autocapitalize autocomplete autofocus charset checked class content data-level datetime dir \
                          for href id lang max maxlength method min name open rel role rows scope selected \
                          spellcheck step tabindex type value";

/// Sends the requests, and checks the responses.
pub fn try_input(input: &[u8]) {
    let written = input.split(|byte| *byte == b'\n').filter_map(request).take(MOST).collect::<Vec<_>>();
    if written.is_empty() {
        return;
    }
    on_the_site(|site| {
        for written in &written {
            let Some(answer) = keep(site, written) else { continue };
            // A page must report the result of the change.
            if let (StatusCode::SEE_OTHER, Some(place)) = (answer.status, answer.header("location")) {
                let below = place.strip_prefix(&format!("/{ADMIN}/")).unwrap_or(place);
                assert!(!below.starts_with('/'), "{place} is outside of the admin");
                let target = format!("/{below}");
                let followed =
                    keep(site, &Written { method: Method::GET, target, body: Vec::new(), ..written.clone() });
                assert!(
                    followed.is_some_and(|page| page.status != StatusCode::SEE_OTHER),
                    "{place} does not lead to a page"
                );
            }
        }
    });
}

fn request(line: &[u8]) -> Option<Written> {
    let [who, b' ', rest @ ..] = line else { return None };
    let mut words = rest.splitn(3, |byte| *byte == b' ');
    let method = Method::from_bytes(words.next()?).ok()?;
    let target = std::str::from_utf8(words.next()?).ok()?.to_owned();
    let body = words.next().unwrap_or_default().to_vec();
    let who = match who {
        b'a' => Some(STAFF),
        b'b' => Some("bob"),
        _ => None,
    };
    Some(Written { who, method, body, ..Written::get(ADMIN, target) })
}

/// Sends the request, and panics if the response or the change of the mailboxes violates a guarantee.
pub fn keep(site: &Site, written: &Written) -> Option<Answer> {
    let before = site.everything();
    let answer = site.send(written)?;
    let after = site.everything();
    let Answer { status, .. } = answer;
    assert!(status.is_success() || status.is_client_error() || status == StatusCode::SEE_OTHER, "status {status}");
    for name in ["content-security-policy", "x-content-type-options", "x-frame-options"] {
        assert!(answer.header(name).is_some(), "an answer without {name}");
    }
    if answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        let page = std::str::from_utf8(&answer.body).expect("a page is text");
        is_made_of_its_own(page);
    }

    let none = Messages::new();
    let mailboxes = before.keys().chain(after.keys()).collect::<BTreeSet<&Recipient>>();
    let changes = mailboxes
        .into_iter()
        .map(|of| Changes::between(before.get(of).unwrap_or(&none), after.get(of).unwrap_or(&none)))
        .fold(Changes::default(), Changes::and);
    let done = answer.header("location").and_then(|place| place.rsplit_once("done=")).map(|(_, done)| done);
    let is_change = written.who == Some(STAFF) && written.method == Method::POST && status == StatusCode::SEE_OTHER;
    let Some((deed, count)) = done.filter(|_| is_change).and_then(|done| done.rsplit_once('-')) else {
        assert!(changes.is_nothing(), "a request that must not change anything changed {changes:?}");
        return Some(answer);
    };
    let Changes { read, unread, gone, new, otherwise } = &changes;
    let changed = match deed {
        "marked-read" => read.len(),
        "marked-unread" => unread.len(),
        "deleted" => gone.len(),
        "sent" => new.len(),
        // The tags may have been the same before.
        "tagged" => 1,
        _ => 0,
    };
    assert_eq!(changed.to_string(), count, "the reported number is wrong: {changes:?}");
    // A message with a key replaces an earlier one.
    let tagged = match deed {
        "tagged" => otherwise.len(),
        "sent" => changed + gone.len().min(changed),
        _ => changed,
    };
    let all = [read, unread, gone, new, otherwise].map(Vec::len).into_iter().sum::<usize>();
    assert_eq!(all, tagged, "{deed} made other changes: {changes:?}");
    Some(answer)
}

/// Asserts that the page has only known elements and attributes. A text without escaping would add other ones, or break
/// the page.
fn is_made_of_its_own(page: &str) {
    let is_known = |known: &str, name: &str| known.split_whitespace().any(|one| one == name);
    let page = page.strip_prefix("<!DOCTYPE html>").expect("a page has a doctype");
    for tag in page.split('<').skip(1) {
        if let Some(end) = tag.strip_prefix('/') {
            let name = end.split('>').next().unwrap_or_default();
            assert!(is_known(ELEMENTS, name), "</{name}>");
            continue;
        }
        let end = tag.find([' ', '>']).unwrap_or(tag.len());
        let (name, mut rest) = tag.split_at(end);
        assert!(is_known(ELEMENTS, name), "<{name}>");
        while let Some(attribute) = rest.strip_prefix(' ') {
            let end = attribute.find([' ', '>', '=']).unwrap_or(attribute.len());
            let (name, value) = attribute.split_at(end);
            assert!(is_known(ATTRIBUTES, name), "{name} in <{tag}");
            rest = match value.strip_prefix("=\"") {
                None => value,
                Some(value) => {
                    let (value, rest) = value.split_once('"').expect("an attribute has an end");
                    let is_link = ["href", "action"].contains(&name);
                    let path = value.split('?').next().unwrap_or_default();
                    let is_elsewhere = path.starts_with("//") || path.contains(':');
                    // An action of a message has a safe link to anywhere.
                    let is_action = tag.contains(" rel=\"noopener noreferrer\"");
                    let is_safe = value.starts_with('/') && !value.starts_with("//")
                        || ["http://", "https://", "mailto:"].iter().any(|start| starts_with(value, start));
                    assert!(!is_link || !is_elsewhere || is_action && is_safe, "{value}");
                    rest
                }
            };
        }
        assert!(rest.starts_with('>'), "<{tag}");
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}
