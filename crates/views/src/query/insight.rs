//! Months of sales, and of what this cell's people spend abroad.

use std::collections::BTreeMap;

use kernel::{Currency, Rounding, Timestamp, ratio};
use pay::Category;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::figures::{Peers, Sum, WalletOf, peers, wallet_of};
use super::{unsigned, worded};
use crate::memory::{Memory, currency};
use crate::month::Month;
use crate::{Views, ViewsError};

/// A trip ends when its wallet pays nothing abroad for more days than this, by the calendar of the
/// wallet's cell: the payments of the 1st and the 15th are of one trip, those of the 1st and the
/// 16th of two. Declared, not measured: pages show it beside every figure that rests on it. Whoever
/// changes it raises the schema's version, so that every file is built anew with it.
pub const TRIP_GAP_DAYS: u32 = 14;

/// The sales of a month that have everything in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sold {
    /// By the selling cell's calendar. A refund counts for the month it was made in.
    pub month: Month,
    /// The number of the prefecture (JIS X 0401); 0 outside Japan.
    pub prefecture: u8,
    /// The trade.
    pub category: Category,
    /// Who paid.
    pub wallet: WalletOf,
    /// What the shop is paid in.
    pub currency: Currency,
    /// What was sold and given back.
    pub sum: Sum,
}

/// What wallets of one currency paid over links.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AbroadSum {
    /// How many payments were taken, each counted with its first part.
    pub payments: u64,
    /// Paid, with spread and fee, in minor units of the wallets.
    pub paid: i64,
    /// How many refunds arrived; each counts for when it did.
    pub refunds: u64,
    /// What came back to wallets.
    pub returned: i64,
}

/// What this cell's wallets of one currency did abroad in some months.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Abroad {
    /// The wallets' currency.
    pub currency: Currency,
    /// By month and the name of the cell that sold.
    pub months: BTreeMap<(Month, String), AbroadSum>,
}

/// Trips that began in some months. What came back of a payment is taken off the trip on which it
/// was made, whenever it came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TripSum {
    /// How many.
    pub trips: u64,
    /// How many of them may still go on: their last payment is not longer ago than
    /// [`TRIP_GAP_DAYS`].
    pub open: u64,
    /// Payments on them.
    pub payments: u64,
    /// Paid less returned, in minor units of the wallets.
    pub spent: i64,
    /// What was spent on the one in the middle; of two, the mean of both, half a unit to even.
    pub median: i64,
}

impl TripSum {
    /// What a trip cost in the mean, half a unit to even; nothing without a trip.
    pub fn mean(&self) -> Option<i64> {
        let spent = u64::try_from(self.spent).ok()?;
        let mean = ratio(spent, 1, u128::from(self.trips), Rounding::HalfEven)?;
        i64::try_from(mean).ok()
    }
}

/// The trips of wallets of one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trips {
    /// The wallets' currency.
    pub currency: Currency,
    /// All of them.
    pub all: TripSum,
    /// By the month of their first payment.
    pub by_month: BTreeMap<Month, TripSum>,
}

const SOLD: &str = "SELECT month, prefecture, category, wallet, currency, payments, captured, \
    refunds, refunded, fee FROM figure_month WHERE month BETWEEN ?1 AND ?2 ORDER BY 1, 2, 3, 4, 5";
const ABROAD: &str = "SELECT a.month, l.name, a.currency, a.payments, a.paid, a.refunds, \
    a.returned FROM abroad_month a JOIN link l ON l.number = a.link \
    WHERE a.month BETWEEN ?1 AND ?2";
const TRIPS: &str = "SELECT month, currency, last_day, payments, paid - returned FROM trip \
    WHERE month BETWEEN ?1 AND ?2";

impl Views {
    /// Every month of sales of `months.0 ..= months.1`, in order of the month, then prefecture,
    /// trade, wallet and currency; nothing where there was neither a payment nor a refund.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn sold(&self, months: (Month, Month)) -> Result<Vec<Sold>, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let peers = peers(&tx)?;
            let mut rows = tx.prepare_cached(SOLD)?;
            let rows = rows.query_map([months.0.0, months.1.0], |row| sold(row, &peers))?;
            rows.collect()
        })
    }

    /// How many people of this cell paid at its own shops in some months: of all of them, or of
    /// one prefecture, one trade, or both. Of who pays over a link it can't be told: nothing
    /// crosses by which two payments could be known to be one person's.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn customers(
        &self,
        months: (Month, Month),
        prefecture: Option<u8>,
        category: Option<Category>,
    ) -> Result<u64, ViewsError> {
        self.ask(|connection| {
            let sql = "SELECT count(DISTINCT party) FROM customer WHERE month BETWEEN ?1 AND ?2 \
                       AND (?3 IS NULL OR prefecture = ?3) AND (?4 IS NULL OR category = ?4)";
            let mut asked = connection.prepare_cached(sql)?;
            let trade = category.map(Category::word);
            asked.query_row(params![months.0.0, months.1.0, prefecture, trade], |row| {
                unsigned(row, 0)
            })
        })
    }

    /// What this cell's wallets paid over links in some months, in order of the currency's code.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn abroad(&self, months: (Month, Month)) -> Result<Vec<Abroad>, ViewsError> {
        self.ask(|connection| {
            let mut found: BTreeMap<&'static str, Abroad> = BTreeMap::new();
            let mut asked = connection.prepare_cached(ABROAD)?;
            let mut rows = asked.query([months.0.0, months.1.0])?;
            while let Some(row) = rows.next()? {
                let currency = currency(row, 2)?;
                let of = found
                    .entry(currency.code())
                    .or_insert_with(|| Abroad { currency, months: BTreeMap::new() });
                let sum = AbroadSum {
                    payments: unsigned(row, 3)?,
                    paid: row.get(4)?,
                    refunds: unsigned(row, 5)?,
                    returned: row.get(6)?,
                };
                of.months.insert((Month(row.get(0)?), row.get(1)?), sum);
            }
            Ok(found.into_values().collect())
        })
    }

    /// How many people of this cell paid over a link in some months: all, and in each month.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn travellers(
        &self,
        months: (Month, Month),
    ) -> Result<(u64, BTreeMap<Month, u64>), ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let all = "SELECT count(DISTINCT party) FROM abroad_person \
                       WHERE month BETWEEN ?1 AND ?2";
            let mut all = tx.prepare_cached(all)?;
            let all = all.query_row([months.0.0, months.1.0], |row| unsigned(row, 0))?;
            let each = "SELECT month, count(*) FROM abroad_person \
                        WHERE month BETWEEN ?1 AND ?2 GROUP BY month";
            let mut each = tx.prepare_cached(each)?;
            let each = each.query_map([months.0.0, months.1.0], |row| {
                Ok((Month(row.get(0)?), unsigned(row, 1)?))
            })?;
            Ok((all, each.collect::<Result<_, _>>()?))
        })
    }

    /// The trips that began in some months, in order of the currency's code.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn trips(&self, months: (Month, Month)) -> Result<Vec<Trips>, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let today = today(&tx)?;
            let mut found: BTreeMap<&'static str, Gathered> = BTreeMap::new();
            let mut asked = tx.prepare_cached(TRIPS)?;
            let mut rows = asked.query([months.0.0, months.1.0])?;
            while let Some(row) = rows.next()? {
                let currency = currency(row, 1)?;
                let of = found.entry(currency.code()).or_insert_with(|| Gathered::of(currency));
                let last: u32 = row.get(2)?;
                let open = today.saturating_sub(last) <= TRIP_GAP_DAYS;
                let trip = One { open, payments: unsigned(row, 3)?, spent: row.get(4)? };
                of.by_month.entry(Month(row.get(0)?)).or_default().push(trip);
            }
            Ok(found.into_values().map(Gathered::summed).collect())
        })
    }

    /// Who ever paid at the cell's shops, in order: wallets of its own by currency, then cells.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn wallets_of_sales(&self) -> Result<Vec<WalletOf>, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let peers = peers(&tx)?;
            let mut asked = tx.prepare_cached("SELECT DISTINCT wallet FROM figure_month")?;
            let mut rows = asked.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(wallet_of(row.get(0)?, &peers)?);
            }
            found.sort();
            Ok(found)
        })
    }

    /// When the cell registered its first party; none before.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn since(&self) -> Result<Option<Timestamp>, ViewsError> {
        self.ask(|connection| {
            let sql = "SELECT since_us FROM party ORDER BY number LIMIT 1";
            let mut asked = connection.prepare_cached(sql)?;
            let found = asked.query_row([], |row| row.get::<_, i64>(0)).optional()?;
            Ok(found.map(|since| Timestamp(since as u64)))
        })
    }

    /// The first and the last month with a sale or a payment abroad.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn months(&self) -> Result<Option<(Month, Month)>, ViewsError> {
        self.ask(|connection| {
            let sql = "SELECT min(a), max(b) FROM \
                       (SELECT min(month) AS a, max(month) AS b FROM figure_month \
                        UNION ALL SELECT min(month), max(month) FROM abroad_month)";
            let mut asked = connection.prepare_cached(sql)?;
            let (first, last) = asked.query_row([], |row| {
                Ok((row.get::<_, Option<u32>>(0)?, row.get::<_, Option<u32>>(1)?))
            })?;
            Ok(first.zip(last).map(|(first, last)| (Month(first), Month(last))))
        })
    }
}

/// The day of the newest group that the file knows, by the cell's clock.
fn today(connection: &Connection) -> rusqlite::Result<u32> {
    let sql = "SELECT c.time_us, (SELECT minutes FROM utc_offset WHERE from_us <= c.time_us \
               ORDER BY from_us DESC LIMIT 1) FROM cursor c";
    let found = connection.prepare_cached(sql)?.query_row([], |row| {
        let now = Timestamp(row.get::<_, i64>(0)? as u64);
        Ok(Memory::day_at(now, row.get::<_, Option<u32>>(1)?.unwrap_or(0)))
    });
    Ok(found.optional()?.unwrap_or(0))
}

fn sold(row: &Row<'_>, peers: &Peers) -> rusqlite::Result<Sold> {
    Ok(Sold {
        month: Month(row.get(0)?),
        prefecture: row.get(1)?,
        category: worded(row, 2, Category::from_word)?,
        wallet: wallet_of(row.get(3)?, peers)?,
        currency: currency(row, 4)?,
        sum: Sum {
            payments: unsigned(row, 5)?,
            captured: row.get(6)?,
            refunds: unsigned(row, 7)?,
            refunded: row.get(8)?,
            fee: row.get(9)?,
        },
    })
}

/// One trip.
#[derive(Clone, Copy)]
struct One {
    open: bool,
    payments: u64,
    spent: i64,
}

struct Gathered {
    currency: Currency,
    by_month: BTreeMap<Month, Vec<One>>,
}

impl Gathered {
    fn of(currency: Currency) -> Self {
        Self { currency, by_month: BTreeMap::new() }
    }

    fn summed(self) -> Trips {
        let mut all: Vec<One> = self.by_month.values().flatten().copied().collect();
        let by_month = self.by_month.into_iter();
        Trips {
            currency: self.currency,
            all: summed(&mut all),
            by_month: by_month.map(|(month, mut of)| (month, summed(&mut of))).collect(),
        }
    }
}

fn summed(trips: &mut [One]) -> TripSum {
    let mut sum = TripSum { median: median(trips), ..TripSum::default() };
    for trip in trips {
        sum.trips += 1;
        sum.open += u64::from(trip.open);
        sum.payments += trip.payments;
        sum.spent += trip.spent;
    }
    sum
}

fn median(trips: &mut [One]) -> i64 {
    if trips.is_empty() {
        return 0;
    }
    let at = trips.len() / 2;
    let even = trips.len().is_multiple_of(2);
    let (below, upper, _) = trips.select_nth_unstable_by_key(at, |trip| trip.spent);
    let upper = upper.spent;
    let lower = if even { below.iter().map(|trip| trip.spent).max() } else { None };
    let Some(lower) = lower else { return upper };
    // What came back is never more than what was paid: neither is below zero.
    let both = u64::try_from(lower).unwrap_or(0) + u64::try_from(upper).unwrap_or(0);
    ratio(both, 1, 2, Rounding::HalfEven).and_then(|mean| i64::try_from(mean).ok()).unwrap_or(upper)
}
