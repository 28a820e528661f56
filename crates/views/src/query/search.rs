//! The operator's search of payments: newest first, page by page, in bounded time however many
//! payments there are.

use kernel::id::Payment;
use kernel::{Currency, Id, Timestamp};
use pay::{Category, Status};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::limited;
use super::payments::{PaymentRow, ROW, is_open, read};
use crate::project::int;
use crate::{Views, ViewsError};

/// Of so few stores each is searched by its own index; of more, the list is read row by row.
const STORES_APART: usize = 64;
/// So many rows are looked at for one page at most.
const WINDOW: i64 = 20_000;

/// What to look for; all that is given must hold. The default is everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// This payment.
    pub payment: Option<Id<Payment>>,
    /// Where it stands.
    pub status: Option<Status>,
    /// A part of the name of the store or of its merchant; ASCII in either case.
    pub text: Option<String>,
    /// Of stores in this prefecture (JIS X 0401); 0 outside Japan.
    pub prefecture: Option<u8>,
    /// Of stores of this trade.
    pub category: Option<Category>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Asked for so many minor units or more.
    pub at_least: Option<u64>,
    /// Asked for so many minor units or fewer.
    pub at_most: Option<u64>,
    /// Begun then or later: asked for by a till, or confirmed where no till had asked.
    pub from: Option<Timestamp>,
    /// Begun before then.
    pub before: Option<Timestamp>,
}

/// One page of what was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Newest first.
    pub rows: Vec<PaymentRow>,
    /// Where to go on; none when nothing older is left. A page may have fewer rows than asked for,
    /// or none, and yet be gone on from: a search looks at a bounded number of payments at a time.
    pub next: Option<i64>,
}

impl Search {
    fn of_stores(&self) -> bool {
        self.text().is_some() || self.prefecture.is_some() || self.category.is_some()
    }

    fn text(&self) -> Option<&str> {
        self.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }
}

/// Conditions and what they are bound to.
#[derive(Default)]
struct Wanted {
    sql: String,
    bound: Vec<Box<dyn ToSql>>,
}

impl Wanted {
    fn and(&mut self, condition: &str, value: impl ToSql + 'static) {
        self.sql += " AND ";
        self.sql += condition;
        self.bound.push(Box::new(value));
    }

    /// What is asked of the payment itself.
    fn of_payment(search: &Search) -> Self {
        let mut wanted = Self::default();
        if let Some(payment) = search.payment {
            wanted.and("p.id = ?", payment.0.to_be_bytes());
        }
        if let Some(status) = search.status {
            wanted.and("p.status = ?", status.word());
            if is_open(status) {
                // Lets SQLite use the small index of what is open.
                wanted.sql += " AND p.ended_us IS NULL";
            }
        }
        if let Some(currency) = search.currency {
            wanted.and("p.currency = ?", currency.numeric());
        }
        if let Some(least) = search.at_least {
            wanted.and("p.amount >= ?", int(least));
        }
        if let Some(most) = search.at_most {
            wanted.and("p.amount <= ?", int(most));
        }
        wanted
    }

    /// What is asked of the store.
    fn of_store(search: &Search) -> Self {
        let mut wanted = Self::default();
        if let Some(text) = search.text() {
            let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
            let like = "(s.name || ' ' || coalesce(s.latin_name, '') || ' ' || m.name) \
                        LIKE ? ESCAPE '\\'";
            wanted.and(like, format!("%{escaped}%"));
        }
        if let Some(prefecture) = search.prefecture {
            wanted.and("s.prefecture = ?", prefecture);
        }
        if let Some(category) = search.category {
            wanted.and("s.category = ?", category.word());
        }
        wanted
    }
}

impl Views {
    /// A page of the payments that fit, newest first, from behind `before` on; `limit` is at most
    /// 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn search(
        &self,
        search: &Search,
        before: Option<i64>,
        limit: usize,
    ) -> Result<Found, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let newest = before.map_or(i64::MAX, |before| before - 1);
            let last = match search.before {
                Some(moment) => newest.min(first_since(&tx, moment)?.saturating_sub(1)),
                None => newest,
            };
            let first = search.from.map_or(Ok(1), |moment| first_since(&tx, moment))?;
            let span = Span { first, last, limit: limited(limit) as usize };
            if search.payment.is_some() {
                // One id has a few rows, found by their index.
                return whole(&tx, search, &span);
            }
            if search.of_stores() {
                let stores = stores(&tx, search)?;
                if stores.len() <= STORES_APART {
                    return apart(&tx, search, &stores, &span);
                }
            }
            windowed(&tx, search, &span)
        })
    }
}

/// Rows from `first` to `last`, by their place in the list.
struct Span {
    first: i64,
    last: i64,
    limit: usize,
}

/// The first row that began at a moment or later; behind the last when there is none. Rows are in
/// the order in which they began, so that no index of times is needed.
fn first_since(connection: &Connection, moment: Timestamp) -> rusqlite::Result<i64> {
    let mut at = connection.prepare_cached(
        "SELECT seq, coalesce(requested_us, confirmed_us, authorized_us, captured_us, changed_us) \
         FROM payment WHERE seq >= ? ORDER BY seq LIMIT 1",
    )?;
    let end: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) + 1 FROM payment")?
        .query_row([], |row| row.get(0))?;
    let (mut low, mut high) = (1, end);
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> =
            at.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((seq, began)) if began < int(moment.0) => low = seq + 1,
            _ => high = middle,
        }
    }
    Ok(low)
}

fn stores(connection: &Connection, search: &Search) -> rusqlite::Result<Vec<u32>> {
    let wanted = Wanted::of_store(search);
    let sql = format!(
        "SELECT s.number FROM store s JOIN merchant m ON m.entry = s.merchant WHERE true{} \
         LIMIT {}",
        wanted.sql,
        STORES_APART + 1
    );
    let mut rows = connection.prepare_cached(&sql)?;
    rows.query_map(params_from_iter(wanted.bound.iter()), |row| row.get(0))?.collect()
}

/// The rows of the given places, newest first, and what is left behind them.
fn page(
    connection: &Connection,
    mut places: Vec<i64>,
    limit: usize,
    more: Option<i64>,
) -> rusqlite::Result<Found> {
    places.sort_unstable_by(|one, other| other.cmp(one));
    let cut = places.len() > limit;
    places.truncate(limit);
    let next = if cut { places.last().copied() } else { more };
    let mut one = connection.prepare_cached(&format!("{ROW} WHERE p.seq = ?"))?;
    let rows = places.iter().map(|place| one.query_row([place], read));
    Ok(Found { rows: rows.collect::<Result<_, _>>()?, next })
}

/// All rows that fit, without a window.
fn whole(connection: &Connection, search: &Search, span: &Span) -> rusqlite::Result<Found> {
    let (payment, store) = (Wanted::of_payment(search), Wanted::of_store(search));
    let sql = format!(
        "SELECT p.seq FROM payment p LEFT JOIN store s ON s.number = p.store \
         LEFT JOIN merchant m ON m.entry = p.merchant WHERE p.seq BETWEEN ? AND ?{}{} \
         ORDER BY p.seq DESC LIMIT {}",
        payment.sql,
        store.sql,
        span.limit + 1
    );
    let mut bound: Vec<&dyn ToSql> = vec![&span.first, &span.last];
    bound.extend(payment.bound.iter().chain(&store.bound).map(AsRef::as_ref));
    let mut rows = connection.prepare_cached(&sql)?;
    let places = rows.query_map(&*bound, |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    page(connection, places, span.limit, None)
}

/// The newest of each store by its index, merged.
fn apart(
    connection: &Connection,
    search: &Search,
    stores: &[u32],
    span: &Span,
) -> rusqlite::Result<Found> {
    let wanted = Wanted::of_payment(search);
    let sql = format!(
        "SELECT p.seq FROM payment p INDEXED BY payment_store \
         WHERE p.store = ? AND p.seq BETWEEN ? AND ?{} ORDER BY p.seq DESC LIMIT {}",
        wanted.sql,
        span.limit + 1
    );
    let mut rows = connection.prepare_cached(&sql)?;
    let mut places = Vec::new();
    for store in stores {
        let mut bound: Vec<&dyn ToSql> = vec![store, &span.first, &span.last];
        bound.extend(wanted.bound.iter().map(AsRef::as_ref));
        for place in rows.query_map(&*bound, |row| row.get::<_, i64>(0))? {
            places.push(place?);
        }
    }
    page(connection, places, span.limit, None)
}

/// The list row by row, so many at most.
fn windowed(connection: &Connection, search: &Search, span: &Span) -> rusqlite::Result<Found> {
    let end: i64 = connection
        .prepare_cached("SELECT coalesce(max(seq), 0) FROM payment")?
        .query_row([], |row| row.get(0))?;
    let last = span.last.min(end);
    let first = span.first.max(last.saturating_sub(WINDOW - 1));
    let more = (first > span.first && first > 1).then_some(first);
    let within = Span { first, last, limit: span.limit };
    let found = whole(connection, search, &within)?;
    Ok(Found { next: found.next.or(more), ..found })
}
