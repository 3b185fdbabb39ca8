//! Content negotiation: the `Accept` header -> whether JSON will do.

use std::cmp::Reverse;

use actix_web::http::header::{ACCEPT, HeaderMap};

/// Whether the client takes JSON. The most specific media range that covers `application/json` decides, by its
/// weight; where there is no header, or none of it can be read, anything will do.
///
/// Source: [RFC 9110, section 12.5.1](https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1).
pub(crate) fn accepts_json(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(ACCEPT).filter_map(|line| line.to_str().ok());
    let ranges = lines.flat_map(|line| line.split(',')).filter_map(MediaRange::parse).collect::<Vec<_>>();
    let decisive = ranges.iter().filter_map(|range| Some((range.specificity()?, range.is_wanted())));
    ranges.is_empty() || decisive.min_by_key(|(specificity, _)| Reverse(*specificity)).is_some_and(|(_, wanted)| wanted)
}

/// One element of an `Accept` header.
struct MediaRange<'a> {
    kind: &'a str,
    subtype: &'a str,
    thousandths: u16,
}

impl<'a> MediaRange<'a> {
    /// Reads an element; `None` where it is none. Parameters of the type (`; charset=utf-8`, `; indent=2`) don't
    /// narrow it, since every JSON fulfils them.
    fn parse(element: &'a str) -> Option<Self> {
        let mut parts = element.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let is_token = |text: &str| !text.is_empty() && text.bytes().all(is_token_byte);
        if !is_token(kind) || !is_token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let weight = parts.filter_map(|parameter| parameter.split_once('='));
        let weight = weight.into_iter().find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        let thousandths = weight.map_or(Some(1000), |(_, value)| thousandths(value.trim()))?;
        Some(Self { kind, subtype, thousandths })
    }

    /// How closely the range describes `application/json`; `None` where it does not cover it.
    fn specificity(&self) -> Option<u8> {
        let covers = |pattern: &str, word: &str| pattern.eq_ignore_ascii_case(word);
        match (self.kind, self.subtype) {
            ("*", "*") => Some(0),
            (kind, "*") if covers(kind, "application") => Some(1),
            (kind, subtype) if covers(kind, "application") && covers(subtype, "json") => Some(2),
            _ => None,
        }
    }

    const fn is_wanted(&self) -> bool {
        self.thousandths > 0
    }
}

/// A weight of 0 to 1 with at most three digits after the point, in thousandths.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{whole}{fraction:0<3}").parse().ok()?;
    (thousandths <= 1000).then_some(thousandths)
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
    }
}
