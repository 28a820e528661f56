//! The list of holidays: how it is written, and the one that ships.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::Country;

/// What ships; made by `cargo xtask holidays`.
const SHIPPED: &str = include_str!("../data/holidays.tsv");

static PARSED: LazyLock<Holidays> = LazyLock::new(|| {
    Holidays::parse(SHIPPED).expect("the holidays that ship are valid: a test of this crate parses")
});

/// The holidays that ship.
pub fn shipped() -> &'static Holidays {
    &PARSED
}

/// The holidays of both countries for some years.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holidays {
    source: String,
    japan: Years,
    china: Years,
}

/// One country's part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Years {
    pub(crate) first: i16,
    pub(crate) last: i16,
    /// The last year whose days have been proclaimed, and are not calculated.
    pub(crate) proclaimed: i16,
    pub(crate) days: BTreeMap<Date, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Holiday(Holiday),
    /// A Saturday or Sunday on which offices work.
    Workday,
}

/// A day off, by its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// In Japanese or simplified Chinese, as its country says it.
    pub name: String,
    /// In English.
    pub name_en: String,
}

impl Holidays {
    /// Where the data come from: package, version, licence and day.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The years about which something is known.
    pub const fn years(&self, country: Country) -> RangeInclusive<i16> {
        let years = self.of(country);
        years.first..=years.last
    }

    /// The last year whose days have been proclaimed. Those of later years follow from the law, in
    /// Japan with the equinoxes as they are calculated; a new law may still move one.
    pub const fn proclaimed_until(&self, country: Country) -> i16 {
        self.of(country).proclaimed
    }

    /// The days off of a country, in order.
    pub fn of_country(&self, country: Country) -> impl Iterator<Item = (Date, &Holiday)> {
        self.of(country).days.iter().filter_map(|(date, entry)| match entry {
            Entry::Holiday(holiday) => Some((*date, holiday)),
            Entry::Workday => None,
        })
    }

    /// The weekends on which offices work, in order.
    pub fn workdays(&self, country: Country) -> impl Iterator<Item = Date> {
        self.of(country)
            .days
            .iter()
            .filter(|(_, entry)| **entry == Entry::Workday)
            .map(|(date, _)| *date)
    }

    pub(crate) const fn of(&self, country: Country) -> &Years {
        match country {
            Country::Japan => &self.japan,
            Country::China => &self.china,
        }
    }

    /// Reads the form of `data/holidays.tsv`: comments with `# `, of which the first is the source
    /// and two name each country's years; then a line a day, of four fields with tabs between.
    ///
    /// # Errors
    /// With the line, at the first thing that is not as it should be.
    pub fn parse(text: &str) -> Result<Self, DataError> {
        let mut holidays =
            Self { source: String::new(), japan: Years::default(), china: Years::default() };
        for (line, content) in (1..).zip(text.lines()) {
            let read = match content.strip_prefix("# ") {
                Some(comment) => holidays.read_comment(comment),
                None => holidays.read_day(content),
            };
            read.map_err(|problem| DataError { line, problem })?;
        }
        let is_whole = !holidays.source.is_empty()
            && Country::ALL.iter().all(|country| !holidays.of(*country).days.is_empty());
        if is_whole {
            Ok(holidays)
        } else {
            Err(DataError { line: text.lines().count(), problem: Problem::Incomplete })
        }
    }

    fn read_comment(&mut self, comment: &str) -> Result<(), Problem> {
        if self.source.is_empty() {
            self.source = comment.to_owned();
            return Ok(());
        }
        let fields: Vec<&str> = comment.split('\t').collect();
        let [country, first, last, proclaimed] = fields[..] else { return Err(Problem::NotYears) };
        let years = self.of_code(country)?;
        let year = |text: &str| text.parse::<i16>().map_err(|_| Problem::NotYears);
        (years.first, years.last, years.proclaimed) =
            (year(first)?, year(last)?, year(proclaimed)?);
        let is_sane = (1900..2200).contains(&years.first) && (1900..2200).contains(&years.last);
        if is_sane && (years.first..=years.last).contains(&years.proclaimed) {
            Ok(())
        } else {
            Err(Problem::NotYears)
        }
    }

    fn read_day(&mut self, line: &str) -> Result<(), Problem> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [country, date, name, name_en] = fields[..] else { return Err(Problem::NotADay) };
        let date: Date = date.parse().map_err(|_| Problem::NotADay)?;
        let years = self.of_code(country)?;
        if !(years.first..=years.last).contains(&date.year()) {
            return Err(Problem::OutsideItsYears);
        }
        if years.days.last_key_value().is_some_and(|(before, _)| *before >= date) {
            return Err(Problem::OutOfOrder);
        }
        let entry = if name.is_empty() {
            Entry::Workday
        } else {
            Entry::Holiday(Holiday { name: name.to_owned(), name_en: name_en.to_owned() })
        };
        years.days.insert(date, entry);
        Ok(())
    }

    fn of_code(&mut self, code: &str) -> Result<&mut Years, Problem> {
        match Country::of_code(code) {
            Some(Country::Japan) => Ok(&mut self.japan),
            Some(Country::China) => Ok(&mut self.china),
            None => Err(Problem::NoSuchCountry),
        }
    }
}

/// Why a list of holidays was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}

/// What can be wrong with a list of holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// A comment that is not country, first, last and proclaimed year.
    #[error("this does not say a country's first, last and last proclaimed year")]
    NotYears,
    /// A line that is not country, date and two names.
    #[error("this is not a country, a date such as 2026-11-03, and two names")]
    NotADay,
    /// Neither `JP` nor `CN`.
    #[error("there is no calendar of this country")]
    NoSuchCountry,
    /// A day of a year that the country does not cover.
    #[error("this day is of a year that its country does not cover")]
    OutsideItsYears,
    /// A day that does not come after the one before it.
    #[error("this day does not come after the one before it")]
    OutOfOrder,
    /// No source, or a country without days.
    #[error("the source or a country is missing: the list was cut off")]
    Incomplete,
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for DataError {}
