//! Times in UTC with microseconds, as stores keep them and the HTTP API shows them.

use std::{
    fmt,
    ops::Add,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, in whole microseconds since the Unix epoch (UTC).
///
/// Every store keeps times at this precision, so a time is read back exactly as it was written, on every database. It
/// is displayed and serialised in the form of RFC 3339 with six fractional digits and `Z`, and parsed from RFC 3339. It
/// converts from and to the types of chrono and of the standard library.
///
/// ```
/// use std::time::SystemTime;
/// use actix_messages::Timestamp;
///
/// let moment = Timestamp::from_micros(1_767_225_600_000_001);
/// assert_eq!(moment.to_string(), "2026-01-01T00:00:00.000001Z");
/// assert_eq!("2026-01-01T01:00:00.000001+01:00".parse(), Ok(moment));
/// assert_eq!(moment.to_system_time().map(Timestamp::from), Some(moment));
/// ```
///
/// Source: [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Creates a timestamp from the number of microseconds since the Unix epoch. A negative number is a time before the
    /// epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the current time of the system clock.
    #[must_use]
    pub fn now() -> Self {
        Utc::now().into()
    }

    /// Returns the number of microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the same time as a type of chrono. If chrono can't express it (beyond the year 262,000), returns the
    /// earliest or the latest time of chrono.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or(if self.0 < 0 {
            DateTime::<Utc>::MIN_UTC
        } else {
            DateTime::<Utc>::MAX_UTC
        })
    }

    /// Returns the same time as a type of the standard library, or `None` if the platform can't express it.
    #[must_use]
    pub fn to_system_time(self) -> Option<SystemTime> {
        let distance = Duration::from_micros(self.0.unsigned_abs());
        if self.0 < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
    }

    fn to_text(self) -> String {
        self.to_datetime().to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Returns the moment that is this much later, or the latest possible one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use actix_messages::Timestamp;
    ///
    /// let moment = Timestamp::from_micros(1);
    /// assert_eq!(moment + Duration::from_secs(1), Timestamp::from_micros(1_000_001));
    /// assert_eq!(moment + Duration::MAX, Timestamp::from_micros(i64::MAX));
    /// ```
    fn add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }
}

impl From<SystemTime> for Timestamp {
    /// Rounds down to whole microseconds. A time that does not fit becomes the earliest or the latest timestamp.
    fn from(moment: SystemTime) -> Self {
        Self(match moment.duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_micros()).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration().as_nanos().div_ceil(1000);
                i64::try_from(before).map_or(i64::MIN, |before| -before)
            }
        })
    }
}

/// Parses a date and time in the form of RFC 3339, with any offset.
impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        text.parse::<DateTime<Utc>>().map(Self::from).map_err(|_| InvalidTimestamp)
    }
}

/// The error for a text that is not a date and time in the form of RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("invalid time: expected the form 2026-01-01T00:00:00.000001Z (RFC 3339)")]
pub struct InvalidTimestamp;

impl<Tz: chrono::TimeZone> From<DateTime<Tz>> for Timestamp {
    /// Rounds down to whole microseconds.
    fn from(moment: DateTime<Tz>) -> Self {
        Self(moment.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_serialised_is_read_back() {
        for micros in [0, -1, 1_767_225_600_000_001, -62_135_596_801_000_000, 9_007_199_254_740_991, i64::MAX / 2] {
            let moment = Timestamp::from_micros(micros);
            let text = serde_json::to_string(&moment).unwrap();
            assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), moment, "{text}");
        }
        assert!(serde_json::from_str::<Timestamp>("\"yesterday\"").is_err());
    }

    #[test]
    fn a_moment_is_the_same_in_the_terms_of_the_standard_library() {
        for micros in [0, 1, -1, 1_767_225_600_000_001, -62_135_596_801_000_000, i64::MAX / 1000] {
            let moment = Timestamp::from_micros(micros);
            assert_eq!(Timestamp::from(moment.to_system_time().unwrap()), moment, "{moment}");
        }
        let before = UNIX_EPOCH - Duration::from_nanos(1);
        assert_eq!(Timestamp::from(before), Timestamp::from(DateTime::<Utc>::from(before)));
    }

    #[test]
    fn a_moment_that_chrono_cannot_express_is_its_earliest_or_latest() {
        assert_eq!(Timestamp::from_micros(i64::MAX).to_datetime(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(Timestamp::from_micros(i64::MIN).to_datetime(), DateTime::<Utc>::MIN_UTC);
    }
}
