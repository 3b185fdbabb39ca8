//! A year, a month or a day -> its range of time, and the periods around and within it.

use std::fmt;

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};

use crate::{
    model::{TimeRange, Timestamp},
    texts::{Phrase, Text, Texts},
};

/// The full and the short name of each month.
const MONTHS: [[Text; 2]; 12] = [
    [Text::January, Text::ShortJanuary],
    [Text::February, Text::ShortFebruary],
    [Text::March, Text::ShortMarch],
    [Text::April, Text::ShortApril],
    [Text::May, Text::ShortMay],
    [Text::June, Text::ShortJune],
    [Text::July, Text::ShortJuly],
    [Text::August, Text::ShortAugust],
    [Text::September, Text::ShortSeptember],
    [Text::October, Text::ShortOctober],
    [Text::November, Text::ShortNovember],
    [Text::December, Text::ShortDecember],
];

/// A part of the calendar, in UTC: `2026`, `2026-11` or `2026-11-24`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    Year(NaiveDate),
    Month(NaiveDate),
    Day(NaiveDate),
}

impl Period {
    /// Parses a period. Each period has exactly one spelling.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let mut number = |digits: usize| match parts.next() {
            None => Some(None),
            Some(part) if part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(part.parse::<u32>().ok())
            }
            Some(_) => None,
        };
        let (year, month, day) = (number(4)??, number(2)?, number(2)?);
        let year = i32::try_from(year).ok().filter(|year| *year > 0)?;
        let start = NaiveDate::from_ymd_opt(year, month.unwrap_or(1), day.unwrap_or(1))?;
        match (month, day, parts.next()) {
            (None, None, None) => Some(Self::Year(start)),
            (Some(_), None, None) => Some(Self::Month(start)),
            (Some(_), Some(_), None) => Some(Self::Day(start)),
            _ => None,
        }
    }

    /// Returns the range from the first microsecond to the last, both included.
    pub(crate) fn range(self) -> TimeRange {
        let midnight = |date: NaiveDate| Timestamp::from(date.and_time(NaiveTime::MIN).and_utc());
        let before = |next: NaiveDate| Timestamp::from_micros(midnight(next).as_micros() - 1);
        TimeRange { after: Some(midnight(self.start())), before: self.next().map(before) }
    }

    /// Returns the larger periods that contain this one, the largest first.
    pub(crate) fn around(self) -> Vec<Self> {
        let (year, month) = (Self::Year(self.start()), Self::Month(self.start()));
        match self {
            Self::Year(_) => vec![],
            Self::Month(_) => vec![year],
            Self::Day(_) => vec![year, month],
        }
    }

    /// Returns the months of a year, or the days of a month.
    pub(crate) fn within(self) -> Vec<Self> {
        let next = self.next().unwrap_or(NaiveDate::MAX);
        match self {
            Self::Year(start) => (1..=12).filter_map(|month| start.with_month(month)).map(Self::Month).collect(),
            Self::Month(start) => start.iter_days().take_while(|day| *day < next).map(Self::Day).collect(),
            Self::Day(_) => vec![],
        }
    }

    /// Returns the periods to offer if none is chosen: today, this month, this year and last year.
    pub(crate) fn recent(now: Timestamp) -> Vec<Self> {
        let today = now.to_datetime().date_naive();
        let last_year = today.with_day(1).and_then(|day| day.checked_sub_months(Months::new(12)));
        let recent =
            [Some(Self::Day(today)), Some(Self::Month(today)), Some(Self::Year(today)), last_year.map(Self::Year)];
        recent.into_iter().flatten().collect()
    }

    /// Returns the full name: `24 November 2026`.
    pub(crate) fn title(self, texts: &Texts) -> String {
        let start = self.start();
        let text = match self {
            Self::Year(_) => return start.year().to_string(),
            Self::Month(_) => Text::AdminMonth,
            Self::Day(_) => Text::AdminDay,
        };
        let [month, _] = month_names(start, texts);
        Phrase::from(text)
            .with("day", start.day())
            .with("month", month)
            .with("year", format_args!("{:04}", start.year()))
            .in_texts(texts)
    }

    /// Returns the short name for a row of such periods: `2026`, `Nov` or `24`.
    pub(crate) fn short_title(self, texts: &Texts) -> String {
        match self {
            Self::Year(start) => start.year().to_string(),
            Self::Month(start) => month_names(start, texts)[1].to_owned(),
            Self::Day(start) => start.day().to_string(),
        }
    }

    fn start(self) -> NaiveDate {
        match self {
            Self::Year(start) | Self::Month(start) | Self::Day(start) => start,
        }
    }

    /// Returns the start of the next period.
    fn next(self) -> Option<NaiveDate> {
        match self {
            Self::Year(start) => start.with_day(1)?.with_month(1)?.checked_add_months(Months::new(12)),
            Self::Month(start) => start.with_day(1)?.checked_add_months(Months::new(1)),
            Self::Day(start) => start.checked_add_days(Days::new(1)),
        }
    }
}

/// Returns the full and the short name of the month.
fn month_names(date: NaiveDate, texts: &Texts) -> [&str; 2] {
    MONTHS[date.month0() as usize].map(|name| texts.get(name))
}

impl fmt::Display for Period {
    /// Writes the spelling that [`Period::parse`] reads.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start();
        match self {
            Self::Year(_) => write!(f, "{:04}", start.year()),
            Self::Month(_) => write!(f, "{}", start.format("%Y-%m")),
            Self::Day(_) => write!(f, "{}", start.format("%Y-%m-%d")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(text: &str) -> [String; 2] {
        let TimeRange { after, before } = Period::parse(text).unwrap().range();
        [after, before].map(|end| end.unwrap().to_string())
    }

    #[test]
    fn a_period_is_from_its_first_moment_to_its_last() {
        assert_eq!(ends("2026"), ["2026-01-01T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"]);
        assert_eq!(ends("2024-02"), ["2024-02-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z"]);
        assert_eq!(ends("2026-12-31"), ["2026-12-31T00:00:00.000000Z", "2026-12-31T23:59:59.999999Z"]);
    }

    #[test]
    fn a_period_is_read_back() {
        for text in ["2026", "0001", "2026-11", "2026-11-24"] {
            let period = Period::parse(text).unwrap();
            assert_eq!(period.to_string(), text);
            assert!(
                period.around().into_iter().chain(period.within()).all(|one| Period::parse(&one.to_string()).is_some())
            );
        }
    }

    #[test]
    fn a_period_is_named_in_the_texts() {
        let german = Texts::default().with(Text::AdminDay, "{day}. {month} {year}").with(Text::May, "Mai");
        let titles = |text: &str, texts: &Texts| {
            let period = Period::parse(text).unwrap();
            [period.title(texts), period.short_title(texts)]
        };
        let english = Texts::default();
        assert_eq!(titles("2026-11-04", &english), ["4 November 2026", "4"]);
        assert_eq!(titles("2026-12", &english), ["December 2026", "Dec"]);
        assert_eq!(titles("0976-01", &english), ["January 0976", "Jan"]);
        assert_eq!(titles("2026", &english), ["2026", "2026"]);
        assert_eq!(titles("2026-05-01", &german), ["1. Mai 2026", "1"]);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for text in ["", "26", "0000", "2026-13", "2026-1", "2026-11-31", "2026-11-24-1", "2026-", "-2026", "+026"] {
            assert_eq!(Period::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_recent_periods_are_those_around_now() {
        let now = Period::parse("2024-02-29").unwrap().range().after.unwrap();
        let recent = Period::recent(now).into_iter().map(|period| period.to_string()).collect::<Vec<_>>();
        assert_eq!(recent, ["2024-02-29", "2024-02", "2024", "2023"]);
    }
}
