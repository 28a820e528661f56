//! The euro reference rates of the European Central Bank, and a parser for its two CSV files.
//!
//! Source: ECB. The bank publishes them each banking day about 16:00 in Frankfurt, for information
//! only. A rate says how many units of a currency one euro is worth; the rate between two others
//! is the ratio of their two published decimals.

mod date;
mod decimal;
mod parse;

pub use date::Date;
pub use decimal::{Decimal, NotADecimal};
pub use parse::{MAX_BYTES, Problem, RatesError, parse};

/// The bank's own columns and bytes, cut to a few currencies and years: see `data/README.md`.
pub const SHIPPED_CSV: &str = include_str!("../data/ecb.csv");

/// Who publishes the rates, as the credit must read.
pub const SOURCE: &str = "ECB";

/// The history that ships: USD, JPY and CNY per euro, from 2 January 2024 to 30 October 2026.
pub fn shipped() -> History {
    parse(SHIPPED_CSV.as_bytes())
        .expect("the rates that ship are valid: a test of this crate parses them")
}

/// The rates of some banking days: at least one, each day once, the newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    days: Vec<Day>,
}

/// What was published on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The day in Frankfurt.
    pub date: Date,
    /// Currency code (ISO 4217) and its units for one euro, in the order of the file; what was not
    /// available that day is not there. Never zero.
    pub per_euro: Vec<(String, Decimal)>,
}

impl History {
    /// The days, the newest first; never empty.
    pub fn days(&self) -> &[Day] {
        &self.days
    }

    /// The newest day.
    pub fn latest(&self) -> &Day {
        self.days.first().expect("a history has at least one day")
    }

    /// The rates in force on `date`: of that day, or of the last banking day before it.
    pub fn in_force_on(&self, date: Date) -> Option<&Day> {
        self.days.get(self.days.partition_point(|day| day.date > date))
    }
}

impl Day {
    /// Units of a currency for one euro, by its ISO 4217 code; `None` if not available that day.
    pub fn rate(&self, currency: &str) -> Option<Decimal> {
        self.per_euro.iter().find(|(code, _)| code == currency).map(|(_, rate)| *rate)
    }
}
