//! The newest events in order, so that a stream that was cut can be resumed.

use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Money, Ref, Timestamp};
use rusqlite::{Row, params};

use super::{limited, money_maybe, parsed_maybe, payment_maybe, time, unsigned};
use crate::project::int;
use crate::{At, Views, ViewsError};

/// An event as it is told to who listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Where it stands.
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

/// Events behind a group, or the news that they are gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Events {
    /// What concerns the listener, in order, by whole groups.
    Found {
        /// Oldest first.
        events: Vec<EventRow>,
        /// Up to this group nothing else concerns the listener: go on behind it.
        through: u64,
    },
    /// The group is older than what is kept: list what is, then listen on from there.
    Gone {
        /// The first group whose events are kept.
        oldest: u64,
    },
}

const ROW: &str = "SELECT e.position, e.idx, e.ord, e.at_us, e.kind, e.payment, w.reference, \
    s.reference, e.amount, e.currency, e.detail FROM event e \
    LEFT JOIN wallet w ON w.entry = e.wallet LEFT JOIN store s ON s.number = e.store";

impl Views {
    /// The events behind group number `after` that concern a listener, oldest first. Ends with a
    /// whole group at about `limit` events, which is at most 500.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn events_after(
        &self,
        after: u64,
        listener: Listener,
        limit: usize,
    ) -> Result<Events, ViewsError> {
        let (concerns, value): (&str, [u8; 16]) = match listener {
            Listener::All => ("?2 IS NOT NULL", [0; 16]),
            Listener::Party(_) => ("(e.payer_party = ?3 OR e.seller_party = ?3)", [0; 16]),
            Listener::Wallet(_) => ("w.account = ?3", [0; 16]),
            Listener::Store(_) => ("e.store = ?3", [0; 16]),
            Listener::Payment(payment) => ("e.payment = ?2", payment.0.to_be_bytes()),
        };
        let number = match listener {
            Listener::Party(number) | Listener::Wallet(number) | Listener::Store(number) => number,
            Listener::All | Listener::Payment(_) => 0,
        };
        let after = after.min(i64::MAX as u64 - 1);
        let limit = limited(limit);
        // Both are named whoever listens, so that each statement binds the same values.
        let sql = |where_| {
            format!(
                "{ROW} WHERE {where_} AND {concerns} AND ?2 = ?2 AND ?3 = ?3 \
                 ORDER BY e.position, e.idx, e.ord LIMIT ?4"
            )
        };
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let cursor = "SELECT oldest_event, position FROM cursor";
            let row = |row: &Row<'_>| Ok((unsigned(row, 0)?, unsigned(row, 1)?));
            let (oldest, newest) = tx.prepare_cached(cursor)?.query_row([], row)?;
            if after + 1 < oldest {
                return Ok(Events::Gone { oldest });
            }
            let ask = |where_, position, limit| -> rusqlite::Result<Vec<EventRow>> {
                let wanted = params![int(position), value, number, limit];
                tx.prepare_cached(&sql(where_))?.query_map(wanted, read)?.collect()
            };
            let mut events = ask("e.position > ?1", after, limit)?;
            let last = events.last().map(|event| event.at.position);
            let Some(last) = last.filter(|_| events.len() as i64 == limit) else {
                return Ok(Events::Found { events, through: newest.max(after) });
            };
            // The last group may go on behind the limit: it is left for the next time, or, when it
            // is the only one, read whole.
            events.retain(|event| event.at.position < last);
            if events.is_empty() {
                return Ok(Events::Found {
                    events: ask("e.position = ?1", last, -1)?,
                    through: last,
                });
            }
            Ok(Events::Found { events, through: last - 1 })
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
