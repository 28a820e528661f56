//! What every fact leaves behind: a step of its payment, the ledger lines, a line on the statement
//! of the wallet that moved, and an event for who listens.

use kernel::id::Payment;
use kernel::{Currency, Fault, Id};
use ledger::AccountKind;
use rusqlite::params;

use super::{Done, Projector, Record, What, blob, int};

/// What is told of a fact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Note<'a> {
    pub kind: &'static str,
    pub payment: Option<Id<Payment>>,
    /// The wallet's entry, the store's number, and the merchant's entry where no store names it.
    pub wallet: Option<u32>,
    pub store: Option<u32>,
    pub merchant: Option<u32>,
    pub amount: Option<(u64, Currency)>,
    pub detail: Option<&'a str>,
    /// The word under which it stands on the statement of the wallet that moved.
    pub statement: &'static str,
}

impl Note<'_> {
    pub const fn new(kind: &'static str) -> Self {
        Self {
            kind,
            payment: None,
            wallet: None,
            store: None,
            merchant: None,
            amount: None,
            detail: None,
            statement: "transfer",
        }
    }

    pub fn of_merchant(kind: &'static str, merchant: u32) -> Self {
        Self { merchant: Some(merchant), ..Self::new(kind) }
    }

    pub fn of(kind: &'static str, payment: Id<Payment>) -> Self {
        Self { payment: Some(payment), ..Self::new(kind) }
    }
}

impl Projector<'_> {
    /// Writes what a fact leaves behind; the movements before it are its own.
    pub(super) fn note(&mut self, record: &mut Record, note: Note<'_>) -> Done {
        if let Some(payment) = note.payment {
            self.step(record, payment, note.kind)?;
            self.lines(record, payment)?;
        }
        self.statement(record, note.statement, note.payment)?;
        self.merchants_moved(record, note.kind, note.payment)?;
        record.moves.clear();
        self.event(record, &note)
    }

    fn step(&self, record: &Record, payment: Id<Payment>, kind: &str) -> Done {
        let sent = record.sent.iter().find(|(id, _)| *id == payment).map(|(_, n)| int(*n));
        let mut put =
            self.sql.prepare_cached("INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        put.execute(params![
            blob(payment),
            int(record.position),
            record.index,
            kind,
            int(record.now.0),
            sent,
            record.received.map(int),
        ])?;
        Ok(())
    }

    fn lines(&self, record: &mut Record, payment: Id<Payment>) -> Done {
        let mut put =
            self.sql.prepare_cached("INSERT INTO line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
        let unknown = Fault("a movement names an account that is not there");
        for at in 0..record.moves.len() {
            let moved = record.moves[at];
            let account = self.memory.account(moved.debit).ok_or(unknown.clone())?;
            let ord = record.next();
            put.execute(params![
                blob(payment),
                int(record.position),
                record.index,
                ord,
                moved.what.word(),
                moved.debit,
                moved.credit,
                account.currency.numeric(),
                int(moved.amount),
            ])?;
        }
        Ok(())
    }

    /// What the movements before a fact did to a wallet, all together; the first one's if several.
    pub(super) fn wallet_change(&self, record: &Record) -> i128 {
        self.wallet_changes(record).first().map_or(0, |(_, change)| *change)
    }

    /// The entry of the wallet that the movements before a fact changed first.
    pub(super) fn wallet_moved(&self, record: &Record) -> Option<u32> {
        let (account, _) = *self.wallet_changes(record).first()?;
        self.memory.account(account).map(|known| known.entity)
    }

    fn wallet_changes(&self, record: &Record) -> Vec<(u32, i128)> {
        let mut changes: Vec<(u32, i128)> = Vec::new();
        for moved in record.moves.iter().filter(|moved| moved.what == What::Posted) {
            let amount = i128::from(moved.amount);
            for (number, change) in [(moved.debit, -amount), (moved.credit, amount)] {
                let kind = self.memory.account(number).map(|account| account.kind);
                if kind != Some(AccountKind::Wallet) {
                    continue;
                }
                match changes.iter_mut().find(|(known, _)| *known == number) {
                    Some((_, sum)) => *sum += change,
                    None => changes.push((number, change)),
                }
            }
        }
        changes
    }

    /// A line for each wallet that the movements before a fact changed.
    pub(super) fn statement(
        &self,
        record: &mut Record,
        kind: &str,
        payment: Option<Id<Payment>>,
    ) -> Done {
        for (account, change) in self.wallet_changes(record) {
            self.statement_line(record, account, kind, change, payment)?;
        }
        Ok(())
    }

    pub(super) fn statement_line(
        &self,
        record: &mut Record,
        account: u32,
        kind: &str,
        change: i128,
        payment: Option<Id<Payment>>,
    ) -> Done {
        let balance = self.memory.account(account).map_or(0, |known| known.balance);
        let ord = record.next();
        let small = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
        let mut put = self.sql.prepare_cached(
            "INSERT INTO statement VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
             ?9, (SELECT max(attempt) FROM payment WHERE id = ?9 AND side IN (0, 2)))",
        )?;
        put.execute(params![
            account,
            int(record.position),
            record.index,
            ord,
            int(record.now.0),
            kind,
            small(change),
            small(balance),
            payment.map(blob),
        ])?;
        Ok(())
    }

    fn event(&mut self, record: &mut Record, note: &Note<'_>) -> Done {
        if let Some(payment) = note.payment {
            record.about(payment.to_string());
        }
        record.amount = record.amount.or(note.amount);
        let (ord, memory) = (record.next(), &*self.memory);
        let of_store = note.store.and_then(|store| memory.stores.get(store as usize));
        let merchant = of_store.map(|store| store.merchant).or(note.merchant);
        let seller = merchant.and_then(|m| memory.merchants.get(m as usize)).map(|m| m.party);
        let payer = note.wallet.and_then(|w| memory.wallets.get(w as usize)).map(|w| w.party);
        let mut put = self.sql.prepare_cached(
            "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?;
        put.execute(params![
            int(record.position),
            record.index,
            ord,
            int(record.now.0),
            note.kind,
            note.payment.map(blob),
            note.wallet,
            note.store,
            merchant,
            payer,
            seller,
            note.amount.map(|(minor, _)| int(minor)),
            note.amount.map(|(_, currency)| currency.numeric()),
            note.detail,
        ])?;
        self.memory.events += 1;
        Ok(())
    }
}
