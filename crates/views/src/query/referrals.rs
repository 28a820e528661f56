//! What a referrer has of what the cell earned, by day.

use kernel::Ref;
use kernel::id::Merchant;

use super::{limited, parsed};
use crate::{Views, ViewsError};

/// A day of a referrer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BroughtDay {
    /// The cell's day, as days since 1970.
    pub day: u32,
    /// Payments of which it got a share for the first time.
    pub payments: u64,
    /// What the cell earned on payments, in minor units.
    pub earned: u64,
    /// What the referrer got of it.
    pub given: u64,
    /// What it gave back with refunds.
    pub returned: u64,
}

/// What a referrer has in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BroughtSum {
    /// Payments of which it got a share.
    pub payments: u64,
    /// What the cell earned on them, in minor units.
    pub earned: u64,
    /// What the referrer has of it: given less returned.
    pub kept: u64,
}

impl Views {
    /// What each referrer has in all, by its merchant.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn brought_in_all(&self) -> Result<Vec<(Ref<Merchant>, BroughtSum)>, ViewsError> {
        self.ask(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT m.reference, sum(d.payments), sum(d.earned), sum(d.given - d.returned) \
                 FROM brought_day d JOIN merchant m ON m.entry = d.merchant GROUP BY m.reference",
            )?;
            let found = rows.query_map([], |row| {
                let whole = |n: i64| u64::try_from(n).unwrap_or(0);
                let sum = BroughtSum {
                    payments: whole(row.get(1)?),
                    earned: whole(row.get(2)?),
                    kept: whole(row.get(3)?),
                };
                Ok((parsed(row, 0)?, sum))
            })?;
            found.collect()
        })
    }

    /// The days of a referrer, the newest first, at most so many.
    ///
    /// # Errors
    /// The file can't be read.
    pub fn brought_by(
        &self,
        merchant: Ref<Merchant>,
        limit: usize,
    ) -> Result<Vec<BroughtDay>, ViewsError> {
        self.ask(|sql| {
            let mut rows = sql.prepare_cached(
                "SELECT d.day, d.payments, d.earned, d.given, d.returned FROM brought_day d \
                 JOIN merchant m ON m.entry = d.merchant WHERE m.reference = ?1 \
                 ORDER BY d.day DESC LIMIT ?2",
            )?;
            let found = rows.query_map((merchant.to_string(), limited(limit)), |row| {
                let whole = |n: i64| u64::try_from(n).unwrap_or(0);
                Ok(BroughtDay {
                    day: row.get(0)?,
                    payments: whole(row.get(1)?),
                    earned: whole(row.get(2)?),
                    given: whole(row.get(3)?),
                    returned: whole(row.get(4)?),
                })
            })?;
            found.collect()
        })
    }
}
