//! A day without its year, as files of banks have it.

use std::fmt;

use jiff::civil::Date;

/// A day of some year; 29 February is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MonthDay {
    month: u8,
    day: u8,
}

impl MonthDay {
    /// `None` if no year has such a day.
    pub const fn try_new(month: u8, day: u8) -> Option<Self> {
        let days = match month {
            2 => 29,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        if day >= 1 && day <= days { Some(Self { month, day }) } else { None }
    }

    /// The day of a date.
    pub fn of(date: Date) -> Self {
        Self { month: date.month().unsigned_abs(), day: date.day().unsigned_abs() }
    }

    /// 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// The day in a year; `None` for 29 February of a common year.
    pub fn in_year(self, year: i16) -> Option<Date> {
        Date::new(year, i8::try_from(self.month).ok()?, i8::try_from(self.day).ok()?).ok()
    }
}

/// As files have it: `0104` is 4 January.
impl fmt::Display for MonthDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:02}", self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_days_of_a_leap_year_exist() {
        let mut days = 0;
        for month in 0..=255 {
            for day in 0..=255 {
                let Some(found) = MonthDay::try_new(month, day) else { continue };
                let date = found.in_year(2028).unwrap();
                assert_eq!(MonthDay::of(date), found);
                assert_eq!(found.to_string(), date.strftime("%m%d").to_string());
                days += 1;
            }
        }
        assert_eq!(days, 366);
        assert_eq!(MonthDay::try_new(2, 29).unwrap().in_year(2027), None);
    }
}
