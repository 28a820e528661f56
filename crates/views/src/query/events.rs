//! The newest events in order, so that a stream that was cut can be resumed.

use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Money, Ref, Timestamp};
use rusqlite::{Row, params};

use super::{limited, money_maybe, parsed_maybe, payment_maybe, time, unsigned};
use crate::{At, Views, ViewsError};

/// An event as it is told to who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Where it stands; the id by which a stream is resumed.
    pub at: At,
    /// The time of its group.
    pub time: Timestamp,
    /// The fact's stable word, such as `payment_taken`.
    pub kind: String,
    /// Which payment.
    pub payment: Option<Id<Payment>>,
    /// The payer's wallet, where it is of this cell.
    pub wallet: Option<Ref<Wallet>>,
    /// The store, where it is of this cell.
    pub store: Option<Ref<Store>>,
    /// How much.
    pub amount: Option<Money>,
    /// The code of a reason, or another word.
    pub detail: Option<String>,
}

/// Who listens: each hears of what concerns it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listener {
    /// The operator hears all.
    All,
    /// A party, by number: its wallets and its merchants.
    Party(u32),
    /// A wallet, by its account's number.
    Wallet(u32),
    /// A store, by number.
    Store(u32),
    /// One payment.
    Payment(Id<Payment>),
}

/// Events behind a place, or the news that they are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Events {
    /// In order, oldest first; at most as many as asked for.
    Found(Vec<EventRow>),
    /// The place is older than what is kept: list what is, then listen on from here.
    Gone {
        /// The first group whose events are kept.
        oldest: u64,
    },
}

const ROW: &str = "SELECT e.position, e.idx, e.ord, e.at_us, e.kind, e.payment, w.reference, \
    s.reference, e.amount, e.currency, e.detail FROM event e \
    LEFT JOIN wallet w ON w.entry = e.wallet LEFT JOIN store s ON s.number = e.store \
    WHERE (e.position, e.idx, e.ord) > (?1, ?2, ?3)";

impl Views {
    /// The events behind `after` that concern a listener, oldest first; `limit` is at most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn events_after(
        &self,
        after: At,
        listener: Listener,
        limit: usize,
    ) -> Result<Events, ViewsError> {
        let (concerns, value): (&str, [u8; 16]) = match listener {
            Listener::All => ("?4 IS NOT NULL", [0; 16]),
            Listener::Party(_) => ("(e.payer_party = ?5 OR e.seller_party = ?5)", [0; 16]),
            Listener::Wallet(_) => ("w.account = ?5", [0; 16]),
            Listener::Store(_) => ("e.store = ?5", [0; 16]),
            Listener::Payment(payment) => ("e.payment = ?4", payment.0.to_be_bytes()),
        };
        let number = match listener {
            Listener::Party(number) | Listener::Wallet(number) | Listener::Store(number) => number,
            Listener::All | Listener::Payment(_) => 0,
        };
        // Both are named whoever listens, so that each statement binds the same values.
        let sql = format!(
            "{ROW} AND {concerns} AND ?4 = ?4 AND ?5 = ?5 \
             ORDER BY e.position, e.idx, e.ord LIMIT ?6"
        );
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let kept = "SELECT oldest_event FROM cursor";
            let oldest = tx.prepare_cached(kept)?.query_row([], |row| unsigned(row, 0))?;
            if after.position.saturating_add(1) < oldest {
                return Ok(Events::Gone { oldest });
            }
            let mut rows = tx.prepare_cached(&sql)?;
            let position = crate::project::int(after.position);
            let wanted = params![position, after.index, after.ord, value, number, limited(limit)];
            let found = rows.query_map(wanted, read)?.collect::<Result<_, _>>()?;
            Ok(Events::Found(found))
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        at: At { position: unsigned(row, 0)?, index: row.get(1)?, ord: row.get(2)? },
        time: time(row, 3)?,
        kind: row.get(4)?,
        payment: payment_maybe(row, 5)?,
        wallet: parsed_maybe(row, 6)?,
        store: parsed_maybe(row, 7)?,
        amount: money_maybe(row, 8, 9)?,
        detail: row.get(10)?,
    })
}
