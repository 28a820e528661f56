//! One payment: its legs in this cell, its steps, and what they wrote in the book.

use kernel::id::{Merchant, Payment, Wallet};
use kernel::{Id, Money, Ref, Timestamp};
use ledger::AccountKind;
use rusqlite::{Connection, Row, params};

use super::payments::{PaymentRow, ROW, read};
use super::{parsed, time, unsigned, unsigned_maybe};
use crate::memory::currency;
use crate::{At, Views, ViewsError};

/// A fact of a payment and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The record that holds it; `ord` is 0.
    pub at: At,
    /// The time of its group.
    pub time: Timestamp,
    /// The fact's stable word, such as `payment_confirmed`, the same as of events.
    pub kind: String,
    /// The number of the message it sent to the other cell.
    pub sent: Option<u64>,
    /// The number of the other cell's message that it handled.
    pub received: Option<u64>,
}

/// Whose an account is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The cell itself.
    Cell,
    /// A wallet.
    Wallet(Ref<Wallet>),
    /// A merchant, with its public name.
    Merchant(Ref<Merchant>, String),
    /// The cell at the other end of a link, by its name.
    Peer(String),
    /// The company behind a connector: the connector's name and kind.
    Connector(String, String),
}

/// One side of a ledger line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// The account's number in this cell.
    pub account: u32,
    /// What it is for.
    pub kind: AccountKind,
    /// Whose it is.
    pub owner: Owner,
}

/// A movement between two accounts: the debit of one and the credit of the other, so that the
/// sums of both columns are equal line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The record that wrote it, and its place there.
    pub at: At,
    /// `posted`, `held` (to be posted or released later) or `released`.
    pub what: String,
    /// How much.
    pub amount: Money,
    /// Whom it takes from.
    pub debit: Side,
    /// Whom it gives to.
    pub credit: Side,
}

/// All that is known of a payment here.
#[derive(Clone, Debug, PartialEq)]
pub struct PaymentDetail {
    /// Its legs in this cell, the newest attempt of a payer first: one, but for what was declined
    /// and tried again, and for ids that were used on both sides. None when it was only quoted,
    /// or declined before it was born.
    pub legs: Vec<PaymentRow>,
    /// What happened, in order.
    pub steps: Vec<Step>,
    /// What was written in the book, in order.
    pub lines: Vec<Line>,
}

impl Views {
    /// A payment with its steps and ledger lines; none when this cell never heard of it.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn payment(&self, payment: Id<Payment>) -> Result<Option<PaymentDetail>, ViewsError> {
        self.ask(|connection| {
            let tx = connection.unchecked_transaction()?;
            let id = payment.0.to_be_bytes();
            let mut legs = tx
                .prepare_cached(&format!("{ROW} WHERE p.id = ? ORDER BY p.side, p.attempt DESC"))?;
            let legs: Vec<_> = legs.query_map([id], read)?.collect::<Result<_, _>>()?;
            let steps = steps(&tx, id)?;
            let lines = lines(&tx, id)?;
            let known = !(legs.is_empty() && steps.is_empty());
            Ok(known.then_some(PaymentDetail { legs, steps, lines }))
        })
    }
}

fn steps(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<Step>> {
    let mut rows = connection.prepare_cached(
        "SELECT position, idx, at_us, kind, sent, received FROM step WHERE payment = ? \
         ORDER BY position, idx",
    )?;
    let steps = rows.query_map([payment], |row| {
        Ok(Step {
            at: At { position: unsigned(row, 0)?, index: row.get(1)?, ord: 0 },
            time: time(row, 2)?,
            kind: row.get(3)?,
            sent: unsigned_maybe(row, 4)?,
            received: unsigned_maybe(row, 5)?,
        })
    })?;
    steps.collect()
}

fn lines(connection: &Connection, payment: [u8; 16]) -> rusqlite::Result<Vec<Line>> {
    let mut rows = connection.prepare_cached(
        "SELECT position, idx, ord, what, currency, amount, debit, credit FROM line \
         WHERE payment = ? ORDER BY position, idx, ord",
    )?;
    let lines = rows.query_map([payment], |row| {
        Ok(Line {
            at: At { position: unsigned(row, 0)?, index: row.get(1)?, ord: row.get(2)? },
            what: row.get(3)?,
            amount: Money { minor: unsigned(row, 5)?, currency: currency(row, 4)? },
            debit: side(connection, row.get(6)?)?,
            credit: side(connection, row.get(7)?)?,
        })
    })?;
    lines.collect()
}

fn side(connection: &Connection, account: u32) -> rusqlite::Result<Side> {
    let mut kinds =
        connection.prepare_cached("SELECT kind, entity FROM account WHERE number = ?")?;
    let mut found = kinds.query([account])?;
    let Some(row) = found.next()? else {
        return Ok(Side { account, kind: AccountKind::Plain, owner: Owner::Cell });
    };
    let (kind, entity): (u8, u32) = (row.get(0)?, row.get(1)?);
    let unknown = rusqlite::Error::IntegralValueOutOfRange(0, kind.into());
    let kind = AccountKind::from_number(kind).ok_or(unknown)?;
    let owner = match kind {
        AccountKind::Wallet => {
            let sql = "SELECT reference FROM wallet WHERE entry = ?";
            Owner::Wallet(one(connection, sql, entity, |row| parsed(row, 0))?)
        }
        AccountKind::Merchant => {
            let sql = "SELECT reference, name FROM merchant WHERE entry = ?";
            let read = |row: &Row<'_>| Ok((parsed(row, 0)?, row.get(1)?));
            let (reference, name) = one(connection, sql, entity, read)?;
            Owner::Merchant(reference, name)
        }
        AccountKind::Nostro | AccountKind::NostroMirror => {
            let sql = "SELECT name FROM link WHERE number = ?";
            Owner::Peer(one(connection, sql, entity, |row| row.get(0))?)
        }
        AccountKind::Connector => {
            let sql = "SELECT name, kind FROM connector WHERE number = 128 + ?";
            let (name, kind) = one(connection, sql, entity, |row| Ok((row.get(0)?, row.get(1)?)))?;
            Owner::Connector(name, kind)
        }
        _ => Owner::Cell,
    };
    Ok(Side { account, kind, owner })
}

fn one<T>(
    connection: &Connection,
    sql: &str,
    number: u32,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    connection.prepare_cached(sql)?.query_row(params![number], read)
}
