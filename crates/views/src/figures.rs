//! What sales are added up by: kept as sums while the journal is followed, so that a page costs the
//! same with a thousand payments or with millions. Sums stand by the hour for ever, and by the
//! minute for as long as a day that has not ended may be compared with the same day of last week.

use std::collections::BTreeMap;

use pay::Category;
use rusqlite::{Connection, params};

use crate::month::Month;

/// How many days before the newest one keep their minutes: a week, and the day itself where a
/// clock's offset changed.
const DAYS_BY_MINUTE: u32 = 8;

/// One cell of the finest breakdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    /// Days since 1970, by the cell's own clock.
    pub day: u32,
    /// The minute of that day, 0 to 1439.
    pub minute: u16,
    pub prefecture: u8,
    pub category: Category,
    pub wallet: i32,
    /// The ISO 4217 number of what the shop is paid in.
    pub currency: u16,
}

/// Who paid, as a column holds it: the currency's number of a wallet of this cell, or −1 and below
/// for the links, whose other end alone knows its wallets.
pub(crate) const fn over(link: u8) -> i32 {
    -1 - link as i32
}

/// What sums change by. A refund counts where and when it is made, as its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub payments: i64,
    pub captured: i64,
    pub refunds: i64,
    pub refunded: i64,
    pub fee: i64,
}

impl Change {
    fn add(&mut self, other: &Self) {
        self.payments += other.payments;
        self.captured += other.captured;
        self.refunds += other.refunds;
        self.refunded += other.refunded;
        self.fee += other.fee;
    }
}

/// What the file does not have yet.
#[derive(Debug, Default)]
pub(crate) struct Figures {
    dirty: BTreeMap<Cut, Change>,
    /// The newest day whose surplus minutes are gone.
    pruned: Option<u32>,
}

impl Figures {
    pub fn add(&mut self, cut: Cut, change: &Change) {
        self.dirty.entry(cut).or_default().add(change);
    }

    /// Writes what changed; `today` is the day of the newest group.
    pub fn save(&mut self, connection: &Connection, today: u32) -> rusqlite::Result<()> {
        let mut hours: BTreeMap<Cut, Change> = BTreeMap::new();
        let mut months: BTreeMap<(Month, Cut), Change> = BTreeMap::new();
        for (cut, change) in std::mem::take(&mut self.dirty) {
            put(connection, "figure_minute", &cut, &change)?;
            let hour = Cut { minute: cut.minute / 60, ..cut };
            hours.entry(hour).or_default().add(&change);
            let month = (Month::of_day(cut.day), Cut { day: 0, minute: 0, ..cut });
            months.entry(month).or_default().add(&change);
        }
        for ((month, cut), change) in &months {
            put_month(connection, *month, cut, change)?;
        }
        for (cut, change) in &hours {
            put(connection, "figure", cut, change)?;
        }
        if self.pruned != Some(today) {
            let sql = "DELETE FROM figure_minute WHERE day < ?";
            connection.prepare_cached(sql)?.execute([today.saturating_sub(DAYS_BY_MINUTE)])?;
            self.pruned = Some(today);
        }
        Ok(())
    }
}

fn put(connection: &Connection, table: &str, cut: &Cut, change: &Change) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT INTO {table} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) \
         ON CONFLICT DO UPDATE SET payments = payments + ?7, captured = captured + ?8, \
         refunds = refunds + ?9, refunded = refunded + ?10, fee = fee + ?11"
    );
    connection.prepare_cached(&sql)?.execute(params![
        cut.day,
        cut.minute,
        cut.prefecture,
        cut.category.word(),
        cut.wallet,
        cut.currency,
        change.payments,
        change.captured,
        change.refunds,
        change.refunded,
        change.fee,
    ])?;
    Ok(())
}

fn put_month(
    connection: &Connection,
    month: Month,
    cut: &Cut,
    change: &Change,
) -> rusqlite::Result<()> {
    let mut put = connection.prepare_cached(
        "INSERT INTO figure_month VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
         ON CONFLICT DO UPDATE SET payments = payments + ?6, captured = captured + ?7, \
         refunds = refunds + ?8, refunded = refunded + ?9, fee = fee + ?10",
    )?;
    put.execute(params![
        month.0,
        cut.prefecture,
        cut.category.word(),
        cut.wallet,
        cut.currency,
        change.payments,
        change.captured,
        change.refunds,
        change.refunded,
        change.fee,
    ])?;
    Ok(())
}
