//! Parses the path segment that identifies a message.

use crate::model::MessageId;

/// The id of a message in a path.
pub(crate) enum PathId {
    Possible(MessageId),
    /// A number that is too large or too small for an id.
    BeyondAny,
}

impl PathId {
    /// Parses a number in its only accepted form: ASCII digits without leading zeros, with an optional minus.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_canonical = match digits.as_bytes() {
            [b'0'] => true,
            [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        is_canonical.then(|| text.parse().map_or(Self::BeyondAny, |id| Self::Possible(MessageId::new(id))))
    }
}
