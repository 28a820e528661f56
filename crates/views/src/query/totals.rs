//! What was captured and refunded, by day of the cell.

use kernel::{Currency, Timestamp};
use rusqlite::params;

use crate::memory::currency;
use crate::{Views, ViewsError};

/// By what totals are summed up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The number of the prefecture (JIS X 0401); 0 outside Japan.
    Prefecture,
    /// The word of the trade.
    Category,
    /// The reference of the store.
    Store,
    /// The reference of the merchant.
    Merchant,
    /// The day, as days since 1970.
    Day,
}

/// A sum of sales in one currency. A refund counts for the day it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Total {
    /// Of what: see [`By`].
    pub key: String,
    /// The currency of the amounts.
    pub currency: Currency,
    /// How many payments were captured.
    pub payments: u64,
    /// Captured, in minor units.
    pub captured: i64,
    /// How many refunds were made.
    pub refunds: u64,
    /// Given back, in minor units.
    pub refunded: i64,
    /// The merchants' fees, less what refunds gave back of them.
    pub fee: i64,
}

impl Total {
    /// Captured less refunded, in minor units.
    pub fn net(&self) -> i64 {
        self.captured - self.refunded
    }
}

impl By {
    const fn column(self) -> &'static str {
        match self {
            Self::Prefecture => "s.prefecture",
            Self::Category => "s.category",
            Self::Store => "s.reference",
            Self::Merchant => "m.reference",
            Self::Day => "t.day",
        }
    }
}

impl Views {
    /// Sums of the sales of the days `days.0 ..= days.1`, as days since 1970 by the cell's own
    /// clock; those of one currency and key together, in order of the key. Nothing for a key
    /// without sales.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn totals(&self, by: By, days: (u32, u32)) -> Result<Vec<Total>, ViewsError> {
        let key = by.column();
        let sql = format!(
            "SELECT CAST({key} AS TEXT), m.currency, sum(t.payments), sum(t.captured), \
             sum(t.refunds), sum(t.refunded), sum(t.fee) FROM day_total t \
             JOIN store s ON s.number = t.store JOIN merchant m ON m.entry = s.merchant \
             WHERE t.day BETWEEN ? AND ? GROUP BY {key}, m.currency ORDER BY {key}, m.currency"
        );
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(&sql)?;
            let totals = rows.query_map(params![days.0, days.1], |row| {
                Ok(Total {
                    key: row.get(0)?,
                    currency: currency(row, 1)?,
                    payments: row.get::<_, i64>(2)? as u64,
                    captured: row.get(3)?,
                    refunds: row.get::<_, i64>(4)? as u64,
                    refunded: row.get(5)?,
                    fee: row.get(6)?,
                })
            })?;
            totals.collect()
        })
    }

    /// The cell's day of a moment, as days since 1970: by the offset that its rules had then.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn day(&self, now: Timestamp) -> Result<u32, ViewsError> {
        Ok(self.clock(now)?.0)
    }

    /// How many payments were captured for stores of this cell since its beginning.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payments_captured(&self) -> Result<u64, ViewsError> {
        self.ask(|connection| {
            let sql = "SELECT coalesce(sum(payments), 0) FROM day_total";
            connection.prepare_cached(sql)?.query_row([], |row| Ok(row.get::<_, i64>(0)? as u64))
        })
    }
}
