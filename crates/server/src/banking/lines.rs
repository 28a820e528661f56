//! What a statement says, as lines for the cell.

use std::collections::HashMap;

use iso20022::{CsvForm, Detail, Entry, Item, StatementHead, Statements};
use kernel::id::BankFile;
use kernel::{Currency, Id};
use pay::event::{BankLine, Claim};
use pay::reference_hash;

use super::claim::of_name;
use crate::bank_files::number_of;
use crate::problem::Problem;

/// In what form a bank gave its statement.
#[derive(Clone, Debug)]
pub enum Format {
    /// camt.053.
    Camt,
    /// A table with commas.
    Table {
        /// How it is to be read.
        form: Box<CsvForm>,
        /// The account, as its bank numbers it.
        account: String,
        /// In what.
        currency: Currency,
        /// The balance before its first line, in minor units, where no column says it.
        opening: Option<i64>,
    },
}

/// A statement as it was read: its lines are the difference of its balances.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// The account, as its bank numbers it.
    pub account: String,
    /// In what.
    pub currency: Currency,
    /// Its first day, as `yyyymmdd`.
    pub from: u32,
    /// Its last day.
    pub to: u32,
    /// The balance before its first line, in minor units.
    pub opening: i64,
    /// The balance after its last.
    pub closing: i64,
    /// Its lines.
    pub lines: Vec<BankLine>,
}

fn unreadable(detail: impl std::fmt::Display) -> Problem {
    Problem::new("statement_unreadable", format!("The statement was not taken: {detail}."))
}

/// The statements that bytes say. Entries that are announced and not booked are left out: they
/// come with the statement of the day on which they are.
///
/// # Errors
/// What is wrong with it, where, and what to do.
pub fn read(bytes: &[u8], format: &Format) -> Result<Vec<Read>, Problem> {
    match format {
        Format::Camt => camt(bytes),
        Format::Table { form, account, currency, opening } => {
            table(bytes, form, account, *currency, *opening).map(|read| vec![read])
        }
    }
}

fn camt(bytes: &[u8]) -> Result<Vec<Read>, Problem> {
    let mut read = Vec::new();
    let mut current: Option<(StatementHead, Lines)> = None;
    for item in Statements::open(bytes).map_err(unreadable)? {
        match item.map_err(unreadable)? {
            Item::Begin(head) => {
                let lines = Lines::new(head.currency, number_of(head.closing.day));
                current = Some((head, lines));
            }
            Item::Entry(entry) => {
                if let Some((_, lines)) = current.as_mut().filter(|_| entry.is_booked) {
                    lines.add(&entry)?;
                }
            }
            Item::End { .. } => {
                let Some((head, lines)) = current.take() else { continue };
                let to = number_of(head.closing.day);
                let opening = small(head.opening.minor)?;
                read.push(lines.end(head.account.as_str(), head.currency, to, opening)?);
            }
        }
    }
    Ok(read)
}

fn table(
    bytes: &[u8],
    form: &CsvForm,
    account: &str,
    currency: Currency,
    opening: Option<i64>,
) -> Result<Read, Problem> {
    let statement = form.read(bytes, currency).map_err(unreadable)?;
    let days = statement.entries.iter().filter_map(|entry| entry.booked_on).map(number_of);
    let last = days.max().ok_or_else(|| unreadable("it has no line"))?;
    let first = statement.opening.map(small).transpose()?.or(opening);
    let opening = first.ok_or_else(|| {
        unreadable("it has no column of balances; say the balance before its first line")
    })?;
    let mut lines = Lines::new(currency, last);
    for entry in &statement.entries {
        lines.add(entry)?;
    }
    lines.end(account, currency, last, opening)
}

fn small(minor: i128) -> Result<i64, Problem> {
    i64::try_from(minor).map_err(|_| unreadable("a balance is too large"))
}

/// Lines as they come together.
struct Lines {
    currency: Currency,
    /// The day of what says none.
    day: u32,
    lines: Vec<BankLine>,
    /// How often a line without a name said the same.
    same: HashMap<u64, u32>,
}

impl Lines {
    fn new(currency: Currency, day: u32) -> Self {
        Self { currency, day, lines: Vec::new(), same: HashMap::new() }
    }

    /// An entry is a line; one whose details say what each came to is a line for each.
    fn add(&mut self, entry: &Entry) -> Result<(), Problem> {
        let whole = signed(entry.amount.minor, entry.is_credit)?;
        let parts: Option<Vec<i64>> = entry.details.iter().map(|it| part(entry, it)).collect();
        match parts {
            Some(parts) if parts.len() > 1 && parts.iter().sum::<i64>() == whole => {
                for (at, (detail, amount)) in entry.details.iter().zip(parts).enumerate() {
                    self.line(entry, Some(detail), at, amount);
                }
            }
            _ => {
                // Of several without sums of their own, none speaks for the whole.
                let only = entry.details.first().filter(|_| entry.details.len() == 1);
                self.line(entry, only, 0, whole);
            }
        }
        Ok(())
    }

    fn line(&mut self, entry: &Entry, detail: Option<&Detail>, at: usize, amount: i64) {
        let day = entry.booked_on.or(entry.value_on).map_or(self.day, number_of);
        let key = self.key(entry, detail, at, day, amount);
        let claim = claim(entry, detail, amount, self.currency);
        self.lines.push(BankLine { key, day, amount, claim });
    }

    /// The bank's name of a line, or what it says and how often that was said before.
    fn key(
        &mut self,
        entry: &Entry,
        detail: Option<&Detail>,
        at: usize,
        day: u32,
        amount: i64,
    ) -> u64 {
        let mut hash = blake3::Hasher::new();
        let own = detail.and_then(|detail| detail.reference.as_ref());
        hash.update(&day.to_le_bytes()).update(&amount.to_le_bytes());
        if let Some(reference) = own.or(entry.reference.as_ref()) {
            hash.update(reference.as_str().as_bytes()).update(&(at as u64).to_le_bytes());
        } else {
            let texts = detail.into_iter().flat_map(|it| [&it.name, &it.remittance]);
            for text in texts.flatten() {
                hash.update(text.as_str().as_bytes());
            }
        }
        let first = first_eight(&hash);
        // Banks name their lines anew each day, and some name none: the same is told by its turn.
        let before = self.same.entry(first).or_default();
        *before += 1;
        hash.update(&before.to_le_bytes());
        first_eight(&hash)
    }

    fn end(
        self,
        account: &str,
        currency: Currency,
        to: u32,
        opening: i64,
    ) -> Result<Read, Problem> {
        let moved: i128 = self.lines.iter().map(|line| i128::from(line.amount)).sum();
        let closing = small(i128::from(opening) + moved)?;
        let first = self.lines.iter().map(|line| line.day).min().unwrap_or(to);
        let to = self.lines.iter().map(|line| line.day).max().unwrap_or(to).max(to);
        let (from, account) = (first.min(to), account.to_owned());
        Ok(Read { account, currency, from, to, opening, closing, lines: self.lines })
    }
}

fn first_eight(hash: &blake3::Hasher) -> u64 {
    let mut bytes = [0; 8];
    hash.finalize_xof().fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

fn signed(minor: u64, is_credit: bool) -> Result<i64, Problem> {
    let minor = i64::try_from(minor).map_err(|_| unreadable("an amount is too large"))?;
    Ok(if is_credit { minor } else { -minor })
}

/// What a detail came to, if it says so.
fn part(entry: &Entry, detail: &Detail) -> Option<i64> {
    let amount = detail.amount.filter(|amount| amount.currency == entry.amount.currency)?;
    signed(amount.minor, detail.is_credit.unwrap_or(entry.is_credit)).ok()
}

/// What a line says that it is about.
fn claim(entry: &Entry, detail: Option<&Detail>, amount: i64, currency: Currency) -> Claim {
    let names = |detail: &Detail| {
        let names = [&detail.end_to_end, &detail.block, &detail.message];
        names.into_iter().flatten().find_map(|name| of_name(name.as_str()))
    };
    let named: Option<(Id<BankFile>, Option<u32>)> = detail.and_then(names);
    let reason = detail.and_then(|detail| detail.returned.as_ref());
    let came_back = reason.is_some() || entry.code.is_return();
    match named {
        Some((file, Some(place))) if amount > 0 || came_back => {
            let code = reason.and_then(|reason| reason.code.as_ref());
            let code = code.map_or("NARR", iso20022::Text::as_str);
            Claim::Returned(file, place, code.to_owned())
        }
        Some((file, Some(place))) => Claim::Transfer(file, place),
        Some((file, None)) if amount < 0 => Claim::File(file),
        _ if amount < 0 && entry.code.is_charge() => Claim::Charge,
        _ if amount > 0 => {
            let own = detail.and_then(|detail| detail.reference.as_ref());
            let reference = own.or(entry.reference.as_ref());
            reference.map_or(Claim::Nothing, |reference| {
                Claim::Reference(reference_hash(currency.numeric(), reference.as_str()))
            })
        }
        _ => Claim::Nothing,
    }
}
