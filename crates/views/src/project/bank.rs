//! Rows of what the bank says: lines, transfers that came back, approvals; what moved a merchant's
//! account, in order; and what wallets had at the end of each day.

use kernel::id::Payment;
use kernel::{Id, Timestamp};
use ledger::AccountKind;
use pay::event::{
    BankFileApproved, BankFileMade, BankLineResolved, BankLineUndone, Found, PayoutReturned,
    StatementImported, Why,
};
use rusqlite::params;

use super::trail::Note;
use super::{Done, Projector, Record, What, blob, int};

/// The longest time without a group for which a row of each day is written.
const MOST_DAYS: u32 = 4_000;

/// The file of what a line was found to be, and the transfer's place in it.
const fn place(found: &Found) -> (Option<u32>, Option<u32>) {
    match found {
        Found::File(file) => (Some(*file), None),
        Found::Transfer(file, at) | Found::Returned(file, at) | Found::Stranded(file, at, _) => {
            (Some(*file), Some(*at))
        }
        _ => (None, None),
    }
}

impl Projector<'_> {
    pub(super) fn bank_file_made(&mut self, fact: &BankFileMade) -> Done {
        let mut set = self
            .sql
            .prepare_cached("UPDATE bank_file SET made_by = ?2, needs = ?3 WHERE entry = ?1")?;
        set.execute(params![fact.entry, fact.person, fact.needs_approval])?;
        Ok(())
    }

    pub(super) fn bank_file_approved(
        &mut self,
        record: &mut Record,
        fact: &BankFileApproved,
    ) -> Done {
        let mut set = self.sql.prepare_cached(
            "UPDATE bank_file SET approved_by = ?2, approved_us = ?3 WHERE entry = ?1",
        )?;
        set.execute(params![fact.entry, fact.person, int(record.now.0)])?;
        drop(set);
        self.note(record, Note::new("bank_file_approved"))
    }

    pub(super) fn statement_imported(
        &mut self,
        record: &mut Record,
        fact: &StatementImported,
    ) -> Done {
        let mut put = self
            .sql
            .prepare_cached("INSERT INTO bank_line VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)")?;
        for (number, (line, found)) in (fact.first..).zip(&fact.lines) {
            let (file, at) = place(found);
            put.execute(params![
                number,
                fact.currency.numeric(),
                fact.account,
                line.day,
                line.amount,
                found.word(),
                found.why().map(Why::word),
                file,
                at,
                int(record.now.0),
            ])?;
        }
        drop(put);
        self.note(record, Note { detail: Some(&fact.account), ..Note::new("statement_imported") })
    }

    fn line_found(&self, record: &Record, line: u32, found: &Found, person: u32) -> Done {
        let (file, at) = place(found);
        let mut set = self.sql.prepare_cached(
            "UPDATE bank_line SET found = ?2, why = ?3, file = ?4, place = ?5, since_us = ?6, \
             person = ?7 WHERE number = ?1",
        )?;
        let why = found.why().map(Why::word);
        set.execute(params![line, found.word(), why, file, at, int(record.now.0), person])?;
        Ok(())
    }

    pub(super) fn bank_line_resolved(
        &mut self,
        record: &mut Record,
        fact: &BankLineResolved,
    ) -> Done {
        self.line_found(record, fact.line, &fact.found, fact.person)?;
        self.note(record, Note::new("bank_line_resolved"))
    }

    pub(super) fn bank_line_undone(&mut self, record: &mut Record, fact: &BankLineUndone) -> Done {
        self.line_found(record, fact.line, &Found::Open(Why::Undone), fact.person)?;
        if let Found::Returned(file, at) | Found::Stranded(file, at, _) = fact.found {
            let mut set = self.sql.prepare_cached(
                "UPDATE payout SET returned_us = NULL, reason = NULL, return_fee = 0 \
                 WHERE file = ?1 AND ord = ?2",
            )?;
            set.execute([file, at])?;
        }
        self.note(record, Note::new("bank_line_undone"))
    }

    pub(super) fn payout_returned(&mut self, record: &mut Record, fact: &PayoutReturned) -> Done {
        let mut set = self.sql.prepare_cached(
            "UPDATE payout SET returned_us = ?3, reason = ?4, return_fee = ?5 \
             WHERE merchant = ?1 AND file = ?2",
        )?;
        let (at, fee) = (int(record.now.0), int(fact.fee));
        set.execute(params![fact.merchant, fact.file, at, fact.reason, fee])?;
        drop(set);
        let currency = self.memory.merchants.get(fact.merchant as usize).map(|it| it.currency);
        let amount = currency.map(|currency| (fact.amount, currency));
        let note = Note::of_merchant("payout_returned", fact.merchant);
        self.note(record, Note { amount, detail: Some(&fact.reason), ..note })
    }

    /// What the movements before a fact did to merchants' accounts: what a payout is made of can be
    /// told from that, to the last unit.
    pub(super) fn merchants_moved(
        &self,
        record: &mut Record,
        kind: &str,
        payment: Option<Id<Payment>>,
    ) -> Done {
        let mut changes: Vec<(u32, i64)> = Vec::new();
        for moved in record.moves.iter().filter(|moved| moved.what == What::Posted) {
            let amount = i64::try_from(moved.amount).unwrap_or(i64::MAX);
            for (number, change) in [(moved.debit, -amount), (moved.credit, amount)] {
                let known = self.memory.account(number);
                let known = known.filter(|account| account.kind == AccountKind::Merchant);
                let Some(merchant) = known.map(|account| account.entity) else { continue };
                match changes.iter_mut().find(|(known, _)| *known == merchant) {
                    Some((_, sum)) => *sum += change,
                    None => changes.push((merchant, change)),
                }
            }
        }
        let mut put =
            self.sql.prepare_cached("INSERT INTO merchant_move VALUES (?, ?, ?, ?, ?, ?, ?, ?)")?;
        for (merchant, change) in changes {
            let (position, at, ord) = (int(record.position), int(record.now.0), record.next());
            let payment = payment.map(blob);
            put.execute(params![merchant, position, record.index, ord, at, kind, change, payment])?;
        }
        Ok(())
    }

    /// What wallets had at the end of each day that is over by a moment.
    pub(super) fn days_end(&mut self, now: Timestamp) -> Done {
        if self.memory.position == 0 {
            return Ok(());
        }
        let (before, today) = (self.memory.day(self.memory.time), self.memory.day(now));
        if before >= today {
            return Ok(());
        }
        let mut put =
            self.sql.prepare_cached("INSERT OR REPLACE INTO kept_safe VALUES (?, ?, ?)")?;
        for day in before.max(today.saturating_sub(MOST_DAYS))..today {
            for (currency, wallets) in &self.memory.wallets_have {
                let wallets = i64::try_from(*wallets).unwrap_or(i64::MAX);
                put.execute(params![day, currency.numeric(), wallets])?;
            }
        }
        Ok(())
    }
}
