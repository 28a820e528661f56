//! The tables of bills: a line of names, lines whose cells begin with a backtick, and behind them
//! the names and values of totals.
//!
//! Source: WeChat Pay, "Format of the trade bill" and "Format of the fund flow bill". A file begins
//! with a byte order mark, its lines end with CR LF (so, and only so, does a file that was published
//! with its SHA-1 have that SHA-1), and no cell has a quote around it, so that a name with a comma in
//! it is told from two cells by the backtick alone.

use std::collections::BTreeMap;

/// A table as it was written.
#[derive(Debug)]
pub(crate) struct Table<'a> {
    columns: BTreeMap<&'a str, usize>,
    rows: Vec<Vec<&'a str>>,
    totals: BTreeMap<&'a str, &'a str>,
}

/// One line of a table.
#[derive(Clone, Copy)]
pub(crate) struct Line<'a> {
    table: &'a Table<'a>,
    cells: &'a [&'a str],
}

impl<'a> Table<'a> {
    /// Reads a file.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = text.lines().map(|line| line.trim_end_matches('\r'));
        let mut lines = lines.filter(|line| !line.is_empty());
        let names = lines.next().ok_or("it is empty")?;
        let columns: BTreeMap<_, _> = names.split(',').map(name).zip(0..).collect();
        let (mut rows, mut totals) = (Vec::new(), BTreeMap::new());
        while let Some(line) = lines.next() {
            if line.starts_with('`') {
                let cells = cells(line);
                if cells.len() != columns.len() {
                    return Err("a line has another number of cells than there are names");
                }
                rows.push(cells);
                continue;
            }
            let values = cells(lines.next().ok_or("its totals have no values")?);
            let names: Vec<_> = line.split(',').map(name).collect();
            if names.len() != values.len() || lines.next().is_some() {
                return Err("its totals are cut, or something follows them");
            }
            totals = names.into_iter().zip(values).collect();
        }
        Ok(Self { columns, rows, totals })
    }

    /// Its lines.
    pub(crate) fn lines(&self) -> impl ExactSizeIterator<Item = Line<'_>> {
        self.rows.iter().map(|cells| Line { table: self, cells })
    }

    /// A total by its name.
    pub(crate) fn total(&self, name: &str) -> Option<&str> {
        self.totals.get(name).copied()
    }
}

impl<'a> Line<'a> {
    /// A cell by the first of these names that the table has.
    pub(crate) fn cell(&self, names: &[&str]) -> Result<&'a str, &'static str> {
        let at = names.iter().find_map(|name| self.table.columns.get(name));
        at.and_then(|at| self.cells.get(*at)).copied().ok_or("a column that is needed is missing")
    }
}

fn name(text: &str) -> &str {
    text.trim().trim_start_matches('`')
}

fn cells(line: &str) -> Vec<&str> {
    line.strip_prefix('`').unwrap_or(line).split(",`").map(str::trim).collect()
}

/// A decimal in units of ten to the power of `-exponent`, exactly.
pub(crate) fn decimal(text: &str, exponent: u32) -> Result<i64, &'static str> {
    const NO: &str = "an amount is no number, or is finer than its currency";
    let (minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = usize::try_from(exponent).map_err(|_| NO)?;
    let part = part.trim_end_matches('0');
    if whole.is_empty() || !plain(whole) || !plain(part) || part.len() > exponent {
        return Err(NO);
    }
    let value: i64 = format!("{whole}{part:0<exponent$}").parse().map_err(|_| NO)?;
    Ok(if minus { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_exactly_or_not_at_all() {
        for (text, exponent, value) in [
            ("0.01", 2, Ok(1)),
            ("12", 2, Ok(1_200)),
            ("-0.05940", 5, Ok(-5_940)),
            ("7.79000", 2, Ok(779)),
            ("3200", 0, Ok(3_200)),
            ("3200.00", 0, Ok(3_200)),
        ] {
            assert_eq!(decimal(text, exponent), value, "{text}");
        }
        for text in ["", ".5", "1.005", "1,000", "0x1", "--1", "١", "99999999999999999999"] {
            assert!(decimal(text, 2).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_with_a_comma_is_one_cell_and_a_cut_table_is_none() {
        let text = "\u{feff}a,b\r\n`1,`x, y\r\n`2,`\r\nsum,n\r\n`3,`2\r\n";
        let table = Table::read(text.as_bytes()).unwrap();
        let cells: Vec<_> = table.lines().map(|line| line.cell(&["b"]).unwrap()).collect();
        assert_eq!((cells, table.total("sum")), (vec!["x, y", ""], Some("3")));
        for bad in ["", "a,b\n`1\n", "a,b\nsum,n\n", "a,b\nsum,n\n`1\n", "a\nsum\n`1\n`2\n"] {
            assert!(Table::read(bad.as_bytes()).is_err(), "{bad:?}");
        }
        assert!(Table::read(b"a\xff").is_err());
    }
}
