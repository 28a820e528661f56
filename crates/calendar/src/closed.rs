//! Whether a day counts, and which is the next that does.

use std::fmt;

use jiff::civil::{Date, Weekday};

use crate::data::{Entry, Years};
use crate::{Country, Holiday, Holidays, MonthDay};

/// Why a day does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed<'a> {
    /// A holiday, by its names.
    Holiday(&'a Holiday),
    /// 31 December to 3 January, when Japan's banks are closed.
    YearEnd,
    /// A Saturday or Sunday.
    Weekend,
}

/// A day outside of the years of the data: nothing is known about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the calendar of {country} has the years {first} to {last} and says nothing about {year}: \
     install a version of Enishi with newer holidays, or make them with `cargo xtask holidays`"
)]
pub struct OutOfData {
    /// Whose calendar.
    pub country: Country,
    /// The first year that is known.
    pub first: i16,
    /// The last year that is known.
    pub last: i16,
    /// The year that was asked for.
    pub year: i16,
}

/// Why a day without its year is not the date of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferDateError {
    /// 29 February, where the nearest leap year is more than half a year away.
    #[error("there is no 29 February within half a year of {near}")]
    NoLeapDay {
        /// The day by which the year was looked for.
        near: Date,
    },
    /// Banks are closed on that day.
    #[error("{date} is no banking day in Japan: {why}")]
    Closed {
        /// The day, with the year that it must have.
        date: Date,
        /// The holiday's name, or what else it is.
        why: String,
    },
    /// Nothing is known about that year.
    #[error(transparent)]
    OutOfData(#[from] OutOfData),
}

impl Holidays {
    /// Why a day does not count; `None` if it does: if Japan's banks, or China's offices, work.
    ///
    /// # Errors
    /// If the data have not the day's year.
    pub fn closed(&self, country: Country, date: Date) -> Result<Option<Closed<'_>>, OutOfData> {
        let Years { first, last, ref days, .. } = *self.of(country);
        let year = date.year();
        if !(first..=last).contains(&year) {
            return Err(OutOfData { country, first, last, year });
        }
        Ok(match days.get(&date) {
            Some(Entry::Holiday(holiday)) => Some(Closed::Holiday(holiday)),
            Some(Entry::Workday) => None,
            None if country == Country::Japan && is_year_end(date) => Some(Closed::YearEnd),
            None if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) => {
                Some(Closed::Weekend)
            }
            None => None,
        })
    }

    /// The first day after `after` on which Japan's banks move money.
    ///
    /// # Errors
    /// If the data end before such a day.
    pub fn next_banking_day(&self, after: Date) -> Result<Date, OutOfData> {
        self.next_open_day(Country::Japan, after)
    }

    /// The first day after `after` that counts in a country.
    ///
    /// # Errors
    /// If the data end before such a day.
    pub fn next_open_day(&self, country: Country, after: Date) -> Result<Date, OutOfData> {
        let mut date = after;
        loop {
            // There is no day after the last of the year 9999, of which there are no data.
            date = date.tomorrow().unwrap_or(date);
            if self.closed(country, date)?.is_none() {
                return Ok(date);
            }
        }
    }

    /// The date that a bank's file means by a day without its year: the nearest to `near`, the day
    /// on which the file was made. A file made on 30 December for `0104` is of the next year, one
    /// that is read some days late is of the past.
    ///
    /// # Errors
    /// If Japan's banks move no money on that day, or nothing is known about it.
    pub fn transfer_date(
        &self,
        month_day: MonthDay,
        near: Date,
    ) -> Result<Date, TransferDateError> {
        let days_away = |date: &Date| date.duration_since(near).as_hours().unsigned_abs() / 24;
        let year = near.year();
        let nearest = [year + 1, year, year - 1]
            .into_iter()
            .filter_map(|year| month_day.in_year(year))
            .min_by_key(days_away);
        // Any other day comes every year, so that one is never more than 183 days away.
        let date = nearest
            .filter(|date| days_away(date) <= 183)
            .ok_or(TransferDateError::NoLeapDay { near })?;
        match self.closed(Country::Japan, date)? {
            None => Ok(date),
            Some(why) => Err(TransferDateError::Closed { date, why: why.to_string() }),
        }
    }
}

fn is_year_end(date: Date) -> bool {
    matches!((date.month(), date.day()), (12, 31) | (1, 1..=3))
}

/// In the words of its country where it is a holiday: `振替休日`.
impl fmt::Display for Closed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Holiday(holiday) => f.pad(&holiday.name),
            Self::YearEnd => f.pad("31 December to 3 January"),
            Self::Weekend => f.pad("a weekend"),
        }
    }
}
