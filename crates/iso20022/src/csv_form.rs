//! Statements as tables with commas: one form for each bank, as data.

use calendar::Date;
use kernel::{Currency, Money};

use crate::amount::{AmountError, parse_amount};
use crate::statement::{BankCode, Detail, Entry};
use crate::text::Text;

/// How one bank's table is read: which column is what, by its heading.
///
/// ```
/// let form: iso20022::CsvForm = toml::from_str(r#"
///     encoding = "shift_jis"
///     date = "取引日"
///     date_format = "%Y/%m/%d"
///     credit = "お預り金額"
///     debit = "お支払金額"
///     balance = "残高"
///     texts = ["摘要"]
/// "#).unwrap();
/// let file = "取引日,お預り金額,お支払金額,残高,摘要\r\n2026/11/02,\"3,200\",,\"10,000\",ｶ)ﾔﾏﾎﾞｼ\r\n";
/// let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(file);
/// let read = form.read(&bytes, kernel::Currency::JPY).unwrap();
/// assert_eq!((read.opening, read.closing), (Some(6_800), Some(10_000)));
/// assert_eq!(read.entries[0].amount.minor, 3_200);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvForm {
    /// `utf-8`, `shift_jis`, `gb18030`, or another of WHATWG's names.
    pub encoding: String,
    /// What stands between columns.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// How many lines stand before the headings.
    #[serde(default)]
    pub skip: usize,
    /// The heading of the day.
    pub date: String,
    /// How days are written, as `%Y/%m/%d`.
    pub date_format: String,
    /// The heading of what came in; with `debit`.
    #[serde(default)]
    pub credit: Option<String>,
    /// The heading of what went out.
    #[serde(default)]
    pub debit: Option<String>,
    /// The heading of one column for both, with `-` before what went out.
    #[serde(default)]
    pub amount: Option<String>,
    /// The heading of the balance after the line.
    #[serde(default)]
    pub balance: Option<String>,
    /// The heading of the bank's name of the line.
    #[serde(default)]
    pub reference: Option<String>,
    /// Headings of what is said of the line, in the order in which they are read.
    #[serde(default)]
    pub texts: Vec<String>,
    /// What stands between thousands.
    #[serde(default = "comma")]
    pub thousands: char,
    /// Whether the newest line stands first.
    #[serde(default)]
    pub newest_first: bool,
}

const fn comma() -> char {
    ','
}

/// What a table says, oldest first. Only as much is known of balances as its column says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvStatement {
    /// Its lines.
    pub entries: Vec<Entry>,
    /// What was there before the first, in minor units, if there is a column of balances.
    pub opening: Option<i128>,
    /// What was there after the last.
    pub closing: Option<i128>,
}

/// What is wrong with a table or its form. Each text ends with what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsvProblem {
    /// The form.
    #[error("the form of this bank names the encoding '{0}', which there is not: correct it")]
    NoSuchEncoding(String),
    /// The form.
    #[error("the form needs either `amount`, or `credit` and `debit`: correct it")]
    NoAmounts,
    /// The form.
    #[error("the form's {0} is no single ASCII character: correct it")]
    Delimiter(&'static str),
    /// The bytes.
    #[error("the file is not in {0}: choose the form of its bank, or use the file unopened")]
    Encoding(String),
    /// More than [`CsvForm::MAX_BYTES`].
    #[error("the file has more than {} MB: ask for shorter periods", CsvForm::MAX_BYTES >> 20)]
    TooLong,
    /// A heading.
    #[error("there is no column '{0}': choose the form of its bank")]
    NoColumn(String),
    /// A heading that stands there twice.
    #[error("there are two columns '{0}': choose the form of its bank")]
    TwoColumns(String),
    /// A table that is none.
    #[error("line {line}: {what}; use the file that the bank made, unopened")]
    NotCsv {
        /// Which, from 1.
        line: u64,
        /// What the reader says.
        what: String,
    },
    /// A day.
    #[error("line {line}: '{found}' is no day written as {format}")]
    Date {
        /// Which.
        line: u64,
        /// What stands there.
        found: String,
        /// How days should be written.
        format: String,
    },
    /// An amount.
    #[error("line {line}: '{found}' is no amount: {why}")]
    Amount {
        /// Which.
        line: u64,
        /// What stands there.
        found: String,
        /// Why.
        why: AmountError,
    },
    /// Both in and out, or neither.
    #[error("line {line} has to have an amount either in or out")]
    EitherOr {
        /// Which.
        line: u64,
    },
    /// The balance is another than the line before and this line's amount make it.
    #[error(
        "line {line}: the balance is {written}, and {computed} by the line before: lines are \
         missing, or stand in another order than the form says"
    )]
    Balance {
        /// Which.
        line: u64,
        /// What it says.
        written: i128,
        /// What it should be.
        computed: i128,
    },
}

struct Columns {
    date: usize,
    credit: Option<usize>,
    debit: Option<usize>,
    amount: Option<usize>,
    balance: Option<usize>,
    reference: Option<usize>,
    texts: Vec<usize>,
}

struct Line {
    number: u64,
    entry: Entry,
    balance: Option<i128>,
}

impl CsvForm {
    /// The longest table, in bytes.
    pub const MAX_BYTES: usize = 64 << 20;

    /// The lines of a table.
    ///
    /// # Errors
    /// The first that is wrong with it.
    pub fn read(&self, bytes: &[u8], currency: Currency) -> Result<CsvStatement, CsvProblem> {
        let text = self.text(bytes)?;
        let from = text.split_inclusive('\n').take(self.skip).map(str::len).sum::<usize>();
        let delimiter = u8::try_from(self.delimiter).ok().filter(u8::is_ascii);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter.ok_or(CsvProblem::Delimiter("delimiter"))?)
            .flexible(true)
            .from_reader(&text.as_bytes()[from..]);
        let broken = |line, why: csv::Error| CsvProblem::NotCsv { line, what: why.to_string() };
        let first = self.skip as u64 + 1;
        let headings = reader.headers().map_err(|why| broken(first, why))?;
        let columns = self.columns(headings)?;
        let mut lines = Vec::new();
        for record in reader.records() {
            let line = first + 1 + lines.len() as u64;
            let record = record.map_err(|why| broken(line, why))?;
            let line = record.position().map_or(line, |at| self.skip as u64 + at.line());
            if record.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            lines.push(self.line(line, &record, &columns, currency)?);
        }
        if self.newest_first {
            lines.reverse();
        }
        chained(lines)
    }

    fn text(&self, bytes: &[u8]) -> Result<String, CsvProblem> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(CsvProblem::TooLong);
        }
        let encoding = encoding_rs::Encoding::for_label(self.encoding.as_bytes());
        let encoding = encoding.ok_or_else(|| CsvProblem::NoSuchEncoding(self.encoding.clone()))?;
        let bytes = match encoding == encoding_rs::UTF_8 {
            true => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
            false => bytes,
        };
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes);
        let text = text.ok_or_else(|| CsvProblem::Encoding(self.encoding.clone()))?;
        // With both characters at its end a line would be counted as the one before.
        Ok(text.replace("\r\n", "\n"))
    }

    fn columns(&self, headings: &csv::StringRecord) -> Result<Columns, CsvProblem> {
        let column = |name: &String| {
            let mut found =
                headings.iter().enumerate().filter(|(_, heading)| heading.trim() == name);
            match (found.next(), found.next()) {
                (None, _) => Err(CsvProblem::NoColumn(name.clone())),
                (Some(_), Some(_)) => Err(CsvProblem::TwoColumns(name.clone())),
                (Some((at, _)), None) => Ok(at),
            }
        };
        let maybe = |name: &Option<String>| name.as_ref().map(column).transpose();
        match (&self.amount, &self.credit, &self.debit) {
            (Some(_), None, None) | (None, Some(_), Some(_)) => {}
            _ => return Err(CsvProblem::NoAmounts),
        }
        Ok(Columns {
            date: column(&self.date)?,
            credit: maybe(&self.credit)?,
            debit: maybe(&self.debit)?,
            amount: maybe(&self.amount)?,
            balance: maybe(&self.balance)?,
            reference: maybe(&self.reference)?,
            texts: self.texts.iter().map(column).collect::<Result<_, _>>()?,
        })
    }

    fn line(
        &self,
        number: u64,
        record: &csv::StringRecord,
        columns: &Columns,
        currency: Currency,
    ) -> Result<Line, CsvProblem> {
        let field = |at: usize| record.get(at).unwrap_or("").trim();
        let some = |at: Option<usize>| at.map(field).filter(|text| !text.is_empty());
        let amount_of = |text: &str| self.amount(number, text, currency);
        let written = field(columns.date);
        let day = Date::strptime(&self.date_format, written).map_err(|_| CsvProblem::Date {
            line: number,
            found: crate::xml::shown(written),
            format: self.date_format.clone(),
        })?;
        let nothing = |text: &&str| !matches!(amount_of(text), Ok(0));
        let moved = match some(columns.amount) {
            Some(text) => amount_of(text)?,
            None => {
                let credit = some(columns.credit).filter(nothing);
                match (credit, some(columns.debit).filter(nothing)) {
                    (Some(text), None) => amount_of(text)?,
                    (None, Some(text)) => -amount_of(text)?,
                    _ => return Err(CsvProblem::EitherOr { line: number }),
                }
            }
        };
        let texts: Vec<&str> = columns.texts.iter().filter_map(|at| some(Some(*at))).collect();
        let cut = texts.join(" ").chars().filter(|c| !c.is_control()).take(140).collect::<String>();
        let remittance = Text::try_new(cut.trim()).ok();
        let reference = some(columns.reference).and_then(|text| Text::try_new(text).ok());
        let entry = Entry {
            ordinal: 0,
            amount: Money::new(u64::try_from(moved.unsigned_abs()).unwrap_or(u64::MAX), currency),
            is_credit: moved > 0,
            is_reversal: false,
            is_booked: true,
            booked_on: Some(day),
            value_on: None,
            reference,
            code: BankCode::default(),
            details: vec![Detail { remittance, ..Detail::default() }],
            info: None,
        };
        if moved == 0 {
            return Err(CsvProblem::EitherOr { line: number });
        }
        let balance = some(columns.balance).map(amount_of).transpose()?;
        Ok(Line { number, entry, balance })
    }

    /// An amount as people write them: thousands apart, wide digits, the currency's sign.
    fn amount(&self, line: u64, text: &str, currency: Currency) -> Result<i128, CsvProblem> {
        let mut is_negative = false;
        let mut plain = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '-' | '\u{2212}' | '\u{ff0d}' | '▲' | '△' if plain.is_empty() => {
                    is_negative = true;
                }
                '+' if plain.is_empty() => {}
                // Both countries write the same sign, narrow or wide, and Shift_JIS a backslash.
                '\u{a5}' | '\u{ffe5}' | '\\' | '円' | '元' | ' ' | '\u{3000}' => {}
                '０'..='９' => plain.push(char::from(b'0' + (u32::from(c) - 0xff10) as u8)),
                '，' if self.thousands == ',' => {}
                '．' => plain.push('.'),
                c if c == self.thousands => {}
                // Where points stand between thousands a comma stands before decimals.
                ',' if self.thousands == '.' => plain.push('.'),
                c => plain.push(c),
            }
        }
        let money = parse_amount(&plain, currency).map_err(|why| CsvProblem::Amount {
            line,
            found: crate::xml::shown(text),
            why,
        })?;
        let minor = i128::from(money.minor);
        Ok(if is_negative { -minor } else { minor })
    }
}

/// Lines, of which each balance is that of the one before with its amount.
fn chained(lines: Vec<Line>) -> Result<CsvStatement, CsvProblem> {
    let moved = |entry: &Entry| {
        let minor = i128::from(entry.amount.minor);
        if entry.is_credit { minor } else { -minor }
    };
    let first = lines.first().and_then(|line| Some(line.balance? - moved(&line.entry)));
    let mut running = first;
    let mut entries = Vec::with_capacity(lines.len());
    for (at, Line { number, mut entry, balance }) in lines.into_iter().enumerate() {
        running = running.map(|before| before + moved(&entry));
        if let (Some(written), Some(computed)) = (balance, running)
            && written != computed
        {
            return Err(CsvProblem::Balance { line: number, written, computed });
        }
        entry.ordinal = at as u64 + 1;
        entries.push(entry);
    }
    Ok(CsvStatement { entries, opening: first, closing: running })
}
