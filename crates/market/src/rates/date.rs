//! A calendar day, in the two ways that the bank writes it.

use std::fmt;

/// A day of the Gregorian calendar between 1999, when the euro began, and 9999. Sorts by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Date {
    /// `None` if there is no such day, or it is not between 1999 and 9999.
    pub fn try_new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap =
            year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            1..=12 => 31,
            _ => return None,
        };
        let exists = (1999..=9999).contains(&year) && (1..=days).contains(&day);
        exists.then_some(Self { year, month, day })
    }

    /// Reads `2026-10-30` (ISO 8601).
    pub fn from_iso(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let is_whole = parts.next().is_none() && [year.len(), month.len(), day.len()] == [4, 2, 2];
        if is_whole { Self::try_new(number(year)?, small(month)?, small(day)?) } else { None }
    }

    /// Reads `30 October 2026`, as the bank's file of one day has it.
    pub fn from_english(text: &str) -> Option<Self> {
        let mut parts = text.split(' ');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        let month = 1 + MONTHS.iter().position(|name| *name == month)?;
        let is_whole = parts.next().is_none() && year.len() == 4 && day.len() <= 2;
        if is_whole {
            Self::try_new(number(year)?, u8::try_from(month).ok()?, small(day)?)
        } else {
            None
        }
    }

    /// The year, 1999 to 9999.
    pub const fn year(self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 1 January 1970: to tell how old a rate is.
    pub fn days_since_1970(self) -> u32 {
        // Years that begin in March end with the leap day, and months then come in blocks of 153
        // days: Howard Hinnant, "chrono-compatible low-level date algorithms", days_from_civil.
        let (year, month) = (u32::from(self.year), u32::from(self.month));
        let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let day_of_year = (153 * month + 2) / 5 + u32::from(self.day) - 1;
        year * 365 + year / 4 - year / 100 + year / 400 + day_of_year - 719_468
    }
}

fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn small(text: &str) -> Option<u8> {
    u8::try_from(number(text)?).ok()
}

/// ISO 8601: `2026-10-30`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_the_same_day() {
        for (iso, english) in [
            ("2026-10-30", "30 October 2026"),
            ("2024-02-29", "29 February 2024"),
            ("2000-02-29", "29 February 2000"),
            ("2026-01-01", "1 January 2026"),
            ("2026-01-01", "01 January 2026"),
        ] {
            let day = Date::from_iso(iso).unwrap();
            assert_eq!(Date::from_english(english), Some(day));
            assert_eq!(day.to_string(), iso);
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2026-02-29",
            "2100-02-29",
            "2026-04-31",
            "2026-00-10",
            "2026-13-01",
            "2026-01-00",
            "1998-12-31",
            "26-10-30",
            "2026-1-1",
            "2026-10-30-1",
            "2026-10",
            "+026-10-30",
            "",
            "2026/10/30",
            "２０２６-10-30",
        ] {
            assert_eq!(Date::from_iso(text), None, "{text}");
        }
        for text in ["30 Oktober 2026", "31 April 2026", "October 30 2026", "30  October 2026", ""]
        {
            assert_eq!(Date::from_english(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_counted_over_leap_years_and_centuries() {
        let days = |iso| Date::from_iso(iso).unwrap().days_since_1970();
        assert_eq!(days("1999-01-04"), 10_595);
        assert_eq!(days("2026-10-30"), 20_756);
        let mut previous = days("1999-01-01");
        for year in 1999..2110 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let Some(date) = Date::try_new(year, month, day) else { continue };
                    assert!(date.days_since_1970() == previous, "{date}");
                    previous += 1;
                }
            }
        }
    }
}
