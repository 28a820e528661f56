//! On which days banks and offices are closed: the holidays of Japan and China, as dated data.
//!
//! The money of a shop moves on a *banking day*. Nobody can calculate those for long: the days of
//! the equinoxes are proclaimed a year ahead, China shifts weekends by decree each November, and
//! parliaments move holidays. So this crate brings a list, which says where it comes from, which
//! years it covers and how far they have been proclaimed, and refuses to say anything about any
//! other year. `cargo xtask holidays` makes a new one; `data/README.md` says how.
//!
//! ```
//! use calendar::{Country, Date, MonthDay, shipped};
//!
//! // A file that is made in the night of 30 December 2026 moves money on 4 January.
//! let night = Date::constant(2026, 12, 30);
//! let day = shipped().next_banking_day(night).unwrap();
//! assert_eq!(day, Date::constant(2027, 1, 4));
//!
//! // A bank's file says the day without its year.
//! let written = MonthDay::of(day);
//! assert_eq!(shipped().transfer_date(written, night), Ok(day));
//!
//! let closed = shipped().closed(Country::Japan, Date::constant(2026, 5, 6)).unwrap();
//! assert_eq!(closed.unwrap().to_string(), "振替休日");
//!
//! let error = shipped().next_banking_day(Date::constant(2099, 1, 1)).unwrap_err();
//! assert!(error.to_string().contains("has the years 2015 to"));
//! ```
//!
//! Sources: Japan's banks are closed on Saturdays, Sundays, the holidays of the Act on National
//! Holidays (with its substitute days), and from 31 December to 3 January: 銀行法施行令 article 5.
//! China's offices work as the State Council's yearly notice says, also on some weekends.
//!
//! **Invariants**
//! - About a day outside of the data's years there is an error, never a guess.
//! - Each day is there at most once a country, in order, inside of the years that the data names.
//! - What ships loads: a test of this crate parses it.
//!
//! **Absent**: no clock: which day it is comes in. No time zones, no hours at which banks close, no
//! holidays of single banks or regions. Reads no file; the data are built in.

mod closed;
mod data;
mod month_day;

pub use closed::{Closed, OutOfData, TransferDateError};
pub use data::{DataError, Holiday, Holidays, Problem, shipped};
/// A day of the Gregorian calendar.
pub use jiff::civil::Date;
pub use month_day::MonthDay;

use std::fmt;

/// A country with a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// Japan, as its banks keep it.
    Japan,
    /// The mainland of China, as its offices keep it.
    China,
}

impl Country {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Japan, Self::China];

    /// The code of ISO 3166: `JP` or `CN`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Japan => "JP",
            Self::China => "CN",
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Japan => "Japan",
            Self::China => "China",
        })
    }
}
