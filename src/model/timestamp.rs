//! Moments: microseconds since the Unix epoch, in UTC, as stores keep them and as the wire shows them.

use std::{fmt, str};

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A moment, in whole microseconds since the Unix epoch (UTC).
///
/// Every store keeps times at this precision, so that a time read back equals the time written, whatever the
/// database. It is shown and serialised as RFC 3339 with six digits and `Z`, and read back
/// from that.
///
/// ```
/// use actix_messages::Timestamp;
///
/// let moment = Timestamp::from_micros(1_767_225_600_000_001);
/// assert_eq!(moment.to_string(), "2026-01-01T00:00:00.000001Z");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment so many microseconds after (or, where negative, before) the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Now, by the system's clock.
    #[must_use]
    pub fn now() -> Self {
        Utc::now().into()
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The same moment in chrono's terms. A moment that chrono can't express (beyond the year 262,000) is its
    /// earliest or latest one.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Hands over the text: a list has twenty of them, and chrono's formatter, which makes any text, takes several times as
    /// long as this one.
    fn with_text<T>(self, use_text: impl FnOnce(&str) -> T) -> T {
        let moment = self.to_datetime();
        let (Ok(year @ 0..=9999), date, time) = (u32::try_from(moment.year()), moment.date_naive(), moment.time())
        else {
            return use_text(&moment.to_rfc3339_opts(SecondsFormat::Micros, true));
        };
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        for (at, digits, number) in [
            (0, 4, year),
            (5, 2, date.month()),
            (8, 2, date.day()),
            (11, 2, time.hour()),
            (14, 2, time.minute()),
            (17, 2, time.second()),
            (20, 6, time.nanosecond() / 1000),
        ] {
            let mut rest = number;
            for digit in text[at..at + digits].iter_mut().rev() {
                *digit = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
        }
        use_text(str::from_utf8(&text).unwrap_or_default())
    }
}

impl<Tz: chrono::TimeZone> From<DateTime<Tz>> for Timestamp {
    /// Digits below the microsecond are cut off.
    fn from(moment: DateTime<Tz>) -> Self {
        Self(moment.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.with_text(|text| f.write_str(text))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.with_text(|text| serializer.serialize_str(text))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse::<DateTime<Utc>>().map(Self::from).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_as_chrono_shows_it() {
        let years = (-2..12_000).map(|year| (year - 1970) * 31_556_952_123_456 + 7_654_321);
        for micros in years.chain([i64::MIN, -1, 0, 1, 951_782_399_999_999, 951_782_400_000_000, i64::MAX]) {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(moment.to_string(), moment.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true));
        }
    }

    #[test]
    fn what_was_serialised_is_read_back() {
        for micros in [0, -1, 1_767_225_600_000_001, -62_135_596_801_000_000, 9_007_199_254_740_991, i64::MAX / 2] {
            let moment = Timestamp::from_micros(micros);
            let text = serde_json::to_string(&moment).unwrap();
            assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), moment, "{text}");
        }
        assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
    }
}
