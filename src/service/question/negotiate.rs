//! Content negotiation: `Accept` header -> whether the client accepts JSON, its version, and the format of errors.

use std::cmp::Reverse;

use actix_web::http::header::{ACCEPT, HeaderMap};

/// The media type of a successful response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    /// Server-sent events. Errors are JSON.
    EventStream,
}

impl MediaType {
    /// Returns whether the client accepts this type, or JSON.
    pub(crate) fn is_accepted(self, headers: &HeaderMap) -> bool {
        let is_event_stream =
            || most_specific_range(&ranges(headers), &EVENT_STREAM).is_some_and(MediaRange::is_wanted);
        accepts_json(headers) || (self == Self::EventStream && is_event_stream())
    }
}

/// Returns whether the client accepts JSON.
///
/// The weight of the most specific media range that covers `application/json` decides. If several ranges are equally
/// specific, the largest weight decides. If the header is missing, or no part of it can be parsed, the client accepts
/// everything.
///
/// Source: [RFC 9110, section 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1).
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    let ranges = ranges(headers);
    ranges.is_empty() || most_specific_range(&ranges, &JSON).is_some_and(MediaRange::is_wanted)
}

/// Returns whether the client accepts JSON and names problem details in its `Accept` header.
pub(crate) fn wants_problem_details(headers: &HeaderMap) -> bool {
    let is_named = most_specific_range(&ranges(headers), &PROBLEM_JSON)
        .is_some_and(|range| range.is_wanted() && range.subtype != "*");
    is_named && accepts_json(headers)
}

/// Returns the `version` parameter of the media range that decides about JSON.
pub(crate) fn version_of_json(headers: &HeaderMap) -> Option<String> {
    Some(most_specific_range(&ranges(headers), &JSON)?.version?.to_owned())
}

fn ranges(headers: &HeaderMap) -> Vec<MediaRange<'_>> {
    let lines = headers.get_all(ACCEPT).filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(MediaRange::parse).collect()
}

/// Returns the most specific range that covers the type. If several are equally specific, it is the one with the
/// largest weight; of equal weights, the first.
fn most_specific_range<'a, 'h>(ranges: &'a [MediaRange<'h>], media_type: &[&str; 2]) -> Option<&'a MediaRange<'h>> {
    let covering = ranges.iter().filter_map(|range| Some((range.specificity(media_type)?, range)));
    covering.min_by_key(|(specificity, range)| Reverse((*specificity, range.weight))).map(|(_, range)| range)
}

const JSON: [&str; 2] = ["application", "json"];
const PROBLEM_JSON: [&str; 2] = ["application", "problem+json"];
const EVENT_STREAM: [&str; 2] = ["text", "event-stream"];

/// One element of an `Accept` header.
struct MediaRange<'a> {
    kind: &'a str,
    subtype: &'a str,
    weight: u16,
    version: Option<&'a str>,
}

impl<'a> MediaRange<'a> {
    /// Parses an element, or returns `None` if it is invalid. Parameters of the type (`; charset=utf-8`, `; indent=2`)
    /// don't narrow the range, because all JSON satisfies them.
    fn parse(element: &'a str) -> Option<Self> {
        let mut parts = element.split(';').map(str::trim);
        // Java's `HttpURLConnection` sends `*` instead of `*/*`.
        let (kind, subtype) = parts.next().map(|range| if range == "*" { "*/*" } else { range })?.split_once('/')?;
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let parameters = parts.filter_map(|parameter| parameter.split_once('=')).collect::<Vec<_>>();
        let parameter = |wanted: &str| {
            let found = parameters.iter().find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.trim())
        };
        let weight = parameter("q").and_then(parse_weight).unwrap_or(1000);
        let version = parameter("version").map(|version| version.trim_matches('"'));
        Some(Self { kind, subtype, weight, version })
    }

    /// Returns how specific the range is for the type, or `None` if it does not cover the type.
    fn specificity(&self, [wanted_kind, wanted_subtype]: &[&str; 2]) -> Option<u8> {
        let covers = |pattern: &str, word: &str| pattern.eq_ignore_ascii_case(word);
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (kind, "*") if covers(kind, wanted_kind) => Some(1),
            (kind, subtype) if covers(kind, wanted_kind) && covers(subtype, wanted_subtype) => Some(2),
            _ => None,
        }
    }

    const fn is_wanted(&self) -> bool {
        self.weight > 0
    }
}

/// Parses a weight from 0 to 1 with at most three decimal places, and returns it in thousandths.
///
/// Returns `None` if the weight is invalid; the range then counts as one without a weight. The zero before the point is
/// optional, because some clients omit it.
fn parse_weight(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let whole = if whole.is_empty() && !fraction.is_empty() { "0" } else { whole };
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let weight = format!("{whole}{fraction:0<3}").parse().ok()?;
    (weight <= 1000).then_some(weight)
}

/// `tchar` of RFC 9110, section 5.6.2.
const fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn accepted(accept: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        accepts_json(&headers)
    }

    #[test]
    fn the_most_specific_range_decides_by_its_weight() {
        assert!(accepted("application/json"));
        assert!(accepted("text/html, */*;q=0.1"));
        assert!(accepted("application/*;q=0.5, text/html"));
        assert!(accepted("APPLICATION/JSON;Q=0.001"));
        assert!(accepted("application/json;q=1, */*;q=0"));
        assert!(!accepted("application/json;q=0, */*"));
        assert!(!accepted("application/json; q=0.000"));
        assert!(!accepted("application/*;q=0, */*"));
        assert!(!accepted("text/html"));
        assert!(!accepted("application/xml, text/*"));
    }

    #[test]
    fn of_equally_specific_ranges_the_one_that_is_wanted_most_decides() {
        assert!(accepted("application/json;q=0, application/json;version=2"));
        assert!(accepted("application/json;version=2, application/json;q=0"));
        let version = |accept: &'static str| {
            let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
            version_of_json(&headers)
        };
        assert_eq!(version("application/json;version=3;q=0.1, application/json;version=2").as_deref(), Some("2"));
        assert_eq!(version("application/json;version=3, application/json;version=2").as_deref(), Some("3"));
    }

    #[test]
    fn what_cannot_be_read_counts_as_absent() {
        assert!(accepted(""));
        assert!(accepted("json"));
        assert!(accepted("application/json;q=2"));
        assert!(accepted("*/json"));
        assert!(accepted(";;;,,,"));
        assert!(accepts_json(&HeaderMap::new()));
    }

    #[test]
    fn what_can_be_read_counts_beside_what_cannot() {
        assert!(!accepted("text/html, nonsense"));
        assert!(accepted("nonsense, application/json"));
        assert!(accepted("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2"));
        for weight in [".2", "2", "-1", "x", "", "0.5000", "1,5"] {
            assert!(accepted(&format!("text/html, */*;q={weight}")), "{weight}");
        }
        assert!(accepted("text/html, *"));
        assert!(!accepted("text/html, */*;q=.0") && !accepted("text/html, *;q=0"));
    }
}
