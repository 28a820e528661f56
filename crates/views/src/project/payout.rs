//! Rows of files by which banks pay merchants.

use pay::event::BankFileSealed;
use rusqlite::params;

use super::{Done, Projector, Record, blob, int};
use crate::figures::Change;
use crate::project::trail::Note;

impl Projector<'_> {
    pub(super) fn bank_file_sealed(&mut self, record: &mut Record, fact: &BankFileSealed) -> Done {
        let (amounts, fees) = (fact.payouts.iter().map(|p| p.amount), fact.payouts.iter());
        let (total, fees): (u64, u64) = (amounts.sum(), fees.map(|p| p.fee).sum());
        let mut put = self.sql.prepare_cached(
            "INSERT INTO bank_file SELECT count(*), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, \
             ?10, ?11, NULL, 0, NULL, NULL FROM bank_file",
        )?;
        put.execute(params![
            blob(fact.file),
            fact.currency.numeric(),
            fact.day,
            fact.number,
            fact.hash,
            fact.payouts.len() as u32,
            int(total),
            int(fees),
            int(record.now.0),
            int(record.position),
            record.index,
        ])?;
        drop(put);
        let mut put = self.sql.prepare_cached(
            "INSERT INTO payout SELECT ?2, entry, ?3, ?4, ?5, NULL, NULL, 0 FROM bank_file \
             WHERE id = ?1",
        )?;
        for (at, payout) in (0_u32..).zip(&fact.payouts) {
            let (amount, fee) = (int(payout.amount), int(payout.fee));
            put.execute(params![blob(fact.file), payout.merchant, at, amount, fee])?;
        }
        drop(put);
        let mut begin = self.sql.prepare_cached("DELETE FROM sold WHERE merchant = ?1")?;
        for payout in &fact.payouts {
            begin.execute([payout.merchant])?;
        }
        drop(begin);
        let amount = Some((total, fact.currency));
        self.note(record, Note { amount, ..Note::new("bank_file_sealed") })
    }

    /// Adds a change to what a merchant sold since its last file.
    pub(super) fn sold_since_file(&self, merchant: u32, change: &Change) -> Done {
        let mut add = self.sql.prepare_cached(
            "INSERT INTO sold VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT DO UPDATE SET \
             payments = payments + ?2, captured = captured + ?3, refunded = refunded + ?4, \
             fee = fee + ?5, fee_back = fee_back + ?6",
        )?;
        let (fee, back) = (change.fee.max(0), (-change.fee).max(0));
        let Change { payments, captured, refunded, .. } = *change;
        add.execute(params![merchant, payments, captured, refunded, fee, back])?;
        Ok(())
    }

    pub(super) fn bank_file_ended(
        &mut self,
        record: &mut Record,
        entry: u32,
        state: &'static str,
    ) -> Done {
        let (column, word) = match state {
            "sent" => ("sent_us", "bank_file_sent"),
            _ => ("withdrawn_us", "bank_file_withdrawn"),
        };
        let sql = format!("UPDATE bank_file SET {column} = ?2 WHERE entry = ?1");
        self.sql.prepare_cached(&sql)?.execute(params![entry, int(record.now.0)])?;
        self.note(record, Note::new(word))
    }
}
