//! From a bank's line to the payments in it and back, lines of all times, and what wallets had at
//! the end of each day.

use kernel::id::{BankFile, Merchant, Payment};
use kernel::{Currency, Id, Ref, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::{id, limited, parsed, payment_maybe, time, time_maybe, unsigned};
use crate::memory::currency;
use crate::{Views, ViewsError};

/// One thing that moved a merchant's account, which the next payout pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutPart {
    /// The group and the record in it, and the place in that.
    pub at: [u64; 3],
    /// When.
    pub time: Timestamp,
    /// What it was, as the word of its event.
    pub kind: String,
    /// Minor units: below zero what was taken.
    pub amount: i64,
    /// Of which payment, if of one.
    pub payment: Option<Id<Payment>>,
}

/// One transfer of a file and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutMade {
    /// Which file.
    pub file: Id<BankFile>,
    /// The transfer's place in it, from 0.
    pub place: u32,
    /// Who was paid.
    pub merchant: Ref<Merchant>,
    /// In what.
    pub currency: Currency,
    /// On which day the bank was to pay, as `yyyymmdd`.
    pub day: u32,
    /// Minor units that reached its bank.
    pub amount: u64,
    /// What the merchant paid for it.
    pub fee: u64,
    /// What the merchant had left after the payout before, in minor units.
    pub carried: i64,
    /// What it has left after this one.
    pub left: i64,
    /// When the bank returned it, and why, if it did.
    pub returned: Option<(Timestamp, String)>,
    /// The bank's line that says it was paid, if one is here.
    pub line: Option<u32>,
    /// When the file was sent.
    pub sent: Option<Timestamp>,
}

/// A line of a bank as the lists keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankLineRow {
    /// Its number.
    pub number: u32,
    /// In what.
    pub currency: Currency,
    /// The account, as its bank numbers it.
    pub account: String,
    /// On which day it was booked, as `yyyymmdd`.
    pub day: u32,
    /// Minor units: above zero if they came in.
    pub amount: i64,
    /// What it was found to be, as the word of the API.
    pub found: String,
    /// Why it is a task, if the cell says so.
    pub why: Option<String>,
    /// The file it is about, and the transfer's place.
    pub file: Option<(Id<BankFile>, Option<u32>)>,
    /// Since when it is that.
    pub since: Timestamp,
}

/// What the wallets of a currency had when a day of the cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeptSafe {
    /// The day, counted from 1970.
    pub day: u32,
    /// In what.
    pub currency: Currency,
    /// Minor units.
    pub wallets: i64,
}

const MADE: &str = "f.id, p.ord, m.reference, f.currency, f.day, p.amount, p.fee, p.returned_us, \
    p.reason, f.sent_us, f.position, f.idx, m.entry, f.entry, \
    (SELECT number FROM bank_line l WHERE l.file = f.entry AND l.found IN ('file', 'transfer') \
     AND (l.place IS NULL OR l.place = p.ord) ORDER BY number LIMIT 1)";

/// A payout with the bounds of what it is made of: behind `after`, up to `until`.
struct Bounds {
    merchant: u32,
    after: (i64, i64),
    until: (i64, i64),
}

impl Views {
    /// The transfers that a line of a bank is about: of a whole file all, at most `limit` from the
    /// place `from` on. None for a line that is not there.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payouts_of_line(
        &self,
        number: u32,
        from: u32,
        limit: usize,
    ) -> Result<Option<Vec<PayoutMade>>, ViewsError> {
        self.ask(|connection| {
            let line = "SELECT file, place FROM bank_line WHERE number = ?1";
            let line = connection.query_row(line, [number], |row| {
                Ok((row.get::<_, Option<u32>>(0)?, row.get::<_, Option<u32>>(1)?))
            });
            let Some((file, place)) = line.optional()? else { return Ok(None) };
            let Some(file) = file else { return Ok(Some(Vec::new())) };
            let sql = format!(
                "SELECT {MADE} FROM payout p JOIN bank_file f ON f.entry = p.file \
                 JOIN merchant m ON m.entry = p.merchant WHERE p.file = ?1 AND p.ord >= ?2 \
                 AND (?3 IS NULL OR p.ord = ?3) ORDER BY p.ord LIMIT ?4"
            );
            let mut rows = connection.prepare_cached(&sql)?;
            let wanted = params![file, from, place, limited(limit)];
            let made = rows.query_map(wanted, made)?.collect::<rusqlite::Result<Vec<_>>>()?;
            made.into_iter().map(|of| whole(connection, of)).collect::<Result<_, _>>().map(Some)
        })
    }

    /// What one transfer of a file is made of, in order, behind the part `after`; at most `limit`.
    /// Together with what was carried over they are its amount, its fee and what was left.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn parts_of_payout(
        &self,
        file: Id<BankFile>,
        place: u32,
        after: Option<[u64; 3]>,
        limit: usize,
    ) -> Result<Option<(PayoutMade, Vec<PayoutPart>)>, ViewsError> {
        self.ask(|connection| {
            let sql = format!(
                "SELECT {MADE} FROM payout p JOIN bank_file f ON f.entry = p.file \
                 JOIN merchant m ON m.entry = p.merchant WHERE f.id = ?1 AND p.ord = ?2"
            );
            let wanted = params![file.0.to_be_bytes(), place];
            let found = connection.query_row(&sql, wanted, made).optional()?;
            let Some(found) = found else { return Ok(None) };
            let bounds = bounds(connection, &found)?;
            let after = after.unwrap_or_default().map(|part| i64::try_from(part).unwrap_or(0));
            // The payout itself stands at `until`, and is what the others come to.
            let mut rows = connection.prepare_cached(
                "SELECT position, idx, ord, at_us, kind, amount, payment FROM merchant_move \
                 WHERE merchant = ?1 AND (position, idx) > (?2, ?3) \
                 AND (position, idx) <= (?4, ?5) \
                 AND NOT (kind = 'bank_file_sealed' AND (position, idx) = (?4, ?5)) \
                 AND (position, idx, ord) > (?6, ?7, ?8) ORDER BY position, idx, ord LIMIT ?9",
            )?;
            let wanted = params![
                bounds.merchant,
                bounds.after.0,
                bounds.after.1,
                bounds.until.0,
                bounds.until.1,
                after[0],
                after[1],
                after[2],
                limited(limit)
            ];
            let parts = rows.query_map(wanted, part)?.collect::<rusqlite::Result<_>>()?;
            Ok(Some((whole(connection, found)?, parts)))
        })
    }

    /// In which payouts a payment was paid to its merchant, or taken from what it was paid: one for
    /// each of its captures and refunds, none of them for what is not paid out yet.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payouts_of_payment(
        &self,
        payment: Id<Payment>,
    ) -> Result<Vec<(PayoutPart, Option<PayoutMade>)>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT DISTINCT v.position, v.idx, v.ord, v.at_us, v.kind, v.amount, v.payment, \
                 v.merchant FROM line l JOIN payment y ON y.id = l.payment AND y.merchant NOT NULL \
                 JOIN merchant_move v ON v.merchant = y.merchant AND v.position = l.position \
                 AND v.idx = l.idx AND v.payment = l.payment WHERE l.payment = ?1 \
                 ORDER BY v.position, v.idx, v.ord",
            )?;
            let moves = rows.query_map([payment.0.to_be_bytes()], |row| {
                Ok((part(row)?, row.get::<_, u32>(7)?))
            })?;
            let moves = moves.collect::<rusqlite::Result<Vec<_>>>()?;
            let sql = format!(
                "SELECT {MADE} FROM payout p JOIN bank_file f ON f.entry = p.file \
                 JOIN merchant m ON m.entry = p.merchant WHERE p.merchant = ?1 \
                 AND (f.position, f.idx) >= (?2, ?3) AND f.withdrawn_us IS NULL ORDER BY p.file LIMIT 1"
            );
            let mut next = connection.prepare_cached(&sql)?;
            let mut found = Vec::with_capacity(moves.len());
            for (moved, merchant) in moves {
                let position = i64::try_from(moved.at[0]).unwrap_or(i64::MAX);
                let index = i64::try_from(moved.at[1]).unwrap_or(i64::MAX);
                let wanted = params![merchant, position, index];
                let paid = next.query_row(wanted, made).optional()?;
                let paid = paid.map(|of| whole(connection, of)).transpose()?;
                found.push((moved, paid));
            }
            Ok(found)
        })
    }

    /// What a merchant was paid, the newest first, in files before the one with the number
    /// `before`: each transfer with what became of it.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payouts_of_merchant(
        &self,
        merchant: Ref<Merchant>,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<(u32, PayoutMade)>, ViewsError> {
        self.ask(|connection| {
            let sql = format!(
                "SELECT {MADE} FROM payout p JOIN bank_file f ON f.entry = p.file \
                 JOIN merchant m ON m.entry = p.merchant WHERE m.account = ?1 \
                 AND m.reference = ?2 AND p.file < ?3 ORDER BY p.file DESC LIMIT ?4"
            );
            let mut rows = connection.prepare_cached(&sql)?;
            let before = before.unwrap_or(u32::MAX);
            let wanted = params![merchant.number, merchant.to_string(), before, limited(limit)];
            let rows = rows.query_map(wanted, made)?.collect::<rusqlite::Result<Vec<_>>>()?;
            let rows = rows.into_iter().map(|of| Ok((of.file, whole(connection, of)?)));
            rows.collect()
        })
    }

    /// Lines of the operator's banks, the newest first, below a number.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn bank_lines(
        &self,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<BankLineRow>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT l.number, l.currency, l.account, l.day, l.amount, l.found, l.why, f.id, \
                 l.place, l.since_us FROM bank_line l LEFT JOIN bank_file f ON f.entry = l.file \
                 WHERE l.number < ?1 ORDER BY l.number DESC LIMIT ?2",
            )?;
            let wanted = params![before.unwrap_or(u32::MAX), limited(limit)];
            let rows = rows.query_map(wanted, |row| {
                let file: Option<[u8; 16]> = row.get(7)?;
                let file = file.map(|bytes| Id::new(u128::from_be_bytes(bytes)));
                let place: Option<u32> = row.get(8)?;
                Ok(BankLineRow {
                    number: row.get(0)?,
                    currency: currency(row, 1)?,
                    account: row.get(2)?,
                    day: row.get(3)?,
                    amount: row.get(4)?,
                    found: row.get(5)?,
                    why: row.get(6)?,
                    file: file.map(|file| (file, place)),
                    since: time(row, 9)?,
                })
            })?;
            rows.collect()
        })
    }

    /// What wallets had at the end of days (counted from 1970), the newest first, before a day.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn kept_safe(
        &self,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<KeptSafe>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT day, currency, wallets FROM kept_safe WHERE day < ?1 \
                 ORDER BY day DESC, currency LIMIT ?2",
            )?;
            let wanted = params![before.unwrap_or(u32::MAX), limited(limit)];
            let rows = rows.query_map(wanted, |row| {
                Ok(KeptSafe { day: row.get(0)?, currency: currency(row, 1)?, wallets: row.get(2)? })
            })?;
            rows.collect()
        })
    }

    /// What wallets have now, by currency.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn wallets_have(&self) -> Result<Vec<(Currency, i64)>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT currency, sum(balance) FROM account WHERE kind = ?1 GROUP BY currency",
            )?;
            let kind = ledger::AccountKind::Wallet as u8;
            rows.query_map([kind], |row| Ok((currency(row, 0)?, row.get(1)?)))?.collect()
        })
    }
}

/// A payout with what finds its parts.
struct Made {
    of: PayoutMade,
    /// Its record: group, and place in that.
    at: (i64, i64),
    merchant: u32,
    file: u32,
}

fn made(row: &Row<'_>) -> rusqlite::Result<Made> {
    let returned: Option<Timestamp> = time_maybe(row, 7)?;
    let reason: Option<String> = row.get(8)?;
    let of = PayoutMade {
        file: id(row, 0)?,
        place: row.get(1)?,
        merchant: parsed(row, 2)?,
        currency: currency(row, 3)?,
        day: row.get(4)?,
        amount: unsigned(row, 5)?,
        fee: unsigned(row, 6)?,
        carried: 0,
        left: 0,
        returned: returned.map(|at| (at, reason.unwrap_or_default())),
        line: row.get(14)?,
        sent: time_maybe(row, 9)?,
    };
    let at = (row.get(10)?, row.get(11)?);
    Ok(Made { of, at, merchant: row.get(12)?, file: row.get(13)? })
}

/// What lies between the payout before, of a file that was not withdrawn, and this one.
fn bounds(connection: &rusqlite::Connection, made: &Made) -> rusqlite::Result<Bounds> {
    let mut before = connection.prepare_cached(
        "SELECT f.position, f.idx FROM payout p JOIN bank_file f ON f.entry = p.file \
         WHERE p.merchant = ?1 AND p.file < ?2 AND f.withdrawn_us IS NULL \
         ORDER BY p.file DESC LIMIT 1",
    )?;
    let after = before
        .query_row([made.merchant, made.file], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(Bounds { merchant: made.merchant, after: after.unwrap_or((-1, 0)), until: made.at })
}

/// What a merchant had before the first part, and has after the payout.
fn whole(connection: &rusqlite::Connection, made: Made) -> rusqlite::Result<PayoutMade> {
    let bounds = bounds(connection, &made)?;
    let mut sum = connection.prepare_cached(
        "SELECT coalesce(sum(amount), 0) FROM merchant_move WHERE merchant = ?1 \
         AND (position, idx) > (?2, ?3) AND (position, idx) <= (?4, ?5)",
    )?;
    let mut of = |after: (i64, i64), until: (i64, i64)| -> rusqlite::Result<i64> {
        let wanted = params![bounds.merchant, after.0, after.1, until.0, until.1];
        sum.query_row(wanted, |row| row.get(0))
    };
    let carried = of((-1, 0), bounds.after)?;
    let moved = of(bounds.after, bounds.until)?;
    Ok(PayoutMade { carried, left: carried + moved, ..made.of })
}

fn part(row: &Row<'_>) -> rusqlite::Result<PayoutPart> {
    Ok(PayoutPart {
        at: [unsigned(row, 0)?, unsigned(row, 1)?, unsigned(row, 2)?],
        time: time(row, 3)?,
        kind: row.get(4)?,
        amount: row.get(5)?,
        payment: payment_maybe(row, 6)?,
    })
}
