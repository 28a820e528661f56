//! A month of a cell's own calendar.

use std::fmt;
use std::str::FromStr;

use kernel::{Span, Timestamp};

/// A month of the Gregorian calendar, counted from January of the year 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub u32);

/// A text that is no month as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a month is written as 2026-11")]
pub struct NotAMonth;

impl Month {
    /// The month of a year; `month` is 1 to 12.
    pub const fn of(year: u32, month: u32) -> Self {
        Self(year * 12 + month - 1)
    }

    /// The month of a day, as days since 1970.
    pub const fn of_day(day: u32) -> Self {
        let date = Timestamp::from_seconds(day as u64 * 86_400).date(Span(0));
        Self::of(date / 10_000, date / 100 % 100)
    }

    /// The year.
    pub const fn year(self) -> u32 {
        self.0 / 12
    }

    /// The month of the year, 1 to 12.
    pub const fn month(self) -> u32 {
        self.0 % 12 + 1
    }

    /// The month so many months later.
    #[must_use]
    pub const fn plus(self, months: u32) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// The month so many months earlier; never before the first.
    #[must_use]
    pub const fn minus(self, months: u32) -> Self {
        Self(self.0.saturating_sub(months))
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl FromStr for Month {
    type Err = NotAMonth;

    fn from_str(text: &str) -> Result<Self, NotAMonth> {
        let (year, month) = text.split_once('-').ok_or(NotAMonth)?;
        let number = |text: &str, digits: usize| {
            let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| text.parse::<u32>().ok()).flatten().ok_or(NotAMonth)
        };
        match (number(year, 4)?, number(month, 2)?) {
            (year, month) if year >= 1970 && (1..=12).contains(&month) => Ok(Self::of(year, month)),
            _ => Err(NotAMonth),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_read_as_it_is_written() {
        for text in ["1970-01", "2026-12", "9999-09"] {
            assert_eq!(text.parse::<Month>().unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-13", "2026-00", "26-01", "2026-1", "+026-01", "1969-12"] {
            assert_eq!(text.parse::<Month>(), Err(NotAMonth), "{text}");
        }
        // 31 October and 1 November 2026.
        assert_eq!(Month::of_day(20_757), Month::of(2026, 10));
        assert_eq!(Month::of_day(20_758), Month::of(2026, 11));
        assert_eq!(Month::of(2026, 12).plus(1), Month::of(2027, 1));
        assert_eq!(Month::of(2026, 1).minus(1), Month::of(2025, 12));
    }
}
