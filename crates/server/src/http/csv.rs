//! Rows as a file for spreadsheets: RFC 4180, UTF-8 with the mark by which Excel knows it.

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::Currency;

use crate::problem::Problem;
use crate::web::format::number;

/// Without it, Excel in Japan and China reads the file in the character set of its system.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A table under way.
pub struct Table(::csv::Writer<Vec<u8>>);

impl Table {
    /// A table with its header.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn new(header: &[&str]) -> Result<Self, Problem> {
        let end = ::csv::Terminator::CRLF;
        let mut table =
            Self(::csv::WriterBuilder::new().terminator(end).from_writer(MARK.to_vec()));
        table.row(header.iter().map(|&name| name.to_owned()))?;
        Ok(table)
    }

    /// Rows that go on a table which was begun.
    pub fn bare() -> Self {
        let end = ::csv::Terminator::CRLF;
        Self(::csv::WriterBuilder::new().terminator(end).from_writer(Vec::new()))
    }

    /// Adds a row of as many cells as the header has.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) -> Result<(), Problem> {
        self.0.write_record(cells).map_err(|_| Problem::internal())
    }

    /// The file.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn bytes(self) -> Result<Vec<u8>, Problem> {
        self.0.into_inner().map_err(|_| Problem::internal())
    }
}

/// A text that no spreadsheet takes for a formula: what begins like one gets an apostrophe, which
/// spreadsheets show as text.
pub fn text(of: &str) -> String {
    let formula = of.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if formula { format!("'{of}") } else { of.to_owned() }
}

/// Minor units as a decimal number without groups: `135.38`, `-1000`.
pub fn decimal(minor: i64, currency: Currency) -> String {
    number(i128::from(minor), currency.exponent()).replace(',', "").replace('−', "-")
}

/// The same for what is never below zero.
pub fn amount(minor: u64, currency: Currency) -> String {
    decimal(i64::try_from(minor).unwrap_or(i64::MAX), currency)
}

/// The answer that a browser saves under a name of ASCII letters.
pub fn answer(name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let disposition = HeaderValue::from_str(&disposition);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present")),
        (
            header::CONTENT_DISPOSITION,
            disposition.unwrap_or(HeaderValue::from_static("attachment")),
        ),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_never_a_formula_and_a_number_is_plain() {
        for (given, kept) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("-2", "'-2"),
            ("＝1", "'＝1"),
            ("\t=1", "'\t=1"),
            ("そば 山法師", "そば 山法師"),
            ("", ""),
        ] {
            assert_eq!(text(given), kept);
        }
        assert_eq!(decimal(-1_234_567, Currency::JPY), "-1234567");
        assert_eq!(decimal(-13_606, Currency::CNY), "-136.06");
        assert_eq!(amount(13_538, Currency::CNY), "135.38");
    }

    #[test]
    fn rows_are_quoted_as_rfc_4180_says() {
        let mut table = Table::new(&["a", "b"]).unwrap();
        table.row(["one \"two\"".to_owned(), "three,\nfour".to_owned()]).unwrap();
        let bytes = table.bytes().unwrap();
        let expected = "\u{feff}a,b\r\n\"one \"\"two\"\"\",\"three,\nfour\"\r\n";
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
    }
}
