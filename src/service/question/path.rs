//! Paths: the segment that names a message -> its id.

use crate::model::MessageId;

/// The last segment of a path, as an id.
pub(crate) enum PathId {
    Possible(MessageId),
    /// A number that no id has.
    BeyondAny,
}

impl PathId {
    /// Reads the one spelling of a number: ASCII digits without leading zeros, a minus allowed.
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
