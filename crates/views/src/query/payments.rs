//! Lists of payments, newest first.

use kernel::id::{Merchant, Payment, Store, Wallet};
use kernel::{Currency, Decimal, Id, Ref, Timestamp};
use pay::{Category, Status};
use rusqlite::{Row, ToSql};

use super::{
    currency_maybe, id, limited, parsed, parsed_maybe, time, time_maybe, unsigned, unsigned_maybe,
    worded,
};
use crate::memory::currency;
use crate::{Views, ViewsError};

/// Which leg of a payment a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SideOf {
    /// The payer's, the seller is in another cell.
    Payer,
    /// The seller's, the payer is in another cell or has not come yet.
    Seller,
    /// Both: paid inside this cell.
    Both,
}

/// What the payer pays, in the wallet's minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    /// In what.
    pub currency: Currency,
    /// Asked for at the mid rate.
    pub principal: u64,
    /// Asked for above it.
    pub spread: u64,
    /// The payer's fee.
    pub fee: u64,
    /// Taken from the wallet so far, of all three.
    pub paid: u64,
    /// Back in the wallet so far.
    pub returned: u64,
}

impl Price {
    /// All that was asked of the wallet.
    pub fn total(&self) -> u64 {
        self.principal.saturating_add(self.spread).saturating_add(self.fee)
    }
}

/// The published rates of a payment that changed currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The day they are of, as `yyyymmdd`.
    pub date: u32,
    /// Who published them.
    pub source: String,
    /// Units of the wallet's currency for one of the base.
    pub wallet: Decimal,
    /// Units of the store's currency for one of the base.
    pub store: Decimal,
}

/// When a payment came to a point, by this cell's time; none for what it did not pass here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The till asked.
    pub requested: Option<Timestamp>,
    /// The payer said yes.
    pub confirmed: Option<Timestamp>,
    /// The seller held it for a later capture.
    pub authorized: Option<Timestamp>,
    /// Taken; the first part, at the seller's.
    pub captured: Option<Timestamp>,
    /// The newest refund.
    pub refunded: Option<Timestamp>,
    /// Nothing more will be taken.
    pub ended: Option<Timestamp>,
}

/// A payment as one cell knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentRow {
    /// Its place in the list; what the next page is asked with.
    pub seq: i64,
    /// Which payment.
    pub id: Id<Payment>,
    /// Which leg.
    pub side: SideOf,
    /// Where it stands.
    pub status: Status,
    /// The code of the reason, for a decline.
    pub declined: Option<String>,
    /// Whether the payer asked to cancel.
    pub cancel_asked: bool,
    /// Whether it is captured later than authorized.
    pub capture_later: bool,
    /// Until when it may be paid or captured, while it is open.
    pub deadline: Option<Timestamp>,
    /// Who is paid.
    pub store: Ref<Store>,
    /// The store's name, where the store is of this cell.
    pub store_name: Option<String>,
    /// The same in Latin letters.
    pub store_latin_name: Option<String>,
    /// The merchant, where it is of this cell.
    pub merchant: Option<Ref<Merchant>>,
    /// The payer's wallet, where it is of this cell.
    pub wallet: Option<Ref<Wallet>>,
    /// The name of the other side's cell, for a payment over a link; of the connector, for one by
    /// another company's wallet.
    pub peer: Option<String>,
    /// The kind of the other company's wallet that paid.
    pub connector: Option<String>,
    /// What the wallet of the partner was called whose user paid.
    pub partner: Option<String>,
    /// The store's currency.
    pub currency: Currency,
    /// What was asked, in minor units of it.
    pub amount: u64,
    /// Taken so far.
    pub captured: u64,
    /// Given back so far.
    pub refunded: u64,
    /// The merchant's fee, where the seller's leg is.
    pub merchant_fee: Option<u64>,
    /// What of that fee refunds gave back.
    pub fee_refunded: u64,
    /// What the payer pays, where the payer's leg is.
    pub price: Option<Price>,
    /// At which rate, where the payer's leg is and two currencies are.
    pub rate: Option<Rate>,
    /// When what happened.
    pub times: Times,
    /// When it changed last.
    pub changed: Timestamp,
    /// The store's prefecture (JIS X 0401), where the store is of this cell; 0 outside Japan.
    pub prefecture: Option<u8>,
    /// The store's trade, where the store is of this cell.
    pub category: Option<Category>,
    /// What the shop calls the place whose printed code was paid, and its reference there.
    pub place: Option<(String, Option<String>)>,
}

impl PaymentRow {
    /// When it began here: a till asked, or the payer confirmed where none had.
    pub fn began(&self) -> Timestamp {
        let Times { requested, confirmed, authorized, captured, .. } = self.times;
        requested.or(confirmed).or(authorized).or(captured).unwrap_or(self.changed)
    }
}

/// Whose payments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Of {
    /// Everybody's: the operator's list.
    #[default]
    All,
    /// Those of a wallet.
    Wallet(Ref<Wallet>),
    /// Those of a merchant, all its stores.
    Merchant(Ref<Merchant>),
    /// Those of a store.
    Store(Ref<Store>),
}

/// Which payments a list shows. The default is all of them.
#[derive(Clone, Debug, Default)]
pub struct PaymentFilter {
    /// Whose.
    pub of: Of,
    /// Where they stand.
    pub status: Option<Status>,
    /// Changed at this moment or later.
    pub since: Option<Timestamp>,
    /// A payment's whole id, a part of a store's name, or an amount in minor units.
    pub text: Option<String>,
}

pub(crate) const ROW: &str = "SELECT p.seq, p.id, p.side, p.status, p.declined, p.cancel_asked, \
    p.capture_later, p.deadline_us, p.store_ref, s.name, s.latin_name, m.reference, w.reference, \
    coalesce(k.name, c.name), p.currency, p.amount, p.captured, p.refunded, p.merchant_fee, p.fee_refunded, \
    p.wallet_currency, p.principal, p.spread, p.fee, p.paid, p.returned, rw.date, rw.source, \
    rw.digits, rw.scale, rs.digits, rs.scale, p.requested_us, p.confirmed_us, p.authorized_us, \
    p.captured_us, p.refunded_us, p.ended_us, p.changed_us, s.prefecture, s.category, c.kind, \
    p.place, p.place_reference, \
    (SELECT q.wallet FROM partner q WHERE q.number = p.link AND p.side = 1 \
    AND q.since <= coalesce(p.captured_us, p.changed_us) ORDER BY q.since DESC LIMIT 1) \
    FROM payment p LEFT JOIN store s ON s.number = p.store \
    LEFT JOIN merchant m ON m.entry = p.merchant LEFT JOIN wallet w ON w.entry = p.wallet \
    LEFT JOIN link k ON k.number = p.link LEFT JOIN connector c ON c.number = p.link \
    LEFT JOIN rate rw ON rw.lot = p.lot AND rw.currency = p.wallet_currency \
    LEFT JOIN rate rs ON rs.lot = p.lot AND rs.currency = p.currency ";

const STATUSES: [Status; 10] = [
    Status::Requested,
    Status::Confirmed,
    Status::Authorized,
    Status::Captured,
    Status::PartlyRefunded,
    Status::Refunded,
    Status::Declined,
    Status::Cancelled,
    Status::Expired,
    Status::Released,
];

pub(crate) fn status(word: &str) -> Option<Status> {
    STATUSES.into_iter().find(|status| status.word() == word)
}

pub(crate) const fn is_open(status: Status) -> bool {
    matches!(status, Status::Requested | Status::Confirmed | Status::Authorized)
}

pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<PaymentRow> {
    Ok(PaymentRow {
        seq: row.get(0)?,
        id: id(row, 1)?,
        side: match row.get::<_, u8>(2)? {
            0 => SideOf::Payer,
            1 => SideOf::Seller,
            _ => SideOf::Both,
        },
        status: worded(row, 3, status)?,
        declined: row.get(4)?,
        cancel_asked: row.get(5)?,
        capture_later: row.get(6)?,
        deadline: time_maybe(row, 7)?,
        store: parsed(row, 8)?,
        store_name: row.get(9)?,
        store_latin_name: row.get(10)?,
        merchant: parsed_maybe(row, 11)?,
        wallet: parsed_maybe(row, 12)?,
        peer: row.get(13)?,
        currency: currency(row, 14)?,
        amount: unsigned(row, 15)?,
        captured: unsigned(row, 16)?,
        refunded: unsigned(row, 17)?,
        merchant_fee: unsigned_maybe(row, 18)?,
        fee_refunded: unsigned_maybe(row, 19)?.unwrap_or(0),
        price: price(row)?,
        rate: rate(row)?,
        times: Times {
            requested: time_maybe(row, 32)?,
            confirmed: time_maybe(row, 33)?,
            authorized: time_maybe(row, 34)?,
            captured: time_maybe(row, 35)?,
            refunded: time_maybe(row, 36)?,
            ended: time_maybe(row, 37)?,
        },
        changed: time(row, 38)?,
        prefecture: row.get(39)?,
        connector: row.get(41)?,
        partner: row.get(44)?,
        category: match row.get::<_, Option<String>>(40)? {
            Some(_) => Some(worded(row, 40, Category::from_word)?),
            None => None,
        },
        place: match row.get::<_, Option<String>>(42)? {
            Some(label) => Some((label, row.get(43)?)),
            None => None,
        },
    })
}

fn price(row: &Row<'_>) -> rusqlite::Result<Option<Price>> {
    let Some(currency) = currency_maybe(row, 20)? else { return Ok(None) };
    Ok(Some(Price {
        currency,
        principal: unsigned(row, 21)?,
        spread: unsigned(row, 22)?,
        fee: unsigned(row, 23)?,
        paid: unsigned(row, 24)?,
        returned: unsigned(row, 25)?,
    }))
}

fn rate(row: &Row<'_>) -> rusqlite::Result<Option<Rate>> {
    let decimal = |digits, scale| -> rusqlite::Result<Option<Decimal>> {
        let (digits, scale) = (unsigned_maybe(row, digits)?, row.get::<_, Option<u8>>(scale)?);
        Ok(digits.zip(scale).map(|(digits, scale)| Decimal { digits, scale }))
    };
    let (date, source): (Option<u32>, Option<String>) = (row.get(26)?, row.get(27)?);
    let found = (date, source, decimal(28, 29)?, decimal(30, 31)?);
    let (Some(date), Some(source), Some(wallet), Some(store)) = found else { return Ok(None) };
    Ok(Some(Rate { date, source, wallet, store }))
}

/// A condition and what it is bound to.
#[derive(Default)]
struct Where {
    sql: String,
    bound: Vec<Box<dyn ToSql>>,
}

impl Where {
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        let glue = if self.sql.is_empty() { "WHERE " } else { " AND " };
        self.sql += glue;
        self.sql += condition;
        self.bound.push(Box::new(value));
    }

    fn text(&mut self, text: &str) {
        if let Ok(payment) = text.parse::<Id<Payment>>() {
            return self.and("p.id = ?", payment.0.to_be_bytes());
        }
        if let Ok(amount) = text.parse::<i64>() {
            return self.and("p.amount = ?", amount);
        }
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let like = "(s.name || ' ' || coalesce(s.latin_name, '')) LIKE ? ESCAPE '\\'";
        self.and(like, format!("%{escaped}%"));
    }
}

impl Views {
    /// Payments, newest first, from behind row `before` on; `limit` is at most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payments(
        &self,
        filter: &PaymentFilter,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Vec<PaymentRow>, ViewsError> {
        let mut wanted = Where::default();
        match filter.of {
            Of::All => {}
            Of::Wallet(wallet) => wanted.and(
                "p.wallet = (SELECT entry FROM wallet WHERE account = ?1 AND reference = ?2)",
                wallet.number,
            ),
            Of::Merchant(merchant) => wanted.and(
                "p.merchant = (SELECT entry FROM merchant WHERE account = ?1 AND reference = ?2)",
                merchant.number,
            ),
            Of::Store(store) => wanted.and(
                "p.store = (SELECT number FROM store WHERE number = ?1 AND reference = ?2)",
                store.number,
            ),
        }
        match filter.of {
            Of::All => {}
            Of::Wallet(wallet) => wanted.bound.push(Box::new(wallet.to_string())),
            Of::Merchant(merchant) => wanted.bound.push(Box::new(merchant.to_string())),
            Of::Store(store) => wanted.bound.push(Box::new(store.to_string())),
        }
        if let Some(before) = before {
            wanted.and("p.seq < ?", before);
        }
        if let Some(status) = filter.status {
            wanted.and("p.status = ?", status.word());
            if is_open(status) {
                // Lets SQLite use the small index of what is open.
                wanted.sql += " AND p.ended_us IS NULL";
            }
        }
        if let Some(since) = filter.since {
            wanted.and("p.changed_us >= ?", crate::project::int(since.0));
        }
        if let Some(text) = filter.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) {
            wanted.text(text);
        }
        let sql = format!("{ROW} {} ORDER BY p.seq DESC LIMIT {}", wanted.sql, limited(limit));
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(&sql)?;
            let bound = rusqlite::params_from_iter(wanted.bound.iter());
            rows.query_map(bound, read)?.collect()
        })
    }
}
