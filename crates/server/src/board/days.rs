//! Days of a cell, as views count them (days since 1970) and as people write them.

use jiff::ToSpan;
use jiff::civil::{Date, date};
use kernel::Timestamp;

use crate::api::values::Day;
use crate::bank_files::{date_of, number_of};

const MICROS: u64 = 86_400_000_000;

/// The date of a day.
pub fn civil(day: u32) -> Date {
    date(1970, 1, 1).checked_add(i64::from(day).days()).unwrap_or(Date::MAX)
}

/// The day of a date; none before 1970.
pub fn of_date(date_of: Date) -> Option<u32> {
    let since = date(1970, 1, 1).until(date_of).ok()?;
    u32::try_from(since.get_days()).ok()
}

/// A day as the API writes it.
pub fn written(day: u32) -> Day {
    Day(number_of(civil(day)))
}

/// The day of what the API read.
pub fn read(Day(day): Day) -> Option<u32> {
    of_date(date_of(day)?)
}

/// When a day begins, `offset` minutes east of UTC.
pub fn begins(day: u32, offset: u32) -> Timestamp {
    let local = u64::from(day) * MICROS;
    Timestamp(local.saturating_sub(u64::from(offset) * 60_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_read_back() {
        for day in [0, 59, 10_957, 20_779] {
            assert_eq!(read(written(day)), Some(day));
        }
        assert_eq!(written(20_758).to_string(), "2026-11-01");
        assert_eq!(begins(1, 540), Timestamp(15 * 3_600_000_000));
        assert_eq!(of_date(date(1969, 12, 31)), None);
    }
}
