//! What happened in a wallet, newest first.

use kernel::id::{Payment, Store, Wallet};
use kernel::{Id, Money, Ref, Timestamp};
use rusqlite::{Row, params};

use super::{limited, money_maybe, parsed_maybe, payment_maybe, time, unsigned, worded};
use crate::{At, Views, ViewsError};

/// Why a wallet changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatementKind {
    /// Money came through the bank.
    ToppedUp,
    /// A payment was taken.
    Paid,
    /// A payment that was held is not taken: the wallet is whole again, and nothing moved.
    Returned,
    /// A part of a payment came back.
    Refunded,
    /// The operator moved it.
    Transfer,
}

impl StatementKind {
    /// The stable word of the API and of message files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ToppedUp => "topped_up",
            Self::Paid => "paid",
            Self::Returned => "returned",
            Self::Refunded => "refunded",
            Self::Transfer => "transfer",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::ToppedUp, Self::Paid, Self::Returned, Self::Refunded, Self::Transfer]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// One line of a wallet's statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    /// Where it stands; what the next page is asked with.
    pub at: At,
    /// The time of its group.
    pub time: Timestamp,
    /// Why.
    pub kind: StatementKind,
    /// What it did to the wallet, in its minor units, with its sign.
    pub amount: i64,
    /// What was in the wallet after it.
    pub balance: i64,
    /// Of which payment.
    pub payment: Option<Id<Payment>>,
    /// Who was paid.
    pub store: Option<Ref<Store>>,
    /// What the store asked, in its currency.
    pub asked: Option<Money>,
    /// The code of the reason, for what was declined.
    pub declined: Option<String>,
}

impl Views {
    /// The statement of a wallet, newest first, from behind `before` on; `limit` is at most 500.
    /// Empty for a reference that this cell did not hand out.
    ///
    /// # Errors
    /// [`ViewsError`] when the file can't be read.
    pub fn statement(
        &self,
        wallet: Ref<Wallet>,
        before: Option<At>,
        limit: usize,
    ) -> Result<Vec<StatementLine>, ViewsError> {
        let end = At { position: i64::MAX as u64, index: u32::MAX, ord: u32::MAX };
        let before = before.unwrap_or(end);
        self.ask(|connection| {
            let mut rows = connection.prepare_cached(
                "SELECT t.position, t.idx, t.ord, t.at_us, t.kind, t.amount, t.balance, \
                 t.payment, p.store_ref, p.amount, p.currency, p.declined \
                 FROM statement t LEFT JOIN payment p ON p.id = t.payment AND p.side IN (0, 2) \
                 AND p.attempt = t.attempt \
                 WHERE t.account = (SELECT account FROM wallet WHERE account = ?1 AND \
                 reference = ?2) AND (t.position, t.idx, t.ord) < (?3, ?4, ?5) \
                 ORDER BY t.position DESC, t.idx DESC, t.ord DESC LIMIT ?6",
            )?;
            let wanted = params![
                wallet.number,
                wallet.to_string(),
                crate::project::int(before.position),
                before.index,
                before.ord,
                limited(limit),
            ];
            rows.query_map(wanted, read)?.collect()
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StatementLine> {
    Ok(StatementLine {
        at: At { position: unsigned(row, 0)?, index: row.get(1)?, ord: row.get(2)? },
        time: time(row, 3)?,
        kind: worded(row, 4, StatementKind::from_word)?,
        amount: row.get(5)?,
        balance: row.get(6)?,
        payment: payment_maybe(row, 7)?,
        store: parsed_maybe(row, 8)?,
        asked: money_maybe(row, 9, 10)?,
        declined: row.get(11)?,
    })
}
