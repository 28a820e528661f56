//! Rows of what merchants share with others.

use kernel::Fault;
use pay::costs::MOST_SHARES;
use pay::event::{SaleShared, SharesReturned, SplitSet};
use rusqlite::params;

use super::{Done, Projector, Record, blob, int};
use crate::project::trail::Note;

impl Projector<'_> {
    pub(super) fn split_set(&mut self, record: &mut Record, fact: &SplitSet) -> Done {
        let mut put =
            self.sql.prepare_cached("INSERT INTO split SELECT count(*), ?1, ?2, ?3 FROM split")?;
        put.execute(params![fact.split.merchant, int(fact.from.0), fact.source])?;
        drop(put);
        let mut put = self.sql.prepare_cached(
            "INSERT INTO split_share SELECT count(*) - 1, ?1, ?2, ?3, ?4 FROM split",
        )?;
        for (at, share) in (0_u32..).zip(&fact.split.shares) {
            put.execute(params![at, share.receiver, share.kind.word(), share.bps])?;
        }
        drop(put);
        self.note(record, Note::of_merchant("split_set", fact.split.merchant))
    }

    pub(super) fn sale_shared(&mut self, fact: &SaleShared) -> Done {
        let before = self.shares_of(fact.payment, "amount")?;
        let mut put = self.sql.prepare_cached(
            "INSERT INTO share SELECT ?1, ord, s.number, receiver, kind, ?4, 0 \
             FROM split_share x JOIN split s USING (number) \
             WHERE s.number = ?2 AND ord = ?3 \
             ON CONFLICT (payment, ord) DO UPDATE SET amount = ?4",
        )?;
        for (at, amount) in fact.amounts.iter().enumerate() {
            put.execute(params![blob(fact.payment), fact.split, at as u32, int(*amount)])?;
        }
        drop(put);
        for (at, amount) in fact.amounts.iter().enumerate() {
            self.gave(fact.payment, at, int(*amount) - before[at])?;
        }
        Ok(())
    }

    pub(super) fn shares_returned(&mut self, fact: &SharesReturned) -> Done {
        let before = self.shares_of(fact.payment, "returned")?;
        let captured: i64 = self
            .sql
            .prepare_cached("SELECT captured FROM payment WHERE id = ?1 AND side IN (1, 2)")?
            .query_row([blob(fact.payment)], |row| row.get(0))?;
        let mut set = self
            .sql
            .prepare_cached("UPDATE share SET returned = ?3 WHERE payment = ?1 AND ord = ?2")?;
        let amounts = self.shares_of(fact.payment, "amount")?;
        let mut changed = [0; MOST_SHARES];
        for at in 0..MOST_SHARES {
            let whole = |value: i64| {
                u64::try_from(value).map_err(|_| Fault("a share of a payment is below zero"))
            };
            let part = kernel::share(whole(amounts[at])?, fact.refunded, whole(captured)?);
            changed[at] = before[at] - int(part);
            set.execute(params![blob(fact.payment), at as u32, int(part)])?;
        }
        drop(set);
        for (at, change) in changed.into_iter().enumerate() {
            self.gave(fact.payment, at, change)?;
        }
        Ok(())
    }

    /// A column of a payment's shares, in their order; 0 for those that it has not.
    fn shares_of(
        &self,
        payment: kernel::Id<kernel::id::Payment>,
        column: &str,
    ) -> Result<[i64; MOST_SHARES], super::ProjectError> {
        let sql = format!("SELECT ord, {column} FROM share WHERE payment = ?1");
        let mut found = self.sql.prepare_cached(&sql)?;
        let mut rows = found.query([blob(payment)])?;
        let mut amounts = [0; MOST_SHARES];
        while let Some(row) = rows.next()? {
            let at: usize = row.get::<_, u32>(0)? as usize;
            amounts[at] = row.get(1)?;
        }
        Ok(amounts)
    }

    /// A share's merchant gave so much to its receiver, or got it back where that is below zero.
    fn gave(&self, payment: kernel::Id<kernel::id::Payment>, at: usize, amount: i64) -> Done {
        if amount == 0 {
            return Ok(());
        }
        let mut add = self.sql.prepare_cached(
            "INSERT INTO sold SELECT iif(?3 < 0, s.merchant, x.receiver), 0, 0, 0, 0, 0, abs(?3) \
             FROM share x JOIN split s ON s.number = x.split WHERE x.payment = ?1 AND x.ord = ?2 \
             UNION ALL \
             SELECT iif(?3 < 0, x.receiver, s.merchant), 0, 0, 0, 0, 0, -abs(?3) \
             FROM share x JOIN split s ON s.number = x.split WHERE x.payment = ?1 AND x.ord = ?2 \
             ON CONFLICT (merchant) DO UPDATE SET shares = shares + excluded.shares",
        )?;
        add.execute(params![blob(payment), at as u32, amount])?;
        Ok(())
    }
}
