//! Files by which banks pay merchants, and what they paid a merchant.

use kernel::id::{BankFile, Merchant};
use kernel::{Currency, Id, Ref, Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use super::{id, limited, time, time_maybe, unsigned};
use crate::memory::currency;
use crate::{Views, ViewsError};

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankFileRow {
    /// Its number in the order in which files were made, from 0.
    pub entry: u32,
    /// Which.
    pub id: Id<BankFile>,
    /// What it pays in.
    pub currency: Currency,
    /// On which day the bank is to pay, as `yyyymmdd`.
    pub day: u32,
    /// Which file of that day it is, from 1.
    pub number: u16,
    /// The hash of its bytes.
    pub hash: [u8; 32],
    /// How many transfers it has.
    pub count: u32,
    /// What they pay in all, in minor units.
    pub total: u64,
    /// What merchants paid for it on top.
    pub fees: u64,
    /// When it was sealed.
    pub sealed: Timestamp,
    /// When it was confirmed as sent.
    pub sent: Option<Timestamp>,
    /// When it was withdrawn.
    pub withdrawn: Option<Timestamp>,
}

/// What a file pays one merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayoutRow {
    /// In which file.
    pub file: BankFileRow,
    /// Minor units for its bank.
    pub amount: u64,
    /// The fee on top.
    pub fee: u64,
}

const FILE: &str = "f.entry, f.id, f.currency, f.day, f.number, f.hash, f.count, f.total, f.fees, \
                    f.sealed_us, f.sent_us, f.withdrawn_us";

impl Views {
    /// Files, the newest first, from before the one with the number `before` on; `limit` is at
    /// most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn bank_files(
        &self,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<BankFileRow>, ViewsError> {
        let before = before.unwrap_or(u32::MAX);
        self.ask(|connection| {
            let sql = format!(
                "SELECT {FILE} FROM bank_file f WHERE f.entry < ?1 ORDER BY f.entry DESC LIMIT ?2"
            );
            let mut rows = connection.prepare_cached(&sql)?;
            rows.query_map(params![before, limited(limit)], read)?.collect()
        })
    }

    /// What a merchant was paid, the newest first, in files before the one with the number
    /// `before`; `limit` is at most 500. Empty for a reference that this cell did not hand out.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payouts(
        &self,
        merchant: Ref<Merchant>,
        before: Option<u32>,
        limit: usize,
    ) -> Result<Vec<PayoutRow>, ViewsError> {
        let before = before.unwrap_or(u32::MAX);
        self.ask(|connection| {
            let sql = format!(
                "SELECT {FILE}, p.amount, p.fee FROM payout p JOIN bank_file f ON f.entry = p.file \
                 WHERE p.merchant = (SELECT entry FROM merchant WHERE account = ?1 AND \
                 reference = ?2) AND p.file < ?3 ORDER BY p.file DESC LIMIT ?4"
            );
            let mut rows = connection.prepare_cached(&sql)?;
            let wanted = params![merchant.number, merchant.to_string(), before, limited(limit)];
            let rows = rows.query_map(wanted, |row| {
                Ok(PayoutRow {
                    file: read(row)?,
                    amount: unsigned(row, 12)?,
                    fee: unsigned(row, 13)?,
                })
            })?;
            rows.collect()
        })
    }

    /// What a merchant sold since the last file that paid it, also one that was withdrawn later, and
    /// what it had after that: both at one position. Nothing for a reference that this cell did
    /// not hand out.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn sold_since_file(
        &self,
        merchant: Ref<Merchant>,
    ) -> Result<Option<SoldSinceFile>, ViewsError> {
        self.ask(|connection| {
            let sql = "SELECT coalesce(s.payments, 0), coalesce(s.captured, 0), \
                 coalesce(s.refunded, 0), coalesce(s.fee, 0), coalesce(s.fee_back, 0), coalesce(s.shares, 0), a.balance \
                 FROM merchant m JOIN account a ON a.number = m.account \
                 LEFT JOIN sold s ON s.merchant = m.entry \
                 WHERE m.account = ?1 AND m.reference = ?2";
            let wanted = params![merchant.number, merchant.to_string()];
            let mut found = connection.prepare_cached(sql)?;
            let found = found.query_row(wanted, |row| {
                Ok(SoldSinceFile {
                    payments: unsigned(row, 0)?,
                    captured: unsigned(row, 1)?,
                    refunded: unsigned(row, 2)?,
                    fees: unsigned(row, 3)?,
                    fees_back: unsigned(row, 4)?,
                    shares: row.get(5)?,
                    balance: row.get(6)?,
                })
            });
            found.optional()
        })
    }
}

/// What a merchant sold since its last file, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SoldSinceFile {
    /// Payments captured.
    pub payments: u64,
    /// What was captured, also of payments that were there before.
    pub captured: u64,
    /// What was given back, also of payments that were captured before.
    pub refunded: u64,
    /// Fees of what was captured.
    pub fees: u64,
    /// Fees that came back with what was given back.
    pub fees_back: u64,
    /// What others' sales brought less what others got of its own.
    pub shares: i64,
    /// What the merchant's account had then.
    pub balance: i64,
}

impl SoldSinceFile {
    /// What the account had or got beside these sales: left over from before the file, of a file
    /// that was withdrawn, moved by hand. Below zero when that took something from it.
    pub fn carried_over(&self) -> i128 {
        let came = i128::from(self.captured) + i128::from(self.fees_back);
        let went = i128::from(self.refunded) + i128::from(self.fees);
        i128::from(self.balance) - came + went - i128::from(self.shares)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<BankFileRow> {
    Ok(BankFileRow {
        entry: row.get(0)?,
        id: id(row, 1)?,
        currency: currency(row, 2)?,
        day: row.get(3)?,
        number: row.get(4)?,
        hash: row.get(5)?,
        count: row.get(6)?,
        total: unsigned(row, 7)?,
        fees: unsigned(row, 8)?,
        sealed: time(row, 9)?,
        sent: time_maybe(row, 10)?,
        withdrawn: time_maybe(row, 11)?,
    })
}
