//! Sales of a span of days, broken down in every way at once, so that all sums are equal.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use kernel::{Currency, Timestamp};
use pay::Category;
use rusqlite::{Connection, Row, params};

use super::{unsigned, worded};
use crate::memory::{Memory, currency};
use crate::{Views, ViewsError};

/// What was sold and what was given back. A refund counts for the moment it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
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

impl Sum {
    /// Captured less refunded, in minor units.
    pub fn net(&self) -> i64 {
        self.captured - self.refunded
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.payments += other.payments;
        self.captured += other.captured;
        self.refunds += other.refunds;
        self.refunded += other.refunded;
        self.fee += other.fee;
    }
}

/// Which wallets paid. In what a wallet of another cell is kept does not cross the corridor: the
/// seller's cell knows over which link it was paid, and what that link's cell is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WalletOf {
    /// Those of this cell that are kept in a currency.
    Here(Currency),
    /// Those of the cell of this name.
    Cell(String),
    /// Another company's, through the connector of this name.
    Connector(String),
}

/// The sales of some days in one currency. Each breakdown adds up to `all`; what had neither a
/// payment nor a refund is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// What shops were paid in.
    pub currency: Currency,
    /// Everything.
    pub all: Sum,
    /// By the number of the prefecture (JIS X 0401); 0 outside Japan.
    pub by_prefecture: BTreeMap<u8, Sum>,
    /// By trade.
    pub by_category: BTreeMap<Category, Sum>,
    /// By the hour of the cell's day, 0 to 23.
    pub by_hour: BTreeMap<u8, Sum>,
    /// By who paid.
    pub by_wallet: BTreeMap<WalletOf, Sum>,
    /// By day, as days since 1970.
    pub by_day: BTreeMap<u32, Sum>,
}

impl Figures {
    /// Nothing sold.
    pub fn none(currency: Currency) -> Self {
        Self {
            currency,
            all: Sum::default(),
            by_prefecture: BTreeMap::new(),
            by_category: BTreeMap::new(),
            by_hour: BTreeMap::new(),
            by_wallet: BTreeMap::new(),
            by_day: BTreeMap::new(),
        }
    }

    fn add(&mut self, cut: &Cut, wallet: &WalletOf) {
        self.all += cut.sum;
        *self.by_prefecture.entry(cut.prefecture).or_default() += cut.sum;
        *self.by_category.entry(cut.category).or_default() += cut.sum;
        *self.by_hour.entry(cut.hour).or_default() += cut.sum;
        *self.by_wallet.entry(wallet.clone()).or_default() += cut.sum;
        *self.by_day.entry(cut.day).or_default() += cut.sum;
    }
}

/// One row of the file.
struct Cut {
    day: u32,
    hour: u8,
    prefecture: u8,
    category: Category,
    wallet: i32,
    currency: Currency,
    sum: Sum,
}

const HOURS: &str = "SELECT day, at, prefecture, category, wallet, currency, payments, captured, \
    refunds, refunded, fee FROM figure WHERE day BETWEEN ?1 AND ?2 AND (day, at) < (?2, ?3)";
const MINUTES: &str = "SELECT day, at / 60, prefecture, category, wallet, currency, payments, \
    captured, refunds, refunded, fee FROM figure_minute WHERE day = ?1 AND at BETWEEN ?2 AND ?3";

impl Views {
    /// The sales of the days `days.0 ..= days.1`, as days since 1970 by the cell's own clock, in
    /// order of the currency's code; nothing for a currency without any. With `until`, the last
    /// day counts up to that minute of it and with it: told of today and of the same day a week
    /// before, whose minutes are kept.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn figures(
        &self,
        days: (u32, u32),
        until: Option<u16>,
    ) -> Result<Vec<Figures>, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let peers = peers(&tx)?;
            let mut found: BTreeMap<&'static str, Figures> = BTreeMap::new();
            let hour = until.map_or(24, |minute| minute / 60);
            let mut take = |cut: Cut| -> rusqlite::Result<()> {
                let wallet = wallet_of(cut.wallet, &peers)?;
                let of = found.entry(cut.currency.code());
                of.or_insert_with(|| Figures::none(cut.currency)).add(&cut, &wallet);
                Ok(())
            };
            let mut hours = tx.prepare_cached(HOURS)?;
            for row in hours.query_map(params![days.0, days.1, hour], cut)? {
                take(row?)?;
            }
            if let Some(minute) = until {
                let mut minutes = tx.prepare_cached(MINUTES)?;
                for row in minutes.query_map(params![days.1, hour * 60, minute], cut)? {
                    take(row?)?;
                }
            }
            Ok(found.into_values().collect())
        })
    }

    /// The cell's day of a moment, as days since 1970, and the minute of it: by the offset that
    /// its rules had then.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn clock(&self, now: Timestamp) -> Result<(u32, u16), ViewsError> {
        let minutes = self.offset(now)?;
        Ok((Memory::day_at(now, minutes), Memory::minute_at(now, minutes)))
    }

    /// How many minutes the cell's own clock is ahead of UTC at a moment.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn offset(&self, now: Timestamp) -> Result<u32, ViewsError> {
        self.ask(|connection| {
            let offsets = "SELECT from_us, minutes FROM utc_offset";
            let mut rows = connection.prepare_cached(offsets)?;
            let rows = rows
                .query_map([], |row| Ok((Timestamp(row.get::<_, i64>(0)? as u64), row.get(1)?)))?;
            let offsets: Vec<(Timestamp, u32)> = rows.collect::<Result<_, _>>()?;
            let held =
                offsets.iter().filter(|(from, _)| *from <= now).max_by_key(|(from, _)| *from);
            Ok(held.map_or(0, |(_, minutes)| *minutes))
        })
    }
}

fn cut(row: &Row<'_>) -> rusqlite::Result<Cut> {
    Ok(Cut {
        day: row.get(0)?,
        hour: row.get(1)?,
        prefecture: row.get(2)?,
        category: worded(row, 3, Category::from_word)?,
        wallet: row.get(4)?,
        currency: currency(row, 5)?,
        sum: Sum {
            payments: unsigned(row, 6)?,
            captured: row.get(7)?,
            refunds: unsigned(row, 8)?,
            refunded: row.get(9)?,
            fee: row.get(10)?,
        },
    })
}

/// Who pays from elsewhere, by the number of the link.
pub(super) type Peers = BTreeMap<i32, WalletOf>;

pub(super) fn peers(connection: &Connection) -> rusqlite::Result<Peers> {
    let sql = "SELECT number, name, 0 FROM link UNION ALL SELECT number, name, 1 FROM connector";
    let mut rows = connection.prepare_cached(sql)?;
    let peers = rows.query_map([], |row| {
        let (number, name, connector) = (row.get(0)?, row.get(1)?, row.get::<_, bool>(2)?);
        Ok((number, if connector { WalletOf::Connector(name) } else { WalletOf::Cell(name) }))
    })?;
    peers.collect()
}

pub(super) fn wallet_of(column: i32, peers: &Peers) -> rusqlite::Result<WalletOf> {
    let unknown = || rusqlite::Error::IntegralValueOutOfRange(4, column.into());
    if column < 0 {
        return peers.get(&(-1 - column)).cloned().ok_or_else(unknown);
    }
    let numeric = u16::try_from(column).map_err(|_| unknown())?;
    Currency::from_numeric(numeric).map(WalletOf::Here).map_err(|_| unknown())
}
