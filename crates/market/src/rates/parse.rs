//! The bank's CSV, read strictly: the whole file, or the place where it goes wrong.

use std::collections::BTreeSet;
use std::fmt;

use super::{Date, Day, Decimal, History};

/// The longest file taken; the bank's own, of all days since 1999, has 2 MB.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a file of rates was refused, and where: `line 12, column JPY: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatesError {
    /// Counted from 1; the header is line 1. Zero if it is about the whole file.
    pub line: usize,
    /// The column's name in the header, if it is about one field.
    pub column: Option<String>,
    /// What is wrong.
    pub problem: Problem,
}

/// What can be wrong with a file of rates. What is quoted is cut to 40 characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// Nothing in it.
    #[error("the file is empty")]
    Empty,
    /// Longer than [`MAX_BYTES`].
    #[error("the file is longer than {} MB", MAX_BYTES / 1024 / 1024)]
    TooLong,
    /// Not text.
    #[error("the file is not UTF-8 text; is it still packed? unzip it first")]
    NotText,
    /// The first line does not begin with `Date`.
    #[error("the header begins with '{0}' instead of 'Date': this is not the ECB's file of rates")]
    NotRates(String),
    /// The header names something else than a currency.
    #[error("'{0}' is not a currency code of three capital letters")]
    NotACurrency(String),
    /// The header names a currency twice.
    #[error("the column '{0}' is there twice")]
    ColumnTwice(String),
    /// The header alone.
    #[error("there is a header and no day after it")]
    NoDays,
    /// The last line has no end.
    #[error("the last line does not end: the file was cut off, fetch it again")]
    CutOff,
    /// A line with more or fewer fields than the header.
    #[error("{found} fields where the header has {expected}: the line was cut off or joined")]
    FieldCount {
        /// Fields of the line.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
    /// Neither `2026-10-30` nor `30 October 2026`.
    #[error("'{0}' is not a date such as 2026-10-30 or 30 October 2026")]
    NotADate(String),
    /// The same day again.
    #[error("{0} is there twice")]
    DayTwice(Date),
    /// A rate that is neither a number nor `N/A`.
    #[error("'{0}' is not a number")]
    NotANumber(String),
    /// A rate of zero.
    #[error("a rate can't be zero")]
    Zero,
}

impl fmt::Display for RatesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (0, _) => write!(f, "{}", self.problem),
            (line, None) => write!(f, "line {line}: {}", self.problem),
            (line, Some(column)) => write!(f, "line {line}, column {column}: {}", self.problem),
        }
    }
}

impl std::error::Error for RatesError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.problem)
    }
}

/// Reads the bank's history (`eurofxref-hist.csv`) or its file of one day (`eurofxref.csv`).
///
/// Both begin with `Date` and the currencies; the first writes dates as `2026-10-30`, the second as
/// `30 October 2026` and puts spaces after its commas. Lines may end with a comma, and in CR LF. Days
/// may stand in any order, and `N/A` means that there is no rate.
///
/// # Errors
/// At the first thing that is not as it should be; nothing of such a file is taken.
pub fn parse(bytes: &[u8]) -> Result<History, RatesError> {
    let whole_file = |problem| RatesError { line: 0, column: None, problem };
    if bytes.len() > MAX_BYTES {
        return Err(whole_file(Problem::TooLong));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| whole_file(Problem::NotText))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(whole_file(Problem::Empty));
    }
    let mut lines = text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line));
    let (_, first) = lines.next().expect("a text that is not empty has a line");
    let header = Header::parse(first)?;

    let mut days = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, line) in lines {
        let day = header.parse_day(number, line)?;
        if !seen.insert(day.date) {
            return Err(header.error(number, Some(0), Problem::DayTwice(day.date)));
        }
        days.push(day);
    }
    if days.is_empty() {
        return Err(whole_file(Problem::NoDays));
    }
    days.sort_by_key(|day| std::cmp::Reverse(day.date));
    Ok(History { days })
}

/// The names of the columns: `Date` and the currencies, perhaps an empty one at the end.
struct Header<'a> {
    columns: Vec<&'a str>,
}

impl<'a> Header<'a> {
    fn parse(line: &'a str) -> Result<Self, RatesError> {
        let header = Self { columns: fields_of(line) };
        if !line.ends_with('\n') {
            return Err(header.error(1, None, Problem::CutOff));
        }
        if header.columns[0] != "Date" {
            return Err(header.error(1, None, Problem::NotRates(quote(header.columns[0]))));
        }
        let mut seen = BTreeSet::new();
        for code in header.currencies() {
            if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
                return Err(header.error(1, None, Problem::NotACurrency(quote(code))));
            }
            if !seen.insert(code) {
                return Err(header.error(1, None, Problem::ColumnTwice(quote(code))));
            }
        }
        Ok(header)
    }

    fn parse_day(&self, number: usize, line: &str) -> Result<Day, RatesError> {
        if !line.ends_with('\n') {
            return Err(self.error(number, None, Problem::CutOff));
        }
        let fields = fields_of(line);
        let (found, expected) = (fields.len(), self.columns.len());
        if found != expected {
            return Err(self.error(number, None, Problem::FieldCount { found, expected }));
        }
        let date = Date::from_iso(fields[0])
            .or_else(|| Date::from_english(fields[0]))
            .ok_or_else(|| self.error(number, Some(0), Problem::NotADate(quote(fields[0]))))?;
        let mut per_euro = Vec::with_capacity(expected);
        for (at, code) in self.currencies().enumerate() {
            let at = at + 1;
            if fields[at] == "N/A" {
                continue;
            }
            let rate: Decimal = fields[at].parse().map_err(|_| {
                self.error(number, Some(at), Problem::NotANumber(quote(fields[at])))
            })?;
            if rate.digits == 0 {
                return Err(self.error(number, Some(at), Problem::Zero));
            }
            per_euro.push((code.to_owned(), rate));
        }
        // A comma at the end of the header asks for an empty field in every line, and no other.
        match fields[expected - 1] {
            last if self.columns[expected - 1].is_empty() && !last.is_empty() => {
                Err(self.error(number, None, Problem::NotANumber(quote(last))))
            }
            _ => Ok(Day { date, per_euro }),
        }
    }

    fn currencies(&self) -> impl Iterator<Item = &'a str> + '_ {
        let end = self.columns.len() - usize::from(self.columns.last() == Some(&""));
        self.columns.get(1..end).unwrap_or_default().iter().copied()
    }

    fn error(&self, line: usize, column: Option<usize>, problem: Problem) -> RatesError {
        let name = column.and_then(|at| self.columns.get(at));
        RatesError { line, column: name.map(ToString::to_string), problem }
    }
}

fn fields_of(line: &str) -> Vec<&str> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.split(',').map(|field| field.trim_matches(' ')).collect()
}

/// What stood there, short enough to print and without control characters.
fn quote(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(40).collect()
}
