//! What moved a nostro: message by message, and by the hour.

use kernel::id::Payment;
use kernel::{Id, Timestamp};
use rusqlite::params;

use super::{payment_maybe, time, unsigned};
use crate::project::int;
use crate::{Views, ViewsError};

/// A movement of a nostro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NostroEntry {
    /// The number of its keeper's message.
    pub number: u64,
    /// When it was written here.
    pub at: Timestamp,
    /// The payment that it is about; none for a top-up.
    pub payment: Option<Id<Payment>>,
    /// `captured`, `refunded` or `topped_up`.
    pub kind: String,
    /// Minor units: below zero for what was taken.
    pub amount: i64,
    /// What the nostro holds after it.
    pub balance: i64,
}

/// What an hour of UTC used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NostroHour {
    /// The hour, counted from 1970.
    pub hour: u64,
    /// Taken for sellers, in minor units.
    pub captured: u64,
    /// Given back by them.
    pub refunded: u64,
}

impl Views {
    /// Movements of a nostro behind a message number, through another, oldest first, at most
    /// `limit`.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn nostro_entries(
        &self,
        (link, keeper): (u8, bool),
        (after, through): (u64, u64),
        limit: u32,
    ) -> Result<Vec<NostroEntry>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT number, at_us, payment, kind, amount, balance FROM nostro_entry \
                 WHERE link = ? AND keeper = ? AND number > ? AND number <= ? \
                 ORDER BY number LIMIT ?",
            )?;
            let asked = params![link, keeper, int(after), int(through), limit];
            let rows = rows.query_map(asked, |row| {
                Ok(NostroEntry {
                    number: unsigned(row, 0)?,
                    at: time(row, 1)?,
                    payment: payment_maybe(row, 2)?,
                    kind: row.get(3)?,
                    amount: row.get(4)?,
                    balance: row.get(5)?,
                })
            })?;
            rows.collect()
        })
    }

    /// What the hours from one on used, oldest first; hours without use are left out.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn nostro_hours(
        &self,
        (link, keeper): (u8, bool),
        from: u64,
    ) -> Result<Vec<NostroHour>, ViewsError> {
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT hour, captured, refunded FROM nostro_hour \
                 WHERE link = ? AND keeper = ? AND hour >= ? ORDER BY hour",
            )?;
            let rows = rows.query_map(params![link, keeper, int(from)], |row| {
                let (hour, captured) = (unsigned(row, 0)?, unsigned(row, 1)?);
                Ok(NostroHour { hour, captured, refunded: unsigned(row, 2)? })
            })?;
            rows.collect()
        })
    }
}
