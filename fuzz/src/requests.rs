//! Sends a sequence of requests to sites with different settings.

use actix_web::http::StatusCode;

use super::{
    promises::keep,
    site::{CURSORS, on_the_site},
    written::Written,
};

/// The maximum number of requests. Further lines are ignored.
const MOST: usize = 6;

/// Tries an input, in which each line is a request without headers.
pub fn try_input(input: &[u8]) {
    let written = input.split(|byte| *byte == b'\n').filter_map(Written::line).take(MOST).collect::<Vec<_>>();
    if written.is_empty() {
        return;
    }
    on_the_site(|site| {
        for written in &written {
            let Some(answer) = keep(site, written) else { continue };
            // The linked page must exist if reading marks nothing. With cursor pagination, it must exist in any case.
            let is_walk = CURSORS.contains(&written.settings) || written.settings == 6;
            if written.method != "GET" || answer.status != StatusCode::OK || !is_walk {
                continue;
            }
            for relation in ["next", "previous"] {
                let body = answer.json().unwrap_or_default();
                if let Some(link) = body[relation].as_str() {
                    let target = below(link, written.settings);
                    let linked = keep(site, &Written { target, ..written.clone() });
                    assert_eq!(
                        linked.map(|linked| linked.status),
                        Some(StatusCode::OK),
                        "a link does not lead to a page: {link}"
                    );
                }
            }
        }
    });
}

/// Returns the target of a link, below the scope of these settings.
pub(crate) fn below(link: &str, settings: usize) -> String {
    let path = link.split_once("://").map_or(link, |(_, rest)| &rest[rest.find('/').unwrap_or(rest.len())..]);
    path.strip_prefix(&format!("/{settings}")).unwrap_or(path).to_owned()
}
