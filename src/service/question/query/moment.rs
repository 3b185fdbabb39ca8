//! Parses the moments in a query string: ISO 8601 -> `Timestamp`.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Weekday};

use crate::model::Timestamp;

/// Parses a date, or a date and a time with `T` or spaces between them.
///
/// - Minutes, seconds, their fraction and the offset are optional.
/// - A moment without an offset is in UTC. A date alone is its midnight.
/// - The basic format (`20260131T2359Z`) and week dates (`2026-W05-6`) are accepted too.
/// - Digits below the microsecond are cut off.
/// - A space directly before the digits of an offset is read as `+`: the client sent a `+` without escaping it.
///
/// Source: ISO 8601-1:2019, sections 5.2 (dates), 5.3 (times) and 5.4 (both).
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let mut rest = Cursor(text.as_bytes());
    let date = date(&mut rest)?;
    let (time, offset) = match rest.next() {
        None => (NaiveTime::MIN, TimeDelta::zero()),
        Some(separator @ (b'T' | b' ')) => {
            while separator == b' ' && rest.eat(b' ') {}
            (time(&mut rest)?, offset(&mut rest)?)
        }
        Some(_) => return None,
    };
    let local = NaiveDateTime::new(date, time);
    rest.0.is_empty().then_some(())?;
    Some(Timestamp::from_micros(local.and_utc().timestamp_micros().checked_sub(offset.num_microseconds()?)?))
}

/// Parses `2026-01-31`, `20260131`, `2026-W05-6` or `2026W056`. A week without a day is its Monday.
fn date(rest: &mut Cursor<'_>) -> Option<NaiveDate> {
    let year = i32::try_from(rest.digits(4)?).ok().filter(|year| *year > 0)?;
    let extended = rest.eat(b'-');
    if rest.eat(b'W') {
        let week = rest.digits(2)?;
        let has_day = if extended { rest.eat(b'-') } else { rest.0.first().is_some_and(u8::is_ascii_digit) };
        let day = if has_day { rest.digits(1)? } else { 1 };
        let weekday = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
        return NaiveDate::from_isoywd_opt(year, week, weekday);
    }
    let month = rest.digits(2)?;
    if extended && !rest.eat(b'-') {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, rest.digits(2)?)
}

/// Parses `23:59:58.123456`, `235958.123456`, `23:59`, `2359` or `23`. A comma may replace the point. Only seconds may
/// have a fraction, not hours or minutes.
fn time(rest: &mut Cursor<'_>) -> Option<NaiveTime> {
    let hour = rest.digits(2)?;
    let (minute, second) = minute_and_second(rest)?;
    let has_fraction = second.is_some() && (rest.eat(b'.') || rest.eat(b','));
    let micros = if has_fraction { rest.fraction()? } else { 0 };
    NaiveTime::from_hms_micro_opt(hour, minute, second.unwrap_or(0), micros)
}

/// Parses `Z`, `+01:00`, `+0100` or `+01`, or nothing, which is UTC. The sign may be a minus, seconds may follow, and a
/// space may precede the offset. The offset must be less than a day.
fn offset(rest: &mut Cursor<'_>) -> Option<TimeDelta> {
    let spaced = rest.eat(b' ');
    let sign = match rest.0.first() {
        None => return (!spaced).then(TimeDelta::zero),
        Some(b'Z') => return rest.eat(b'Z').then(TimeDelta::zero),
        Some(b'-') if rest.eat(b'-') => -1,
        Some(b'+') if rest.eat(b'+') => 1,
        Some(digit) if spaced && digit.is_ascii_digit() => 1,
        Some(_) => return None,
    };
    let hours = rest.digits(2)?;
    let (minutes, seconds) = minute_and_second(rest)?;
    let seconds = seconds.unwrap_or(0);
    let in_range = hours < 24 && minutes < 60 && seconds < 60;
    in_range.then(|| TimeDelta::seconds(sign * i64::from((hours * 60 + minutes) * 60 + seconds)))
}

/// Parses the part after an hour, with or without colons: a minute and a second, a minute, or nothing.
fn minute_and_second(rest: &mut Cursor<'_>) -> Option<(u32, Option<u32>)> {
    let extended = rest.eat(b':');
    let follows = |rest: &Cursor<'_>| rest.0.first().is_some_and(u8::is_ascii_digit);
    if !extended && !follows(rest) {
        return Some((0, None));
    }
    let minute = rest.digits(2)?;
    let has_second = if extended { rest.eat(b':') } else { follows(rest) };
    Some((minute, if has_second { Some(rest.digits(2)?) } else { None }))
}

/// The rest of the text to parse.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.0.first() == Some(&byte);
        if is_next {
            self.0 = &self.0[1..];
        }
        is_next
    }

    /// Parses exactly `count` digits as a number.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        digits.iter().all(u8::is_ascii_digit).then_some(())?;
        self.0 = rest;
        Some(digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    /// Parses one or more digits after the point, and returns microseconds.
    fn fraction(&mut self) -> Option<u32> {
        let length = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        let digit = |at: usize| digits.get(at).map_or(0, |digit| u32::from(digit - b'0'));
        (length > 0).then(|| (0..6).fold(0, |micros, at| micros * 10 + digit(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        parse(text).map(|moment| moment.to_string())
    }

    #[test]
    fn dates_and_times_are_iso_8601() {
        for text in [
            "2026-01-31T12:30:00Z",
            "2026-01-31T12:30Z",
            "2026-01-31 12:30 Z",
            "2026-01-31 12:30:00",
            "2026-01-31  12:30:00",
            "2026-01-31T12:30:00.000000999",
            "2026-01-31T12:30:00,0",
            "2026-01-31T14:30:00+02:00",
            "2026-01-31T14:30:00 02:00",
            "2026-01-31T14:30:00+0200",
            "2026-01-31T14:30+02",
            "2026-01-31T07:00:00-05:30",
            "20260131T123000Z",
            "20260131T1230",
            "2026-W05-6T12:30",
            "2026W056T1230",
        ] {
            assert_eq!(shown(text).as_deref(), Some("2026-01-31T12:30:00.000000Z"), "{text}");
        }
        assert_eq!(shown("2026-01-31").as_deref(), Some("2026-01-31T00:00:00.000000Z"));
        assert_eq!(shown("2026-01-31T12").as_deref(), Some("2026-01-31T12:00:00.000000Z"));
        assert_eq!(shown("2026-W05").as_deref(), Some("2026-01-26T00:00:00.000000Z"));
        assert_eq!(shown("0001-01-01T00:00:00+14:00").as_deref(), Some("0000-12-31T10:00:00.000000Z"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "x",
            "2026",
            "2026-01",
            "2026-1-1",
            "2026-02-30",
            "2026-0131",
            "01/31/2026",
            "31.01.2026",
            "2026-01-31t12:30",
            "2026-01-31T12:30z",
            "2026-01-31T24:00",
            "2026-01-31T25:00",
            "2016-12-31T23:59:60Z",
            "2026-01-31T12:30:00+99:00",
            "2026-01-31T12:30:00.",
            "2026-01-31T12.5",
            "2026-01-31T12:30.5",
            "2026-01-31T1230,5",
            "2026-01-31T12:30:00Zx",
            "-2026-01-31",
            "0000-01-01",
            "10000-01-01",
            "1767225600",
            "12:30:00",
            "2026-01-31T",
            "２０２６-01-31",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
