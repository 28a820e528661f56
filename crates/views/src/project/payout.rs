//! Rows of files by which banks pay merchants.

use pay::event::BankFileSealed;
use rusqlite::params;

use super::{Done, Projector, Record, blob, int};
use crate::project::trail::Note;

impl Projector<'_> {
    pub(super) fn bank_file_sealed(&mut self, record: &mut Record, fact: &BankFileSealed) -> Done {
        let (amounts, fees) = (fact.payouts.iter().map(|p| p.amount), fact.payouts.iter());
        let (total, fees): (u64, u64) = (amounts.sum(), fees.map(|p| p.fee).sum());
        let mut put = self.sql.prepare_cached(
            "INSERT INTO bank_file SELECT count(*), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL \
             FROM bank_file",
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
        ])?;
        drop(put);
        let mut put = self.sql.prepare_cached(
            "INSERT INTO payout SELECT ?2, entry, ?3, ?4, ?5 FROM bank_file WHERE id = ?1",
        )?;
        for (at, payout) in (0_u32..).zip(&fact.payouts) {
            let (amount, fee) = (int(payout.amount), int(payout.fee));
            put.execute(params![blob(fact.file), payout.merchant, at, amount, fee])?;
        }
        drop(put);
        let amount = Some((total, fact.currency));
        self.note(record, Note { amount, ..Note::new("bank_file_sealed") })
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
